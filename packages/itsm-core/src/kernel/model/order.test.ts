import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { compareTuples, compareValues, foldCase, sortValue, type SortValue } from "./order.ts"

const codePoints = (text: string) => [...text].map((character) => character.codePointAt(0)!)
const sign = (n: number) => Math.sign(n)
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "B", "ä", "\uFF5E", "😀", "😁", "𝒳"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 })
  ),
  maxLength: 5
})

describe("the order of values", () => {
  it("is by code point for text, which is not the order of its halves", () => {
    assert.isBelow(compareValues("\uFF5E", "😀"), 0)
    assert.deepStrictEqual(["😀", "\uFF5E"].toSorted(), ["😀", "\uFF5E"])
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [codePoints(a), codePoints(b)]
        const at = left.findIndex((point, index) => point !== right[index])
        const expected = at === -1 ? left.length - right.length : at >= right.length ? 1 : left[at]! - right[at]!
        assert.strictEqual(sign(compareValues(a, b)), sign(expected))
      })
    )
  })

  it("is that of numbers, and false comes before true", () => {
    assert.deepStrictEqual([10, 9, -1, 0].toSorted(compareValues), [-1, 0, 9, 10])
    assert.isBelow(compareValues(false, true), 0)
    assert.strictEqual(compareValues(true, true), 0)
  })

  it("folds the case of text for sorting, and of nothing else", () => {
    assert.strictEqual(foldCase("ÄÉß"), "äéß")
    assert.deepStrictEqual(
      [
        sortValue("Ab", true),
        sortValue("Ab", false),
        sortValue(null, true),
        sortValue(3, false),
        sortValue(true, false)
      ],
      ["ab", "Ab", null, 3, true]
    )
  })
})

describe("the order of tuples", () => {
  const value: fc.Arbitrary<SortValue> = fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 2 }))
  const tuple = fc.tuple(value, value, value)
  const directions = fc.tuple(
    ...([0, 1, 2].map(() => fc.constantFrom("asc" as const, "desc" as const)) as [
      fc.Arbitrary<"asc" | "desc">,
      fc.Arbitrary<"asc" | "desc">,
      fc.Arbitrary<"asc" | "desc">
    ])
  )

  it("has null last in either direction", () => {
    for (const direction of ["asc", "desc"] as const) {
      const sorted = [[null], [2], [null], [1]].toSorted((a, b) => compareTuples([direction], a, b))
      assert.deepStrictEqual(sorted, direction === "asc" ? [[1], [2], [null], [null]] : [[2], [1], [null], [null]])
    }
  })

  it("is decided by the first value that differs, in its own direction", () => {
    assert.isBelow(compareTuples(["asc", "desc"], [1, 2], [1, 1]), 0)
    assert.isAbove(compareTuples(["asc", "asc"], [1, 2], [1, 1]), 0)
    assert.strictEqual(compareTuples(["asc", "desc"], [1, null], [1, null]), 0)
  })

  it("is an order: what comes before another thing is followed by it, and so on", () => {
    fc.assert(
      fc.property(directions, tuple, tuple, tuple, (ways, a, b, c) => {
        const compare = (x: ReadonlyArray<SortValue>, y: ReadonlyArray<SortValue>) => sign(compareTuples(ways, x, y))
        assert.strictEqual(compare(a, b) + compare(b, a), 0)
        assert.strictEqual(
          compare(a, b) === 0,
          a.every((part, index) => part === b[index])
        )
        if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.isAtMost(compare(a, c), 0)
      })
    )
  })
})
