import { MemoryStore } from "@itsm/adapter-memory"
import { Problem } from "@itsm/adapter-http"
import { Effect, Layer, Result } from "effect"
import { documentOfServer } from "../../packages/adapter-http/server/application.ts"
import { domainOn } from "../../packages/adapter-http/server/domain.ts"
import { SigningKeys } from "../../packages/adapter-http/src/auth/index.ts"
import { filesOf } from "./openapi-modules.ts"

interface Told {
  readonly properties?: {
    readonly status?: { readonly const: number }
    readonly code?: { readonly enum: ReadonlyArray<string> }
  }
  readonly anyOf?: ReadonlyArray<Told>
}

interface ProblemResponse {
  readonly content?: {
    readonly "application/problem+json"?: { readonly schema: { readonly allOf: ReadonlyArray<Told> } }
  }
}

interface Operation {
  readonly operationId: string
  readonly tags: ReadonlyArray<string>
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>
}

/** What is read of the document here. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly responses: Readonly<Record<string, ProblemResponse>> }
}

const shortestPassword = 15

/** The document of the server under its initial settings. */
const document = await Effect.gen(function* () {
  const services = yield* domainOn(yield* Layer.build(MemoryStore.layer), shortestPassword)
  const signingKeys = Result.getOrThrow(SigningKeys.read(SigningKeys.generate()))
  const settings = { publicUrl: undefined, problemTypeBase: Problem.defaultTypeBase }
  const keys = { signingKeys, cursorKey: new Uint8Array(32) }
  return documentOfServer(services, settings, keys)
}).pipe(Effect.scoped, Effect.runPromise)

export const openapi = filesOf(document)

export interface GivenProblem {
  readonly status: number
  readonly code: string
  /** The id of the operation that can give it, and the part of the documents that it stands in. */
  readonly operation: string
  readonly tag: string
}

/** Every error that an operation can give. */
export const problems = (): ReadonlyArray<GivenProblem> => {
  const { paths, components } = document as unknown as Document
  const toldIn = ({
    properties,
    anyOf = []
  }: Told): ReadonlyArray<{ readonly status: number; readonly code: string }> => {
    const status = properties?.status?.const
    const own = status === undefined ? [] : (properties?.code?.enum ?? []).map((code) => ({ status, code }))
    return [...own, ...anyOf.flatMap(toldIn)]
  }
  const toldBy = (ref: string) =>
    components.responses[ref.slice("#/components/responses/".length)]?.content?.[
      "application/problem+json"
    ]?.schema.allOf.flatMap(toldIn) ?? []
  return Object.values(paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId, tags, responses }) => {
      const all = Object.values(responses).flatMap(({ $ref }) => ($ref === undefined ? [] : toldBy($ref)))
      const distinct = new Map(all.map((each) => [`${each.status} ${each.code}`, each]))
      return [...distinct.values()].map((each) => ({ ...each, operation: operationId, tag: tags[0]! }))
    })
  )
}
