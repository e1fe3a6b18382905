import { Clock, Context, Effect, Schema } from "effect"
import { type SnakeCase, snakeCase } from "./text.ts"

/** The identifier of a record of the named entity: a UUID in lower case, version 7 when made here. */
export type Id<Name extends string> = string & { readonly "~itsm/Id": Name }

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u

/** True for the text form of any UUID in lower case. */
export const isId = (text: string): boolean => pattern.test(text)

const uuid = Schema.String.check(Schema.isPattern(pattern, { description: "an id: a UUID in lower case" }))

/**
 * The schema of a reference to a record of the named entity. Naming the entity is enough: the store's foreign keys and
 * the check that a referenced record exists and is visible derive from it.
 */
export const Id = <const Name extends string>(name: Name): Schema.Codec<Id<Name>, string> =>
  uuid.annotate({ field: { kind: "id", target: name }, format: "uuid" }) as unknown as Schema.Codec<Id<Name>, string>

/**
 * The id of a record of the named entity that need not be one of the organization's: the record's own, and that of who
 * acted, for a platform operator acts in organizations not their own.
 */
export const UnboundId = <const Name extends string>(name: Name): Schema.Codec<Id<Name>, string> =>
  uuid.annotate({
    field: { kind: "id", target: name, isUnbound: true },
    format: "uuid"
  }) as unknown as Schema.Codec<Id<Name>, string>

/** Who acted. */
export const ActorId = UnboundId("User")

/** An id behind which no record need be any more: of what a log speaks of, which outlives it. */
export const PastId: Schema.Codec<string, string> = uuid.annotate({ field: { kind: "id" }, format: "uuid" })

/** Ids behind which no record need be any more. */
export const PastIds: Schema.Codec<ReadonlyArray<string>, ReadonlyArray<string>> = Schema.Array(PastId).annotate({
  field: { kind: "ids" }
})

/** A list of at most `maximum` records of the named entity, none of them twice. */
export const Ids = <const Name extends string>(
  name: Name,
  maximum: number
): Schema.Codec<ReadonlyArray<Id<Name>>, ReadonlyArray<string>> =>
  Schema.Array(Id(name))
    .check(Schema.isMaxLength(maximum), Schema.isUnique())
    .annotate({ field: { kind: "ids", target: name } })

/** A reference to a record of one of several entities: `type` is what its permissions call it, such as `incident`. */
export interface Ref<Name extends string> {
  readonly type: SnakeCase<Name>
  readonly id: Id<Name>
}

/** The schema of a reference to a record of one of the named entities. */
export const Ref = <const Name extends string>(
  names: readonly [Name, ...ReadonlyArray<Name>]
): Schema.Codec<Ref<Name>, { readonly type: string; readonly id: string }> =>
  Schema.Struct({
    type: Schema.Literals(names.map(snakeCase)).annotate({
      code: "reference_not_found",
      problem: "names no record that you may use here"
    }),
    id: PastId
  }).annotate({ field: { kind: "ref", targets: names } }) as unknown as Schema.Codec<
    Ref<Name>,
    { readonly type: string; readonly id: string }
  >

/** The randomness of new ids; replaced by a test that wants the same ids on each run. */
export const RandomBytes = Context.Reference<(bytes: Uint8Array<ArrayBuffer>) => void>("@itsm/core/RandomBytes", {
  defaultValue: () => (bytes) => void globalThis.crypto.getRandomValues(bytes)
})

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
const low = hex.map((digits) => digits[1]!)
const variant = hex.map((_, byte) => hex[(byte & 0x3f) | 0x80]!)
interface Pool {
  readonly bytes: Uint8Array<ArrayBuffer>
  offset: number
}
const pools = new WeakMap<(bytes: Uint8Array<ArrayBuffer>) => void, Pool>()
const poolOf = (random: (bytes: Uint8Array<ArrayBuffer>) => void): Pool => {
  let pool = pools.get(random)
  if (pool === undefined) pools.set(random, (pool = { bytes: new Uint8Array(4096), offset: 4096 }))
  return pool
}

/** What all ids of one moment begin with, up to the digit of the version. */
const beginningV7 = (epochMs: number): string => {
  const time = epochMs.toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7`
}

const formatV7 = (beginning: string, b: Uint8Array, o: number): string => {
  const head = beginning + low[b[o]!]! + hex[b[o + 1]!]! + "-" + variant[b[o + 2]!]! + hex[b[o + 3]!]! + "-"
  return (
    head + hex[b[o + 4]!]! + hex[b[o + 5]!]! + hex[b[o + 6]!]! + hex[b[o + 7]!]! + hex[b[o + 8]!]! + hex[b[o + 9]!]!
  )
}

/** Draws ids for one moment. `decide` stays pure: the shell stamps records after it. */
export const idSource: Effect.Effect<<Name extends string>() => Id<Name>> = Effect.gen(function* () {
  const beginning = beginningV7(yield* Clock.currentTimeMillis)
  const random = yield* RandomBytes
  const pool = poolOf(random)
  return <Name extends string>() => {
    if (pool.offset + 10 > pool.bytes.length) {
      random(pool.bytes)
      pool.offset = 0
    }
    const id = formatV7(beginning, pool.bytes, pool.offset)
    pool.offset += 10
    return id as Id<Name>
  }
})
