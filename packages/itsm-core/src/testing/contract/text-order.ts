import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, Store } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import * as Factory from "../factories.ts"
import { commit, insert, newOrganization, type StoreIt } from "./fixture.ts"

/** In order: without regard to case, then by code point, so that what is beyond the basic plane comes last. */
const inOrder = [
  "1",
  "10",
  "2",
  "a b",
  "A-c",
  "a_d",
  "ab",
  "AC",
  "Ac d",
  "b",
  "Straße",
  "Strasz",
  "Zebra",
  "zebra 2",
  "~",
  "Äpfel",
  "äpfel 2",
  "Éclair",
  "éclair 2",
  "ж",
  "東京",
  "\uFF5E",
  "😀",
  "𝒳"
]

const names = (records: ReadonlyArray<{ readonly name: string }>) => records.map(({ name }) => name)

export const textOrder = (it: StoreIt) =>
  describe("text", () => {
    it.effect("is in order without regard to case, by code point", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const store = yield* Store.Store
        const expected = inOrder.toSorted((a, b) => compareCodePoints(a.toLowerCase(), b.toLowerCase()))
        yield* commit(
          organizationId,
          ...inOrder.toReversed().map((name) => insert(Department, Factory.department(organizationId, { name })))
        )
        const find = (direction: "asc" | "desc") =>
          store.find({ organizationId }, Department, {
            where: Condition.always,
            sort: [{ field: "name", direction }],
            limit: 100
          })
        assert.deepStrictEqual(names((yield* find("asc")).items), expected)
        assert.deepStrictEqual(names((yield* find("desc")).items), expected.toReversed())
      })
    )

    it.effect("is contained without regard to case, and no character is a wildcard", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const all = ["Über 100% sure", "uber_uns", "C:\\temp", "it's", "Straße", "😀 smile"]
        yield* commit(
          organizationId,
          ...all.map((name) => insert(Department, Factory.department(organizationId, { name })))
        )
        const store = yield* Store.Store
        const containing = (value: string) =>
          Effect.map(
            store.find({ organizationId }, Department, {
              where: { field: "name", op: "contains", value },
              sort: [{ field: "name", direction: "asc" }],
              limit: 100
            }),
            ({ items }) => names(items)
          )
        assert.deepStrictEqual(yield* containing("über"), ["Über 100% sure"])
        assert.deepStrictEqual(yield* containing("ÜBER 100%"), ["Über 100% sure"])
        assert.deepStrictEqual(yield* containing("%"), ["Über 100% sure"])
        assert.deepStrictEqual(yield* containing("r_u"), ["uber_uns"])
        assert.deepStrictEqual(yield* containing("_"), ["uber_uns"])
        assert.deepStrictEqual(yield* containing("\\"), ["C:\\temp"])
        assert.deepStrictEqual(yield* containing("'"), ["it's"])
        assert.deepStrictEqual(yield* containing("😀 S"), ["😀 smile"])
        assert.strictEqual((yield* containing("")).length, all.length)
      })
    )
  })

const compareCodePoints = (a: string, b: string): number => {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, index) => character !== right[index])
  if (at === -1) return left.length - right.length
  return at >= right.length ? 1 : left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!
}
