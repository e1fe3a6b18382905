import { Clock, Context, Effect, Schema } from "effect"

/** The identifier of a record of the named entity: a UUID in lower case, version 7 when made here. */
export type Id<Name extends string> = string & { readonly "~itsm/Id": Name }

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u

/** True for the text form of any UUID in lower case. */
export const isId = (text: string): boolean => pattern.test(text)

/**
 * The schema of a reference to a record of the named entity. Naming the entity is enough: the store's foreign keys and
 * the check that a referenced record exists and is visible derive from it.
 */
export const Id = <const Name extends string>(name: Name): Schema.Codec<Id<Name>, string> =>
  Schema.String.check(Schema.isPattern(pattern, { description: "an id: a UUID in lower case" })).annotate({
    field: { kind: "id", target: name },
    format: "uuid"
  }) as unknown as Schema.Codec<Id<Name>, string>

/** An id behind which no record need be any more: of what a log speaks of, which outlives it. */
export const PastId: Schema.Codec<string, string> = Schema.String.check(
  Schema.isPattern(pattern, { description: "an id: a UUID in lower case" })
).annotate({ field: { kind: "id" }, format: "uuid" })

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
