import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { Id } from "./id.ts"
import { decoder } from "./input.ts"
import { Instant } from "./instant.ts"
import { Text, Whole } from "./text.ts"

type Fields = Readonly<Record<string, Schema.Codec<unknown, unknown>>>

const problemsOf = (fields: Fields, raw: unknown, readOnly: ReadonlyArray<string> = []) =>
  Result.match(decoder(Schema.Struct(fields), new Set(readOnly))(raw), {
    onSuccess: () => [],
    onFailure: ({ errors }) => errors.map(({ pointer, code }) => `${pointer} ${code}`)
  })

const codeOf = (schema: Schema.Codec<unknown, unknown>, value: unknown) => problemsOf({ a: schema }, { a: value })

const Even = Schema.Int.check(
  Schema.makeFilter((n: number) => n % 2 === 0, { description: "an even number", code: "odd" })
)

describe("the problem of an input value is", () => {
  const cases: ReadonlyArray<
    readonly [code: string, schema: Schema.Codec<unknown, unknown>, values: ReadonlyArray<unknown>]
  > = [
    ["invalid_type", Text(1, 3), [3, null, ["a"]]],
    ["invalid_type", Whole(1, 3), ["1", true]],
    ["invalid_type", Schema.NullOr(Whole(1, 3)), ["1"]],
    ["invalid_type", Schema.Boolean, ["true", 1]],
    ["invalid_type", Instant, [5]],
    ["invalid_type", Schema.Union([Schema.Int, Schema.String]), [true]],
    ["invalid_length", Text(1, 3), ["", "abcd"]],
    ["invalid_length", Schema.NullOr(Text(1, 3)), [""]],
    ["too_long", Schema.String.check(Schema.isMaxCodePoints(2)), ["abc"]],
    ["too_long", Schema.Array(Schema.Int).check(Schema.isMaxLength(1)), [[1, 2]]],
    ["too_short", Schema.String.check(Schema.isMinLength(2)), ["a"]],
    ["too_short", Schema.NonEmptyString, [""]],
    ["out_of_range", Whole(1, 3), [0, 4, 1.5]],
    ["out_of_range", Schema.NullOr(Whole(1, 3)), [9]],
    ["out_of_range", Schema.Finite, [Infinity]],
    ["invalid_format", Id("User"), ["", "INC-000001"]],
    ["invalid_format", Schema.NullOr(Id("User")), ["me"]],
    ["invalid_format", Schema.String.check(Schema.isPattern(/^x$/)), ["y"]],
    ["invalid_value", Schema.Literals(["low", "high"]), ["medium", 1]],
    ["invalid_value", Schema.NullOr(Schema.Literals(["low", "high"])), ["medium"]],
    ["invalid_value", Instant, ["tomorrow", "2026-02-30T00:00:00Z"]],
    ["invalid_value", Schema.NullOr(Instant), ["tomorrow"]],
    ["not_unique", Schema.Array(Schema.String).check(Schema.isUnique()), [["x", "x"]]],
    ["invalid_text", Schema.String, ["a\u0000", "\ud800", "\ude00x"]],
    ["too_many", Schema.Array(Schema.Int), [Array.from({ length: 1001 }, () => 1)]],
    ["odd", Even, [3]]
  ]
  for (const [code, schema, values] of cases) {
    it(`${code} for ${values.map((value) => JSON.stringify(value).slice(0, 30)).join(", ")}`, () => {
      for (const value of values) assert.deepStrictEqual(codeOf(schema, value), [`/a ${code}`])
    })
  }

  it("none, where it is as the schema has it", () => {
    for (const [schema, value] of [
      [Text(1, 3), "😀😀😀"],
      [Schema.NullOr(Whole(1, 3)), null],
      [Even, 4],
      [Schema.Array(Schema.Int), Array.from({ length: 1000 }, () => 1)]
    ] as const) {
      assert.deepStrictEqual(codeOf(schema as Schema.Codec<unknown, unknown>, value), [])
    }
  })
})

