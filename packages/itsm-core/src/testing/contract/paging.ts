import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, type Entity, Instant, Order, Path, Store } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { Specimen, specimen } from "./specimen.ts"
import { commit, ids, insert, newOrganization, type OrganizationId, type StoreIt } from "./fixture.ts"

const pages = Effect.fnUntraced(function* (
  organizationId: OrganizationId,
  entity: Entity.AnyEntity,
  sort: ReadonlyArray<Order.SortKey>,
  limit: number,
  between: Effect.Effect<unknown, unknown, Store.Store> = Effect.void
) {
  const store = yield* Store.Store
  const seen: Array<Entity.AnyRecord> = []
  let after: ReadonlyArray<Order.SortValue> | undefined
  while (true) {
    const page = yield* store.find({ organizationId }, entity, {
      where: Condition.always,
      sort,
      limit,
      ...(after === undefined ? {} : { after })
    })
    seen.push(...page.items)
    if (page.next === null) return seen
    assert.strictEqual(page.items.length, limit)
    after = page.next
    yield* between
  }
})

/** The order that the kernel defines: sort values, then the id in the direction of the first key. */
const ordered = (
  entity: Entity.AnyEntity,
  records: ReadonlyArray<Entity.AnyRecord>,
  sort: ReadonlyArray<Order.SortKey>
) => {
  const directions = [...sort.map(({ direction }) => direction), sort[0]?.direction ?? "asc"]
  const rank = (record: Entity.AnyRecord) => [
    ...sort.map(({ field }) => Order.sortValue(Path.reader(field)(record), entity.field(field)?.kind === "text")),
    record.id
  ]
  return records.toSorted((a, b) => Order.compareTuples(directions, rank(a), rank(b)))
}

const cycle = <A>(values: readonly [A, ...ReadonlyArray<A>], index: number): A => values[index % values.length]!

const twoKinds = Effect.gen(function* () {
  const organizationId = yield* newOrganization
  const departments = Array.from({ length: 3 }, () => Factory.department(organizationId))
  const numbers = Array.from({ length: 23 }, (_, index) => index)
  const teams = numbers.map((index) =>
    Factory.team(organizationId, {
      name: `${cycle(["desk", "Desk", "DESK b", "ärzte", "Network"], index)} ${(index * 7) % 10} ${index}`,
      departmentId: cycle([null, departments[0]!.id, departments[1]!.id, departments[2]!.id], index),
      email: cycle([null, "b@acme.example", "A@acme.example", "a@acme.example"], index),
      reopenWindowDays: cycle([3, null, 0, 10, 9], index),
      supportLevel: cycle([1, 2, 4], index),
      active: index % 3 === 0,
      createdAt: Instant.plusMs(Factory.epoch, cycle([0, 1, -1000], index))
    })
  )
  const users = numbers.map((index) =>
    Factory.user(organizationId, {
      state: cycle(["invited", "active", "disabled"], index),
      passwordChangedAt: cycle([null, Factory.epoch, Instant.plusMs(Factory.epoch, -5)], index)
    })
  )
  yield* commit(organizationId, ...departments.map((record) => insert(Department, record)))
  yield* commit(
    organizationId,
    ...teams.map((record) => insert(Team, record)),
    ...users.map((record) => insert(User, record))
  )
  const specimens = numbers.map((index) =>
    specimen(organizationId, {
      ratio: cycle([2.5, -0.25, 10, 9.75], index),
      maybeRatio: cycle([null, 2.5, 0.1, 1e21], index),
      day: cycle(["2026-11-21", "0001-01-01", "2026-02-28"], index) as Specimen["day"],
      maybeDay: cycle([null, "2026-11-21", "2025-12-31"], index) as Specimen["maybeDay"],
      price: cycle(
        [
          { amount: 10, currency: "EUR" },
          { amount: 9, currency: "USD" }
        ],
        index
      ),
      maybePrice: cycle([null, { amount: index, currency: "EUR" }, { amount: 4, currency: "CHF" }], index)
    })
  )
  yield* commit(organizationId, ...specimens.map((record) => insert(Specimen, record)))
  return {
    organizationId,
    records: new Map<Entity.AnyEntity, ReadonlyArray<Entity.AnyRecord>>([
      [Team, teams],
      [User, users],
      [Specimen, specimens]
    ])
  }
})

const fields: ReadonlyArray<readonly [Entity.AnyEntity, ReadonlyArray<string>]> = [
  [Team, ["name", "email", "reopenWindowDays", "supportLevel", "active", "departmentId", "createdAt", "id"]],
  [User, ["state", "passwordChangedAt", "departmentId"]],
  [
    Specimen,
    ["ratio", "maybeRatio", "day", "maybeDay", "price.amount", "price.currency", "maybePrice.amount", "subject.type"]
  ]
]

