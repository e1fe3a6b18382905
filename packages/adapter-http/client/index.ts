import { catalogue } from "@itsm/core"
import { type Command, Service } from "@itsm/core/kernel"
import type { ItsmPromises } from "@itsm/core/promise"
import { collectionPath, partPath, placeOf, serviceKey } from "../src/resource/paths.ts"
import { ItsmError, localError, type Problem } from "./itsm-error.ts"
import { listQuery } from "./list-query.ts"

export { ItsmError, type Problem } from "./itsm-error.ts"

export interface ClientOptions {
  /** The server, with the path that its API begins with where that is not `/api/v1`: `https://itsm.example.com`. */
  readonly baseUrl: string
  /** The access token of a sign-in, or an API key, for programs; a function is asked before each call. */
  readonly accessToken: string | (() => string | Promise<string>)
  readonly fetch?: typeof globalThis.fetch
}

/** The operations of the domain over HTTP: as in process, but that nothing comes back of what was deleted. */
export type ItsmClient = {
  readonly [S in keyof ItsmPromises]: {
    readonly [K in keyof ItsmPromises[S]]: K extends "delete"
      ? ItsmPromises[S][K] extends (...args: infer Args) => unknown
        ? (...args: Args) => Promise<void>
        : never
      : ItsmPromises[S][K]
  }
}

interface Outgoing {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "code" in value && "status" in value

const unreadable = (status: number) =>
  localError("unreadable_answer", `The answer has the status ${status} and cannot be read.`)

const parsed = (text: string, status: number): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable(status)
  }
}

const startOf = (baseUrl: string) => {
  const url = baseUrl.replace(/\/+$/, "")
  return /\/api\/v\d+$/.test(url) ? url : `${url}/api/v1`
}

const sender = ({ baseUrl, accessToken, fetch = globalThis.fetch }: ClientOptions) => {
  const start = startOf(baseUrl)
  return async ({ method, path, body, headers }: Outgoing): Promise<unknown> => {
    const token = typeof accessToken === "string" ? accessToken : await accessToken()
    const answer = await fetch(start + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    }).catch((cause: unknown) => Promise.reject(localError("unreachable", `${start} cannot be reached.`, cause)))
    const text = await answer.text()
    const value = text === "" ? undefined : parsed(text, answer.status)
    if (answer.ok) return value
    throw isProblem(value) ? new ItsmError(value) : unreadable(answer.status)
  }
}

type Send = ReturnType<typeof sender>
type Method = (...args: ReadonlyArray<never>) => Promise<unknown>

const withId = (path: string, id: string) => path.replace("{id}", encodeURIComponent(id))

const commandMethod = (send: Send, command: Command.AnyCommand): Method => {
  const { method, path } = placeOf(command)
  const call = async (at: string, input: unknown, { expectedVersion, dryRun }: Service.CallOptions = {}) => {
    const answer = await send({
      method,
      path: dryRun === true ? `${at}?dryRun=true` : at,
      ...(method === "DELETE" ? {} : { body: input ?? {} }),
      headers: expectedVersion === undefined ? {} : { "if-match": `"${expectedVersion}"` }
    })
    return dryRun === true && answer !== undefined ? (answer as { readonly resource: unknown }).resource : answer
  }
  return path.includes("{id}")
    ? (id: string, input: unknown, options?: Service.CallOptions) => call(withId(path, id), input, options)
    : (input: unknown, options?: Service.CallOptions) => call(path, input, options)
}

const listMethod =
  (send: Send, { entity }: Service.AnyService) =>
  async (options: Service.ListOptions = {}) => {
    const { search, parentId } = listQuery(entity, options)
    const parent = entity.parent?.entity
    const path =
      parent === undefined || parentId === undefined
        ? collectionPath(entity)
        : withId(partPath(entity, parent), parentId)
    const { items, nextCursor } = (await send({ method: "GET", path: `${path}?${search.toString()}` })) as {
      readonly items: ReadonlyArray<unknown>
      readonly nextCursor: string | null
    }
    return { items, next: nextCursor === null ? null : [nextCursor] }
  }

const methodsOf = (send: Send, service: Service.AnyService): Readonly<Record<string, Method>> => {
  const path = collectionPath(service.entity)
  return {
    current: () => send({ method: "GET", path }),
    get: (id: string) => send({ method: "GET", path: withId(`${path}{id}/`, id) }),
    list: listMethod(send, service),
    ...Object.fromEntries(
      Object.entries(Service.called(service.commands)).map(([name, command]) => [name, commandMethod(send, command)])
    )
  }
}

/**
 * The domain of a server: `client.incidents.resolve(id, {…})`. What the server refuses rejects with an `ItsmError`. The
 * position of a page (`next`) is the server's cursor here: hand it back as `after`, with the same conditions and order.
 */
export const createItsmClient = (options: ClientOptions): ItsmClient => {
  const send = sender(options)
  return Object.fromEntries(
    catalogue.services.map((service) => [serviceKey(service.serviceName), methodsOf(send, service)])
  ) as unknown as ItsmClient
}
