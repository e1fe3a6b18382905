import { Effect, type Schema } from "effect"
import type { Actor } from "../access/actor.ts"
import { CurrentActor } from "../access/actor.ts"
import { type Access, type Bearer, kindOf } from "../access/bearer.ts"
import { shown } from "../access/mask.ts"
import { mayEver, mayRead, permits, readPermission } from "../access/policy.ts"
import { type Seen, seenWithin } from "../access/visible.ts"
import { make as visibleReader, type VisibleReader } from "../access/visible-reader.ts"
import { type Lists, Nothing } from "./command.ts"
import { isUpload, type Output, type OutputOf, type Upload } from "./content.ts"
import type { AnyEntity, JsonOf } from "../model/entity.ts"
import {
  type ErrorClass,
  type ErrorClasses,
  NotFound,
  PermissionDenied,
  type ValidationFailed
} from "../model/errors.ts"
import { type Decoder, decoder } from "../model/input.ts"
import * as Instant from "../model/instant.ts"
import { Kernel } from "../running/kernel.ts"

/** Who asks and when. */
export interface QueryMoment {
  readonly actor: Actor
  readonly now: Instant.Instant
}

/** What a question is asked of: one record, all records of a kind, or nothing in particular. */
export type QueryPlace = "record" | "collection" | "free"

/** A question that changes nothing, as a value: its route, permission, document and methods derive from it. */
export interface Query<In, Out, Err, E extends AnyEntity = AnyEntity, Place extends QueryPlace = QueryPlace> {
  readonly place: Place
  readonly entity: E | undefined
  /** `impact` */
  readonly name: string
  /** Where a free question stands, instead of under its name: `auth/explain`. */
  readonly path: string | undefined
  readonly permission: string | null
  readonly access: "actor" | "anonymous" | "token"
  readonly bearer: Bearer | undefined
  readonly input: Schema.Codec<In, any, never, never>
  readonly upload: Upload<In> | undefined
  readonly decode: Decoder<In>
  /** The input comes in the body of a POST, not in the parameters of a GET. */
  readonly takesBody: boolean
  readonly output: Output
  readonly description: string
  /** The errors beside those that every question of its place can give. */
  readonly errors: ReadonlyArray<ErrorClass>
  readonly answer: (
    seen: Seen | undefined,
    input: In,
    read: VisibleReader,
    moment: QueryMoment
  ) => Effect.Effect<Out, Err, Kernel>
}

export type AnyQuery = Query<any, any, any, any, QueryPlace>

/** The errors that every question can give. */
export type QueryError = ValidationFailed | PermissionDenied | NotFound

interface Spec<In, O extends Output, L extends ErrorClasses = ErrorClasses> {
  /** One sentence in trade terms: what the answer tells. It is the summary in the OpenAPI document. */
  readonly description: string
  /** Parameters of the route, or, with `body`, what is sent; nothing where it is left out. */
  readonly input?: Schema.Codec<In, any, never, never> | Upload<In>
  /** A schema, `Content.stream("text/csv")` or `Content.bytes("image/png")`. */
  readonly output: O
  /** Where it is not that of reading the records; `null` where none is needed. */
  readonly permission?: string | null
  readonly access?: Access
  readonly body?: boolean
  /** Every error that it can fail with, beside those of every question of its place. */
  readonly errors?: L
}

type Answer<O extends Output, Err> = Effect.Effect<OutputOf<O>, Err, Kernel>

export interface RecordSpec<
  E extends AnyEntity,
  In,
  O extends Output,
  Err,
  L extends ErrorClasses = ErrorClasses
> extends Spec<In, O, L> {
  /** The record is there as its caller sees it: without what they may not read. */
  readonly run: (record: JsonOf<E>, input: In, read: VisibleReader, moment: QueryMoment) => Answer<O, Err>
}

export interface FreeSpec<In, O extends Output, Err, L extends ErrorClasses = ErrorClasses> extends Spec<In, O, L> {
  readonly path?: string
  readonly run: (input: In, read: VisibleReader, moment: QueryMoment) => Answer<O, Err>
}

const segment = /^[a-z][A-Za-z0-9]*$/

/** Names stand in paths beside ids: what could be read as one is no name. */
export const checkName = (name: string): string => {
  if (!segment.test(name) || /^[0-9a-f]{32}$/.test(name))
    throw new Error(`"${name}" cannot be the name of an operation.`)
  return name
}

