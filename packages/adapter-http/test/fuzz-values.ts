import fc from "fast-check"

/** A part of the OpenAPI document. */
export interface Json {
  readonly [key: string]: Json
}
type Arbitrary = fc.Arbitrary<unknown>

/** The text that stands in a place of the document; empty where there is none. */
export const wordOf = (part: Json | undefined): string => {
  const value: unknown = part
  return typeof value === "string" ? value : ""
}

/** Texts that have broken something, somewhere. */
const oddTexts = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\uD800",
  "x\uDC00y",
  "\u202Egnp.exe",
  "\u200B\u200D\uFEFF",
  "e\u0301\u0301\u0301",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  "مرحبا",
  "𝔘𝔫𝔦",
  "a\r\nX-Injected: 1",
  "'; DROP TABLE incidents; --",
  '" OR 1=1 --',
  "<script>alert(1)</script>",
  "{{7*7}}${7*7}<%= 7*7 %>",
  "../../../../etc/passwd",
  "%00%0d%0a",
  "null",
  "NaN",
  "ſﬁİı",
  "\u2028\u2029"
]
const dates = [
  "0000-01-01T00:00:00.000Z",
  "9999-12-31T23:59:59.999Z",
  "+275760-09-13T00:00:00.001Z",
  "2016-12-31T23:59:60Z",
  "2026-02-30T00:00:00Z",
  "2026-01-01T00:00:00+23:59",
  "2026-01-01T00:00:00-00:00",
  "2026-01-01",
  "2026-01-01T25:00:00Z",
  "-000001-01-01T00:00:00Z",
  "2026-01-01t00:00:00z",
  "1e3"
]
const id = "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"
const ids = [
  id,
  id.toUpperCase(),
  id.replaceAll("-", ""),
  `{${id}}`,
  `urn:uuid:${id}`,
  ` ${id}`,
  `${id}\n`,
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  id.slice(1),
  "0",
  "-1"
]
const numbers = [0, -0, -1, 0.5, 1e21, 1.7976931348623157e308, 2 ** 31, 2 ** 53, 2 ** 53 + 2, -(2 ** 63), 5e-324]

const nested = (depth: number): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], 1)

export const oddText = fc.oneof(
  fc.constantFrom(...oddTexts, ...dates, ...ids),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-composite", maxLength: 300 })
)

/** What a field does not expect. */
export const oddValue: Arbitrary = fc.oneof(
  { weight: 6, arbitrary: oddText },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...numbers, null, true, false, [], {}, [null], [[]], nested(20)) },
  { weight: 1, arbitrary: fc.constantFrom(70_000, 200_000).map((length) => "ä".repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom(1000, 1001, 10_000).map((length) => Array.from({ length }, () => 1)) },
  { weight: 2, arbitrary: fc.jsonValue() }
)

/** Values that a schema of the document takes, with ids that there are. */
export const makeFitting = (document: Json, known: ReadonlyArray<string>) => {
  const resolve = (schema: Json): Json => {
    const ref = schema["$ref"] as unknown
    if (typeof ref !== "string") return schema
    return resolve(
      ref
        .slice(2)
        .split("/")
        .reduce<Json>((at, key) => at[key.replaceAll("~1", "/")]!, document)
    )
  }
  const text = (schema: Json): Arbitrary => {
    const examples = (schema["examples"] ?? []) as unknown as ReadonlyArray<string>
    if (examples.length > 0) return fc.constantFrom(...examples)
    if (wordOf(schema["format"]) === "uuid") return fc.constantFrom(...known)
    if (wordOf(schema["format"]) === "date-time")
      return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString())
    const least = Number(schema["minLength"] ?? 0)
    const most = Math.min(Number(schema["maxLength"] ?? 60), least + 60)
    return fc.oneof(
      fc.string({ minLength: least, maxLength: most }),
      fc.string({ unit: "grapheme-ascii", minLength: least, maxLength: most })
    )
  }
  const fitting = (given: Json, depth = 0): Arbitrary => {
    const schema = resolve(given)
    const options = (schema["anyOf"] ?? schema["oneOf"]) as unknown as ReadonlyArray<Json> | undefined
    if (options !== undefined) return fc.oneof(...options.map((option) => fitting(option, depth)))
    if (schema["enum"] !== undefined) return fc.constantFrom(...(schema["enum"] as unknown as ReadonlyArray<unknown>))
    switch (wordOf(schema["type"])) {
      case "string":
        return text(schema)
      case "integer":
      case "number":
        return fc.integer({
          min: Number(schema["minimum"] ?? -10),
          max: Math.min(Number(schema["maximum"] ?? 1000), 1e6)
        })
      case "boolean":
        return fc.boolean()
      case "null":
        return fc.constant(null)
      case "array":
        return depth > 3 ? fc.constant([]) : fc.array(fitting(schema["items"] ?? {}, depth + 1), { maxLength: 4 })
      case "object":
        return depth > 3
          ? fc.constant({})
          : fc.record(
              Object.fromEntries(
                Object.entries(schema["properties"] ?? {}).map(([name, part]) => [name, fitting(part, depth + 1)])
              ),
              { requiredKeys: (schema["required"] ?? []) as unknown as [] }
            )
      default:
        return fc.jsonValue()
    }
  }
  return { resolve, fitting }
}
