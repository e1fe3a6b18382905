import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Entity from "./entity.ts"
import { Id, Ids, PastId, Ref } from "./id.ts"
import { decoder } from "./input.ts"
import { Instant } from "./instant.ts"
import { kinds } from "./kinds.ts"
import { LocalDate } from "./local-date.ts"
import { Money } from "./money.ts"
import { Decimal, Text, Texts, Whole } from "./text.ts"

const entityOf = (schema: Schema.Codec<any, any>) =>
  Entity.define("Thing", { plural: "things", fields: { value: schema } })

describe("the kind of a field", () => {
  it("follows from its schema, with or without null and further checks", () => {
    const expected: ReadonlyArray<readonly [Schema.Codec<any, any>, string]> = [
      [Text(1, 3), "text"],
      [Whole(1, 3), "integer"],
      [Schema.Int, "integer"],
      [Schema.Literals([1, 2]), "integer"],
      [Decimal(0, 1), "decimal"],
      [Schema.Boolean, "boolean"],
      [Instant, "instant"],
      [LocalDate, "date"],
      [Id("User"), "id"],
      [PastId, "id"],
      [Schema.Literals(["a", "b"]), "enum"],
      [Money, "money"],
      [Ref(["Team", "User"]), "ref"],
      [Ids("User", 3), "ids"],
      [Texts(Text(1, 3), 3), "texts"],
      [Schema.Array(Schema.String), "json"],
      [Schema.Struct({ at: Schema.Finite }), "json"],
      [Schema.Union([Schema.Int, Schema.String]), "json"],
      [Schema.Unknown, "json"]
    ]
    for (const [schema, kind] of expected) {
      assert.strictEqual(entityOf(schema).field("value")?.kind, kind)
      if (schema !== Schema.Unknown) assert.strictEqual(entityOf(Schema.NullOr(schema)).field("value")?.kind, kind)
    }
    const checked = Id("User").check(Schema.makeFilter((id: string) => id !== ""))
    assert.strictEqual(entityOf(checked).field("value")?.kind, "id")
  })

  it("is never guessed: a schema that is of none is refused with its name", () => {
    for (const schema of [Schema.Finite, Schema.Number, Schema.Literals([0.5, 1]), Schema.Date, Schema.BigInt]) {
      for (const each of [schema, Schema.NullOr(schema as never)])
        assert.throws(() => entityOf(each as never), /^Thing\.value is of no known kind/)
    }
  })

  it("with parts has a field for each, by its path", () => {
    const Thing = Entity.define("Thing", {
      plural: "things",
      fields: { price: Schema.NullOr(Money), subject: Entity.managed(Ref(["Team", "ServiceRequest"])) }
    })
    const parts = ["price.amount", "price.currency", "subject.type", "subject.id"].map((path) => Thing.field(path)!)
    assert.deepStrictEqual(
      parts.map(({ name, whole, kind, nullable, access }) => `${name} ${whole} ${kind} ${nullable} ${access}`),
      [
        "price.amount price integer true open",
        "price.currency price text true open",
        "subject.type subject enum false managed",
        "subject.id subject id false managed"
      ]
    )
    assert.deepStrictEqual(parts[2]!.literals, ["team", "service_request"])
    assert.deepStrictEqual(parts[3]!.targets, ["Team", "ServiceRequest"])
    assert.isUndefined(Thing.field("price.nothing"))
    assert.deepStrictEqual(
      Thing.leaves.filter(({ name }) => name.includes(".")).map(({ name }) => name),
      parts.map(({ name }) => name)
    )
  })
})

describe("a value of a kind", () => {
  const codes = (schema: Schema.Codec<any, any>, value: unknown) =>
    Result.match(decoder(Schema.Struct({ value: schema }))({ value }), {
      onSuccess: () => [],
      onFailure: ({ errors }) => errors.map(({ code, pointer }) => `${code} ${pointer}`)
    })
  const a = "0192f0c1-0000-7000-8000-000000000001"

  it("is taken as it is, or refused at its place", () => {
    const cases: ReadonlyArray<readonly [Schema.Codec<any, any>, unknown, ReadonlyArray<string>]> = [
      [Decimal(0, 10), 2.5, []],
      [Decimal(0, 10), 10.5, ["out_of_range /value"]],
      [LocalDate, "2024-02-29", []],
      [LocalDate, "2026-02-29", ["invalid_format /value"]],
      [LocalDate, "2026-11-21T00:00:00Z", ["invalid_format /value"]],
      [LocalDate, "0000-01-01", ["invalid_format /value"]],
      [Money, { amount: Number.MAX_SAFE_INTEGER, currency: "EUR" }, []],
      [Money, { amount: 2 ** 53, currency: "EUR" }, ["out_of_range /value/amount"]],
      [Money, { amount: 1.5, currency: "eur" }, ["out_of_range /value/amount", "invalid_format /value/currency"]],
      [Money, { amount: 1 }, ["required /value/currency"]],
      [Ids("User", 2), [a], []],
      [Ids("User", 2), [a, a], ["not_unique /value"]],
      [Ids("User", 1), [a, a.replace("1", "2")], ["too_long /value"]],
      [Texts(Text(1, 3), 2), ["a", "long"], ["invalid_length /value/1"]],
      [Ref(["Team"]), { type: "team", id: a }, []],
      [Ref(["Team"]), { type: "Team", id: a }, ["reference_not_found /value/type"]],
      [Ref(["Team", "User"]), { type: "role", id: a }, ["reference_not_found /value/type"]],
      [Ref(["Team"]), { type: "team" }, ["required /value/id"]]
    ]
    for (const [schema, value, expected] of cases) assert.deepStrictEqual(codes(schema, value), expected)
  })

  it("is read from the text of a query, or not at all", () => {
    const facts = (kind: keyof typeof kinds) => ({ kind, literals: ["a"] })
    const said: ReadonlyArray<readonly [keyof typeof kinds, string, unknown]> = [
      ["decimal", "2.5", 2.5],
      ["decimal", "-1e-3", -0.001],
      ["decimal", "1e999", undefined],
      ["decimal", "0x10", undefined],
      ["decimal", "", undefined],
      ["integer", "2.5", undefined],
      ["date", "2026-11-21", "2026-11-21"],
      ["date", "2026-11-31", undefined],
      ["ids", a, a],
      ["ids", "me", undefined],
      ["texts", "x", "x"],
      ["enum", "b", undefined],
      ["json", "x", undefined]
    ]
    for (const [kind, text, value] of said) assert.strictEqual(kinds[kind].parse(text, facts(kind)), value, text)
  })
})
