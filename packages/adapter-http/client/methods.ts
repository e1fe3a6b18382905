import type { Service } from "@itsm/core/kernel"
import type { DescribedOperation, DescribedService, Descriptor } from "../src/client-descriptor.ts"
import { formOf } from "./forms.ts"
import { listQuery } from "./list-query.ts"
import { type ClientOptions, type Send, sender } from "./send.ts"

type Method = (...args: ReadonlyArray<never>) => Promise<unknown>

const withId = (path: string, id: string) => path.replace("{id}", encodeURIComponent(id))

/** The parameters of a question; lists have commas. */
const searchOf = (input: unknown): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(input ?? {})) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? "" : `?${search.toString()}`
}

const call = async (
  send: Send,
  [method, path, form = {}]: DescribedOperation,
  id: string | undefined,
  input: unknown,
  { expectedVersion, dryRun }: Service.CallOptions = {}
) => {
  const at = id === undefined ? path : withId(path, id)
  if (method === "GET") return send({ method, path: at + searchOf(input), out: form.out })
  const hasBody = method !== "DELETE" && form.in === undefined
  const answer = await send({
    method,
    path: dryRun === true ? `${at}?dryRun=true` : at,
    ...(hasBody ? { body: input ?? {} } : {}),
    ...(form.in === undefined ? {} : { form: await formOf(form.in, input) }),
    headers: expectedVersion === undefined ? {} : { "if-match": `"${expectedVersion}"` },
    out: form.out
  })
  return dryRun === true && answer !== undefined ? (answer as { readonly resource: unknown }).resource : answer
}

const methodOf = (send: Send, operation: DescribedOperation): Method =>
  operation[1].includes("{id}")
    ? (id: string, input: unknown, options?: Service.CallOptions) => call(send, operation, id, input, options)
    : (input: unknown, options?: Service.CallOptions) => call(send, operation, undefined, input, options)

const readsOf = (send: Send, path: string, partOf: DescribedService["partOf"]) => ({
  current: () => send({ method: "GET", path }),
  get: (id: string) => send({ method: "GET", path: withId(`${path}{id}/`, id) }),
  list: async (options: Service.ListOptions = {}) => {
    const { search, parentId } = listQuery(partOf?.[0], options)
    const at = partOf === undefined || parentId === undefined ? path : withId(partOf[1], parentId)
    const { items, nextCursor } = (await send({ method: "GET", path: `${at}?${search.toString()}` })) as {
      readonly items: ReadonlyArray<unknown>
      readonly nextCursor: string | null
    }
    return { items, next: nextCursor === null ? null : [nextCursor] }
  }
})

const serviceOf = (send: Send, { path, partOf, operations }: DescribedService) => ({
  ...(path === undefined ? {} : readsOf(send, path, partOf)),
  ...Object.fromEntries(Object.entries(operations).map(([key, operation]) => [key, methodOf(send, operation)]))
})

/**
 * A client of whatever a descriptor names; `Shape` says what its methods take and give, as `ItsmClient` does for the
 * product.
 */
export const createClient = <Shape>(descriptor: Descriptor, options: ClientOptions): Shape => {
  const send = sender(options)
  return Object.fromEntries(
    Object.entries(descriptor).map(([name, service]) => [name, serviceOf(send, service)])
  ) as unknown as Shape
}