describe("an input", () => {
  const Nested = Schema.Struct({ c: Schema.Int })

  it("is told everything that is wrong with it, at its place", () => {
    const fields = { title: Text(1, 5), impact: Whole(1, 3), b: Schema.Array(Nested), "x/y~z": Schema.Int }
    assert.deepStrictEqual(
      problemsOf(fields, { title: "", b: [{ c: 1 }, { c: "1", d: 2 }], "x/y~z": "1", more: true }).toSorted(),
      [
        "/b/1/c invalid_type",
        "/b/1/d unknown_field",
        "/impact required",
        "/more unknown_field",
        "/title invalid_length",
        "/x~1y~0z invalid_type"
      ]
    )
  })

  it("may not set what only the system sets, nor what does not exist", () => {
    const fields = { title: Schema.optionalKey(Text(1, 5)), b: Schema.optionalKey(Nested) as unknown as Fields[string] }
    assert.deepStrictEqual(problemsOf(fields, { id: 1, colour: 2 }, ["id"]), [
      "/id read_only_field",
      "/colour unknown_field"
    ])
    assert.deepStrictEqual(problemsOf(fields, { b: { c: 1, id: 2 } }, ["id"]), ["/b/id unknown_field"])
    assert.deepStrictEqual(problemsOf(fields, JSON.parse(`{"__proto__": {"title": "x"}}`)), [
      "/__proto__ unknown_field"
    ])
  })

  it("must be an object", () => {
    for (const raw of [null, undefined, "x", 3, []])
      assert.deepStrictEqual(problemsOf({ a: Schema.Int }, raw), [" invalid_type"])
  })

  it("is searched for unfit text to its depth, in names as well", () => {
    assert.deepStrictEqual(problemsOf({ a: Schema.Unknown }, { a: { b: [1, "x\u0000"] } }), ["/a/b/1 invalid_text"])
    assert.deepStrictEqual(problemsOf({ a: Schema.Unknown }, { a: { "b\ud800": 1 } }), ["/a invalid_text"])
  })

  it("that is nested too deep is refused, and does not end the process", () => {
    let deep: unknown = 1
    for (let level = 0; level < 100_000; level++) deep = level % 2 === 0 ? [deep] : { deep }
    assert.deepStrictEqual(problemsOf({ a: Schema.Unknown }, { a: deep }), ["/a too_deep"])
  })

  it("whose fields contradict each other is told which one to change", () => {
    const Window = Schema.Struct({ start: Schema.Int, end: Schema.Int }).check(
      Schema.makeFilter(({ start, end }) => (start < end ? undefined : { path: ["end"], issue: "must be after start" }))
    )
    assert.deepStrictEqual(Result.flip(decoder(Window)({ start: 2, end: 1 })).pipe(Result.getOrThrow).errors, [
      { pointer: "/end", code: "invalid_value", message: "must be after start" }
    ])
  })

  it("of a command that needs none takes nothing but an empty object", () => {
    const decode = decoder(Schema.Struct({}), new Set(["id"]))
    const codes = (raw: unknown) => Result.getOrThrow(Result.flip(decode(raw))).errors.map((error) => error.code)
    assert.deepStrictEqual(Result.getOrThrow(decode({})), {})
    assert.deepStrictEqual(codes({ id: 1, x: 1 }), ["read_only_field", "unknown_field"])
    for (const raw of [[], 7, "a", null]) assert.deepStrictEqual(codes(raw), ["invalid_type"])
  })

  it("comes back decoded", () => {
    const decode = decoder(Schema.Struct({ at: Instant, note: Schema.optionalKey(Schema.NullOr(Schema.String)) }))
    assert.deepStrictEqual(Result.getOrThrow(decode({ at: "2026-11-21T08:30:00+02:00" })), {
      at: "2026-11-21T06:30:00.000Z" as Instant
    })
  })

  it("has messages for people", () => {
    const { errors, message } = Result.flip(
      decoder(Schema.Struct({ a: Text(1, 3), b: Whole(1, 3), c: Even }))({ a: "", b: 9, c: 1 })
    ).pipe(Result.getOrThrow)
    assert.deepStrictEqual(
      errors.map((error) => error.message),
      ["must be 1 to 3 characters", "must be a value between 1 and 3", "must be an even number"]
    )
    assert.strictEqual(message, "3 fields are invalid.")
  })
})
