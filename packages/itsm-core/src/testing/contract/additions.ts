import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, CustomPath, Order, Path, Store } from "../../kernel/index.ts"
import { commit, ids, insert, newOrganization, type StoreIt, update, violation } from "./fixture.ts"
import { Specimen, specimen } from "./specimen.ts"

const { customPath } = CustomPath

/** Every value meets every kind: what is of another one is as if it were not there. */
const values = [
  null,
  "Äpfel",
  "äpfel",
  "desk",
  "",
  "2026-11-21",
  "2026-02-30",
  "2026-11-21T08:30:00.000Z",
  "2026-11-21T08:30:60.000Z",
  0,
  2,
  10,
  -2.5,
  1e21,
  true,
  false,
  ["desk"],
  []
]

const some = Effect.gen(function* () {
  const organizationId = yield* newOrganization
  const records = values.map((value) =>
    specimen(organizationId, { customFields: value === null ? {} : { value, other: "x" } })
  )
  yield* commit(organizationId, ...records.map((record) => insert(Specimen, record)))
  return { organizationId, records }
})

const sortable = ["text", "integer", "decimal", "boolean", "date", "instant", "choice"] as const

export const additions = (it: StoreIt) =>
  describe("what an organization adds to its records", () => {
    it.effect.each(sortable)("is sorted by, page after page, as values of one kind: %s", (kind) =>
      Effect.gen(function* () {
        const { organizationId, records } = yield* some
        const store = yield* Store.Store
        const field = customPath("value", kind)
        for (const direction of ["asc", "desc"] as const) {
          const found: Array<string> = []
          let after: ReadonlyArray<Order.SortValue> | null | undefined
          while (after !== null) {
            const query = { where: Condition.always, sort: [{ field, direction }], limit: 4 }
            const page = yield* store.find(
              { organizationId },
              Specimen,
              after === undefined ? query : { ...query, after }
            )
            found.push(...ids(page.items))
            after = page.next
          }
          const rank = (record: Specimen) => [Order.sortValue(Path.reader(field)(record), kind === "text"), record.id]
          const directions = [direction, direction]
          const expected = records.toSorted((a, b) => Order.compareTuples(directions, rank(a), rank(b)))
          assert.deepStrictEqual(found, ids(expected))
        }
      })
    )

    it.effect("is asked for as what it is: a value of another kind is none", () =>
      Effect.gen(function* () {
        const { organizationId } = yield* some
        const store = yield* Store.Store
        const count = (where: Condition.Condition) => store.count({ organizationId }, Specimen, where, 100)
        const present = (kind: CustomPath.CustomKind) =>
          count({ field: customPath("value", kind), op: "isNull", value: false })
        assert.strictEqual(yield* present("text"), 8)
        assert.strictEqual(yield* present("choice"), 8)
        assert.strictEqual(yield* present("integer"), 3)
        assert.strictEqual(yield* present("decimal"), 5)
        assert.strictEqual(yield* present("boolean"), 2)
        assert.strictEqual(yield* present("date"), 1)
        assert.strictEqual(yield* present("instant"), 1)
        assert.strictEqual(yield* present("texts"), 2)
        assert.strictEqual(yield* count(Condition.has(customPath("value", "texts"), "desk")), 1)
        assert.strictEqual(yield* count(Condition.eq(customPath("value", "text"), "desk")), 1)
        assert.strictEqual(yield* count({ field: customPath("value", "decimal"), op: "gte", value: 2 }), 3)
      })
    )

    it.effect("comes back as it was stored, and a record without it has an empty object", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const customFields = { a: 'it\'s "so"', b: -0.5, c: false, d: ["x", "y"] }
        const [full, empty] = [specimen(organizationId, { customFields }), specimen(organizationId)]
        yield* commit(organizationId, insert(Specimen, full), insert(Specimen, empty))
        const store = yield* Store.Store
        const { items } = yield* store.find({ organizationId }, Specimen, {
          where: Condition.always,
          sort: [],
          limit: 9
        })
        const found = new Map(items.map((item) => [item.id, item.customFields]))
        assert.deepStrictEqual(found.get(full.id), customFields)
        assert.deepStrictEqual(found.get(empty.id), {})
      })
    )

    it.effect("tells one record by the name that a system has for it, until that one is deleted", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newOrganization, yield* newOrganization]
        const named = (organizationId: typeof one, externalSource = "legacy") =>
          specimen(organizationId, { externalId: "4711", externalSource })
        const first = named(one)
        yield* commit(one, insert(Specimen, first), insert(Specimen, named(one, "other")))
        yield* commit(other, insert(Specimen, named(other)))
        yield* violation("Specimen", ["externalId", "externalSource"], one, insert(Specimen, named(one)))
        yield* commit(one, update(Specimen, first, { deletedAt: first.createdAt }), insert(Specimen, named(one)))
        yield* commit(one, insert(Specimen, specimen(one)), insert(Specimen, specimen(one)))
      })
    )
  })
