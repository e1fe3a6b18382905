import { MemoryStore } from "@itsm/adapter-memory"
import { Problem } from "@itsm/adapter-http"
import { Effect, Layer, Result } from "effect"
import { documentOfServer } from "../../packages/adapter-http/server/application.ts"
import { domainOn } from "../../packages/adapter-http/server/domain.ts"
import { SigningKeys } from "../../packages/adapter-http/src/auth/index.ts"

interface ProblemResponse {
  readonly content: {
    readonly "application/problem+json": {
      readonly schema: {
        readonly allOf: ReadonlyArray<{
          readonly properties?: { readonly code?: { readonly enum: ReadonlyArray<string> } }
        }>
      }
    }
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
  return documentOfServer(services, settings, { signingKeys, cursorKey: new Uint8Array(32) })
}).pipe(Effect.scoped, Effect.runPromise)

export const openapi = (): string => `${JSON.stringify(document, null, 2)}\n`

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
  const codesOf = (ref: string) =>
    components.responses[ref.slice("#/components/responses/".length)]!.content[
      "application/problem+json"
    ].schema.allOf.flatMap(({ properties }) => properties?.code?.enum ?? [])
  return Object.values(paths).flatMap((item) =>
    Object.values(item).flatMap(({ operationId, tags, responses }) =>
      Object.entries(responses).flatMap(([status, { $ref }]) =>
        $ref === undefined
          ? []
          : codesOf($ref).map((code) => ({ status: Number(status), code, operation: operationId, tag: tags[0]! }))
      )
    )
  )
}
