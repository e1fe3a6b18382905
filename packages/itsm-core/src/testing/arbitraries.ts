import { Schema } from "effect"
import fc from "fast-check"
import { type Entity, type Field, Instant, Text } from "../kernel/index.ts"

/** Text of any characters that can be stored, those beyond the basic plane among them. */
export const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.oneof(
      fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
      fc.constantFrom(..."äÉß東ж😀𝒳\n\t%_\\'\"")
    ),
    minLength,
    maxLength
  })

/** A moment between the first and the last that an instant can hold, to the millisecond. */
export const instant: fc.Arbitrary<Instant.Instant> = fc
  .oneof(
    fc
      .constantFrom("0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z")
      .map((edge) => Instant.toEpochMs(edge as Instant.Instant)),
    fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2090, 0) })
  )
  .map(Instant.fromEpochMs)

/** A day between the first and the last that a date can hold. */
export const date: fc.Arbitrary<string> = instant.map((moment) => moment.slice(0, 10))

/** A number within the bounds, most of them with a fraction; never a negative zero, which no store tells apart. */
export const decimal = (minimum: number, maximum: number): fc.Arbitrary<number> =>
  fc
    .oneof(
      fc.double({ min: minimum, max: maximum, noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0.1, 2.5, -2.5, 1e-9, 1e21).filter((n) => n >= minimum && n <= maximum)
    )
    .map((n) => n + 0)

const storable = (value: unknown): boolean =>
  typeof value === "string"
    ? !Text.isUnstorable(value)
    : Object.is(value, -0)
      ? false
      : typeof value !== "object" ||
        value === null ||
        Object.entries(value).every(([key, item]) => storable(key) && storable(item))

export const json: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }).filter(storable)

interface Bounds {
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

const boundsOf = (schema: Field.AnySchema): Bounds => {
  const merge = (part: unknown): Bounds => {
    if (typeof part !== "object" || part === null) return {}
    const {
      anyOf = [],
      allOf = [],
      ...own
    } = part as { readonly anyOf?: ReadonlyArray<object>; readonly allOf?: ReadonlyArray<object> }
    return Object.assign({}, own, ...[...anyOf, ...allOf].map(merge))
  }
  return merge(Schema.toJsonSchemaDocument(schema).schema)
}

const present = (info: Field.FieldInfo): fc.Arbitrary<unknown> => {
  const bounds = boundsOf(info.schema)
  switch (info.kind) {
    case "text":
      return text(bounds.minLength ?? 0, Math.min(bounds.maxLength ?? 500, 500))
    case "integer":
      return fc.maxSafeInteger().map((n) => {
        const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = bounds
        return n >= minimum && n <= maximum ? n : minimum + (Math.abs(n) % (maximum - minimum + 1))
      })
    case "boolean":
      return fc.boolean()
    case "instant":
      return instant
    case "decimal":
      return decimal(bounds.minimum ?? -Number.MAX_VALUE, bounds.maximum ?? Number.MAX_VALUE)
    case "date":
      return date
    case "id":
      return fc.uuid()
    case "ids":
      return fc.uniqueArray(fc.uuid(), { maxLength: Math.min(bounds.maxItems ?? 5, 5) })
    case "texts":
      return fc.array(text(1, 50), { maxLength: Math.min(bounds.maxItems ?? 5, 5) })
    case "money":
    case "ref":
      return fc.record(
        Object.fromEntries(info.parts.map((part) => [part.name.slice(info.name.length + 1), present(part)]))
      )
    case "enum":
      return fc.constantFrom(...info.literals!)
    case "json":
      return json
  }
}

/** Any value that a store may be asked to keep in the field: of its kind, within its bounds, null where it may be. */
export const valueOf = (info: Field.FieldInfo): fc.Arbitrary<unknown> =>
  info.nullable ? fc.option(present(info), { freq: 3 }) : present(info)

/**
 * Any record that a store may be asked to keep, with the given fields as they are given. References are random ids, or
 * null where they may be: name those that must lead somewhere.
 */
export const recordOf = (
  entity: Entity.AnyEntity,
  given: Readonly<Record<string, unknown>>
): fc.Arbitrary<Entity.AnyRecord> =>
  fc.record(
    Object.fromEntries(
      entity.fields.map((info) => [info.name, info.name in given ? fc.constant(given[info.name]) : valueOf(info)])
    )
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<Entity.AnyRecord>