export const paging = (it: StoreIt) =>
  describe("a list in pages", () => {
    it.effect("has every record once and in order, by any field in either direction", () =>
      Effect.gen(function* () {
        const { organizationId, records } = yield* twoKinds
        for (const [entity, names] of fields) {
          for (const field of names) {
            for (const direction of ["asc", "desc"] as const) {
              const sort = [{ field, direction }]
              const expected = ids(ordered(entity, records.get(entity)!, sort))
              assert.deepStrictEqual(
                ids(yield* pages(organizationId, entity, sort, 4)),
                expected,
                `${field} ${direction}`
              )
            }
          }
        }
      })
    )

    it.effect("and by two or three fields, each in its own direction, or none", () =>
      Effect.gen(function* () {
        const { organizationId, records } = yield* twoKinds
        const sorts: ReadonlyArray<ReadonlyArray<Order.SortKey>> = [
          [],
          [
            { field: "active", direction: "desc" },
            { field: "reopenWindowDays", direction: "asc" }
          ],
          [
            { field: "email", direction: "asc" },
            { field: "supportLevel", direction: "desc" },
            { field: "createdAt", direction: "desc" }
          ],
          [
            { field: "departmentId", direction: "desc" },
            { field: "email", direction: "desc" },
            { field: "reopenWindowDays", direction: "desc" }
          ]
        ]
        for (const sort of sorts) {
          for (const limit of [1, 5, 23, 24]) {
            assert.deepStrictEqual(
              ids(yield* pages(organizationId, Team, sort, limit)),
              ids(ordered(Team, records.get(Team)!, sort))
            )
          }
        }
      })
    )

    it.effect("puts null last in either direction", () =>
      Effect.gen(function* () {
        const { organizationId } = yield* twoKinds
        for (const direction of ["asc", "desc"] as const) {
          const days = (yield* pages(organizationId, Team, [{ field: "reopenWindowDays", direction }], 6)).map(
            (record) => record["reopenWindowDays"]
          )
          assert.deepStrictEqual(days.slice(-5), [null, null, null, null, null])
          assert.deepStrictEqual(days.slice(0, 1), [direction === "asc" ? 0 : 10])
        }
      })
    )

    it.effect("neither skips nor repeats a record while others are inserted between the pages", () =>
      Effect.gen(function* () {
        const { organizationId, records } = yield* twoKinds
        let turn = 0
        const insertMore = Effect.suspend(() =>
          commit(
            organizationId,
            ...["0", "desk", "network", "zz"].map((name) =>
              insert(
                Team,
                Factory.team(organizationId, {
                  name: `${name} ${++turn}`,
                  reopenWindowDays: cycle([null, 0, 5, 10], turn)
                })
              )
            )
          )
        )
        for (const [field, direction] of [
          ["name", "asc"],
          ["name", "desc"],
          ["reopenWindowDays", "asc"],
          ["reopenWindowDays", "desc"]
        ] as const) {
          const sort = [{ field, direction }]
          const seen = yield* pages(organizationId, Team, sort, 25, turn > 60 ? Effect.void : insertMore)
          const original = new Set(ids(records.get(Team)!))
          assert.strictEqual(new Set(ids(seen)).size, seen.length)
          assert.deepStrictEqual(
            ids(seen.filter(({ id }) => original.has(id))),
            ids(ordered(Team, records.get(Team)!, sort))
          )
        }
      })
    )

    it.effect("nor while they are inserted at the same time", () =>
      Effect.gen(function* () {
        const { organizationId, records } = yield* twoKinds
        const writing = Effect.forEach(Array.from({ length: 30 }), () =>
          commit(organizationId, insert(Team, Factory.team(organizationId)))
        )
        const [seen] = yield* Effect.all(
          [pages(organizationId, Team, [{ field: "name", direction: "asc" }], 3), writing],
          { concurrency: "unbounded" }
        )
        const original = ids(ordered(Team, records.get(Team)!, [{ field: "name", direction: "asc" }]))
        assert.deepStrictEqual(
          ids(seen).filter((id) => original.includes(id)),
          original
        )
        assert.strictEqual(new Set(ids(seen)).size, seen.length)
      })
    )

    it.effect("ends with the page that its last record fills", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const store = yield* Store.Store
        const none = yield* store.find({ organizationId }, Team, { where: Condition.always, sort: [], limit: 5 })
        assert.deepStrictEqual(none, { items: [], next: null })
        yield* commit(organizationId, ...Array.from({ length: 5 }, () => insert(Team, Factory.team(organizationId))))
        assert.isNull(
          (yield* store.find({ organizationId }, Team, { where: Condition.always, sort: [], limit: 5 })).next
        )
        assert.isNotNull(
          (yield* store.find({ organizationId }, Team, { where: Condition.always, sort: [], limit: 4 })).next
        )
      })
    )
  })