/** Also for the kernel's own questions, which look at the whole record and show nothing of it. */
export const assemble = <In, O extends Output, Err, E extends AnyEntity, Place extends QueryPlace>(
  place: Place,
  entity: E | undefined,
  name: string,
  spec: Spec<In, O> & { readonly path?: string },
  answer: Query<In, OutputOf<O>, Err>["answer"]
): Query<In, OutputOf<O>, Err, E, Place> => {
  const access = spec.access ?? "actor"
  const upload = isUpload(spec.input) ? spec.input : undefined
  const input = (upload?.schema ?? spec.input ?? Nothing) as Schema.Codec<In, any, never, never>
  return {
    place,
    entity,
    name: checkName(name),
    path: spec.path,
    permission:
      access === "anonymous"
        ? null
        : (spec.permission ?? (entity === undefined || spec.permission === null ? null : readPermission(entity))),
    access: kindOf(access),
    bearer: typeof access === "string" ? undefined : access,
    input,
    upload,
    decode: upload?.decode ?? decoder(input),
    takesBody: spec.body === true || upload !== undefined,
    output: spec.output,
    description: spec.description,
    errors: spec.errors ?? [],
    answer
  }
}

/** `GET /<entities>/{id}/<name>/`: about one record, which is loaded through its caller's visibility. */
export const of = <
  E extends AnyEntity,
  O extends Output,
  In = {},
  Err = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  name: string,
  spec: RecordSpec<E, In, O, Err, L> & Lists<Err, L>
): Query<In, OutputOf<O>, Err, E, "record"> =>
  assemble<In, O, Err, E, "record">("record", entity, name, spec, (seen, input, read, moment) =>
    spec.run(shown(moment.actor, entity, seen!.record, seen!.whole) as JsonOf<E>, input, read, moment)
  )

/** `GET /<entities>/<name>/`: about the records of a kind. */
export const collection = <
  E extends AnyEntity,
  O extends Output,
  In = {},
  Err = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  name: string,
  spec: Omit<FreeSpec<In, O, Err, L>, "path"> & Lists<Err, L>
): Query<In, OutputOf<O>, Err, E, "collection"> =>
  assemble<In, O, Err, E, "collection">("collection", entity, name, spec, (_, input, read, moment) =>
    spec.run(input, read, moment)
  )

/** `GET /<name>/`: about nothing in particular. It stands in a service of questions. */
export const define = <O extends Output, In = {}, Err = never, const L extends ErrorClasses = readonly []>(
  name: string,
  spec: FreeSpec<In, O, Err, L> & Lists<Err, L>
): Query<In, OutputOf<O>, Err, never, "free"> =>
  assemble<In, O, Err, never, "free">("free", undefined, name, spec, (_, input, read, moment) =>
    spec.run(input, read, moment)
  )

export interface QueryRequest<E = never> {
  readonly id?: string
  /** Read only after permission and visibility are settled: a caller without them learns nothing from it. */
  readonly input: Effect.Effect<unknown, E>
}

const deniedEverywhere = (permission: string) =>
  new PermissionDenied({ permission, reason: `You may not "${permission}".` })
const deniedHere = (permission: string) =>
  new PermissionDenied({ permission, reason: `You may not "${permission}" here.` })

/** True where the actor may ask it of some record: those whom a record names as its readers may ask what reading allows. */
const mayAsk = (actor: Actor, entity: AnyEntity | undefined, permission: string) =>
  entity !== undefined && permission === readPermission(entity) ? mayRead(actor, entity) : mayEver(actor, permission)

/** Asks a question: authorize, load the record through the caller's visibility, read the input, answer. */
export const ask = Effect.fnUntraced(function* <In, Out, Err, InputErr = never>(
  query: Query<In, Out, Err>,
  request: QueryRequest<InputErr>
): Effect.fn.Return<Out, Err | InputErr | QueryError, Kernel | CurrentActor> {
  const kernel = yield* Kernel
  const actor = yield* CurrentActor
  const { entity, permission } = query
  if (permission !== null && !mayAsk(actor, entity, permission)) return yield* deniedEverywhere(permission)
  let found: Seen | undefined
  if (query.place === "record") {
    if (entity === undefined) return yield* new NotFound({})
    found = yield* seenWithin(kernel, actor, entity, request.id ?? "")
    if (permission !== null && !permits(actor, entity, permission)(found.record, found.whole))
      return yield* deniedHere(permission)
  }
  const input = yield* Effect.fromResult(query.decode(yield* request.input))
  return yield* query.answer(found, input, visibleReader(kernel, actor), { actor, now: yield* Instant.now })
})
