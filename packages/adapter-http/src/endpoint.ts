import { Effect } from "effect"
import { Actor, type Bearer, Command, type Errors, type Field, Input, type Kernel } from "@itsm/core/kernel"
import * as Body from "./body.ts"
import type { Call } from "./call.ts"
import { requirePermission } from "./permission.ts"
import { read as readQuery } from "./query.ts"
import * as Reply from "./reply.ts"
import type { JsonSchema } from "./openapi/json-schema.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
export type AnyCodec = Field.AnySchema

/** A parameter of a path or a query, as the document shows it. */
export interface Parameter {
  readonly name: string
  readonly description?: string
  readonly schema: JsonSchema
  readonly required?: boolean
  /** Extensions of the document, as `x-filter-operators`. */
  readonly [extension: `x-${string}`]: unknown
}

export interface RequestBody {
  readonly schema: AnyCodec
  readonly required: boolean
  readonly mediaTypes: ReadonlyArray<string>
  /** Where it is not 1 MiB. */
  readonly maxBytes?: number
  /** It is read as it comes, and never whole. */
  readonly isStreamed?: boolean
}

/** What an answer holds, for the document; the bytes come from `run`. */
export type Response =
  | { readonly kind: "none" }
  | { readonly kind: "schema"; readonly schema: AnyCodec; readonly hasVersion?: boolean }
  | { readonly kind: "record" | "page"; readonly entity: string }
  | { readonly kind: "content"; readonly mediaType: string }

/** What endpoints need of the kernel and the pipeline. */
export type Needs = Kernel.Kernel | Actor.CurrentActor

/** One row of the table that routes, the document and the permission matrix come from. */
export interface Endpoint<R = never> {
  /** `incidents.resolve` */
  readonly id: string
  /** The part of the documents it stands in. */
  readonly tag: string
  readonly method: Method
  /** `/incidents/{id}/resolve/` */
  readonly path: string
  readonly summary: string
  /** `anonymous` endpoints see no actor; those for the bearers of links see one that has no name. */
  readonly access: "actor" | "anonymous" | "token"
  /** Recognizes the bearers of links. */
  readonly bearer?: Bearer.Bearer
  readonly permission: string | null
  readonly params: ReadonlyArray<Parameter>
  readonly query: ReadonlyArray<Parameter>
  readonly body: RequestBody | undefined
  readonly response: Response
  readonly status: number
  readonly errors: ReadonlyArray<Errors.ErrorClass>
  /** True where a call writes one record: `Idempotency-Key`, `If-Match` and `dryRun` apply. */
  readonly command?: { readonly takesIfMatch: boolean; readonly requiresIfMatch: boolean; readonly takesKey: boolean }
  readonly run: (call: Call) => Effect.Effect<Reply.Reply, Errors.DomainError, Needs | R>
}

export const jsonTypes: ReadonlyArray<string> = ["application/json"]
export const patchTypes: ReadonlyArray<string> = [...jsonTypes, "application/merge-patch+json"]

export const dryRun: Parameter = {
  name: "dryRun",
  description: "`true`: everything is checked and decided, nothing is stored.",
  schema: { type: "boolean", default: false }
}

/** Parameters of a path template. */
export const pathParameters = (path: string): ReadonlyArray<Parameter> =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    description: name === "id" ? "The record's id." : `The ${name}.`,
    schema: { type: "string", format: "uuid" },
    required: true
  }))

interface Given<B, Q extends string> {
  readonly call: Call
  readonly body: B
  readonly query: { readonly [K in Q]?: string }
}

interface HandWritten<Q extends string, B, A, E, R> {
  readonly id: string
  readonly tag: string
  readonly method: Method
  readonly path: string
  readonly summary: string
  readonly access?: "actor" | "anonymous"
  readonly permission?: string
  readonly params?: ReadonlyArray<Parameter>
  readonly query?: { readonly [K in Q]: { readonly description: string; readonly schema: JsonSchema } }
  /** The input's schema; a body is needed where the schema refuses `{}`. */
  readonly body?: Command.Codec<B>
  /** What is sent back; left out for an empty answer. */
  readonly response?: Command.Codec<A>
  /** True where the answer carries the version of what it shows, as its ETag. */
  readonly hasVersion?: boolean
  readonly status?: number
  readonly errors?: ReadonlyArray<Errors.ErrorClass>
  readonly run: (given: Given<B, Q>) => Effect.Effect<A, E, R>
}

/**
 * An endpoint that no command stands behind. Its body is read and checked as a command's is (400, 422), after
 * authentication; what `run` gives is sent as JSON with `status`, and a `Reply` as it stands.
 */
export const handWritten = <
  const Q extends string = never,
  B = undefined,
  A = void,
  E extends Errors.DomainError = never,
  R = never
>(
  spec: HandWritten<Q, B, A | Reply.Reply, E, R>
): Endpoint<Exclude<R, Needs>> => {
  const decode: Input.Decoder<unknown> = Input.decoder<unknown>(spec.body ?? Command.Nothing)
  const required = !Body.mayBeLeftOut(decode)
  const queryNames = new Set<string>(Object.keys(spec.query ?? {}))
  const status = spec.status ?? (spec.response === undefined ? 204 : 200)
  const answer = (value: A | Reply.Reply): Reply.Reply => {
    if (Reply.isReply(value)) return value
    return value === undefined ? Reply.empty(status) : Reply.json(status, value)
  }
  return {
    id: spec.id,
    tag: spec.tag,
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    access: spec.access ?? "actor",
    permission: spec.permission ?? null,
    params: spec.params ?? pathParameters(spec.path),
    query: Object.entries<{ description: string; schema: JsonSchema }>(spec.query ?? {}).map(([name, parameter]) => ({
      name,
      ...parameter
    })),
    body: spec.body === undefined ? undefined : { schema: spec.body, required, mediaTypes: jsonTypes },
    response:
      spec.response === undefined
        ? { kind: "none" }
        : { kind: "schema", schema: spec.response, hasVersion: spec.hasVersion ?? false },
    status,
    errors: spec.errors ?? [],
    run: (call) =>
      Effect.gen(function* () {
        if (spec.permission !== undefined) yield* requirePermission(yield* Actor.CurrentActor, spec.permission)
        const query = yield* Effect.fromResult(readQuery(call.search, (key) => queryNames.has(key)))
        const body = yield* Effect.fromResult(decode(yield* Body.read(call, required)))
        return answer(
          yield* spec.run({ call, body: body as B, query: Object.fromEntries(query) as Given<B, Q>["query"] })
        )
      }) as Effect.Effect<Reply.Reply, Errors.DomainError, Needs | Exclude<R, Needs>>
  }
}
