import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import fc from "fast-check"
import { compile, type Condition } from "./condition.ts"
import { ConditionInput, maxDepth, maxNodes, misfits } from "./condition-input.ts"
import * as Entity from "./entity.ts"
import { Id } from "./id.ts"
import { Instant } from "./instant.ts"

const Thing = Entity.define("Thing", {
  plural: "things",
  fields: {
    name: Schema.String,
    size: Schema.Int,
    kind: Schema.Literals(["a", "b"]),
    ownerId: Schema.NullOr(Id("User")),
    seenAt: Schema.NullOr(Instant),
    isOld: Schema.Boolean,
    tags: Schema.Array(Schema.String),
    pin: Entity.secret(Schema.String)
  }
})

const decode = Schema.decodeUnknownResult(ConditionInput, { onExcessProperty: "error" })
const leaf = { field: "name", op: "eq", value: "x" } as const
const nest = (depth: number): Condition => (depth === 1 ? leaf : { not: nest(depth - 1) })
const wide = (nodes: number): Condition => ({ all: Array.from({ length: nodes - 1 }, () => leaf) })

describe("a condition as input (T-EXPR-1)", () => {
  it("is taken up to its depth and size, and refused beyond", () => {
    assert.isTrue(Result.isSuccess(decode(nest(maxDepth))))
    assert.isTrue(Result.isFailure(decode(nest(maxDepth + 1))))
    assert.isTrue(Result.isSuccess(decode(wide(maxNodes))))
    assert.isTrue(Result.isFailure(decode(wide(maxNodes + 1))))
  })

  it("is data of a known form, and nothing else", () => {
    const strange: ReadonlyArray<unknown> = [
      null,
      "1 = 1",
      {},
      [],
      { all: [] },
      { all: [{}] },
      { search: "x" },
      { ...leaf, op: "matches" },
      { ...leaf, value: null },
      { ...leaf, value: { $ne: 1 } },
      { ...leaf, more: 1 },
      { all: [leaf], any: [leaf] },
      { field: "name", op: "in", value: [] },
      { field: "name", op: "isNull", value: "true" },
      { field: "size", op: "gt", value: Number.NaN }
    ]
    for (const each of strange) assert.isTrue(Result.isFailure(decode(each)), JSON.stringify(each))
  })

  it("is judged in less than 5 ms, however it is built", () => {
    const row = { name: "x", size: 1, kind: "a" }
    fc.assert(
      fc.property(fc.integer({ min: 2, max: maxNodes }), fc.integer({ min: 1, max: maxDepth - 1 }), (nodes, depth) => {
        const built = { any: [nest(depth), wide(nodes - depth > 1 ? nodes - depth : 2)] }
        const test = compile(built)
        test(row)
        const begun = performance.now()
        test(row)
        assert.isBelow(performance.now() - begun, 5)
      })
    )
  })
})

describe("a condition on records", () => {
  const problems = (condition: Condition, isOpen = (_: string) => true) =>
    misfits(Thing.field, condition, "/condition", isOpen).map(({ pointer }) => pointer)

  it("name no field that is not open", () => {
    assert.deepStrictEqual(
      problems({ all: [{ not: { field: "size", op: "gte", value: 3 } }, leaf] }, (name) => name !== "size"),
      ["/condition/all/0/not/field"]
    )
  })

  it("names their fields, operators that these know, and values that they can have", () => {
    const id = "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"
    const right: ReadonlyArray<Condition> = [
      leaf,
      { field: "size", op: "gte", value: 3 },
      { field: "kind", op: "in", value: ["a", "b"] },
      { field: "ownerId", op: "eq", value: id },
      { field: "ownerId", op: "isNull", value: true },
      { field: "seenAt", op: "lt", value: "2026-11-21T08:30:00.000Z" },
      { field: "isOld", op: "ne", value: false },
      { field: "name", op: "contains", value: "x" }
    ]
    assert.deepStrictEqual(problems({ all: right }), [])
  })

  it("is refused at the place that does not fit", () => {
    assert.deepStrictEqual(
      problems({
        all: [
          { field: "nothing", op: "eq", value: 1 },
          { any: [{ not: { field: "pin", op: "eq", value: "1" } }, { field: "tags", op: "isNull", value: true }] },
          { field: "kind", op: "eq", value: "c" },
          { field: "size", op: "contains", value: "1" },
          { field: "size", op: "in", value: [1, 1.5] },
          { field: "ownerId", op: "eq", value: "me" },
          { field: "seenAt", op: "gt", value: "yesterday" },
          { field: "isOld", op: "eq", value: "true" }
        ]
      }),
      [
        "/condition/all/0/field",
        "/condition/all/1/any/0/not/field",
        "/condition/all/1/any/1/field",
        "/condition/all/2/value",
        "/condition/all/3/op",
        "/condition/all/4/value",
        "/condition/all/5/value",
        "/condition/all/6/value",
        "/condition/all/7/value"
      ]
    )
  })
})
