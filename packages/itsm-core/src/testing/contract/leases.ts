import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, Delivery, Instant, Store, Timer } from "../../kernel/index.ts"
import * as Factory from "../factories.ts"
import { allOf, commit, ids, insert, newOrganization, type OrganizationId, type StoreIt, update } from "./fixture.ts"

const { epoch } = Factory
const later = (seconds: number) => Instant.plusMs(epoch, seconds * 1000)

const consume = ({ id, version }: Delivery.Delivery): Store.Change => ({
  kind: "consume",
  entity: Delivery.Delivery,
  id,
  expectedVersion: version
})

/** Deliveries to reactions of these names, and how to claim among them. */
const deliveriesTo = Effect.fnUntraced(function* (organizationId: OrganizationId, reactions: ReadonlyArray<string>) {
  const type = Factory.uniqueText("parcel.moved")
  const deliveries = reactions.map((reaction) => Factory.delivery(organizationId, { type, reaction }))
  yield* commit(organizationId, ...deliveries.map((delivery) => insert(Delivery.Delivery, delivery)))
  return {
    deliveries,
    claim: (at: number, where: Condition.Condition = Condition.always, limit = 100) =>
      Store.Store.use((store) =>
        store.claim(
          Delivery.Delivery,
          Condition.all([Condition.eq("type", type), where]),
          later(at),
          later(at + 30),
          limit
        )
      )
  }
})

export const leases = (it: StoreIt) =>
  describe("what is claimed", () => {
    it.effect("can leave out some reactions, or be of one of them alone", () =>
      Effect.gen(function* () {
        const { deliveries, claim } = yield* deliveriesTo(yield* newOrganization, ["a", "b", "c", "b"])
        const others = yield* claim(0, { not: { field: "reaction", op: "in", value: ["b", "d"] } })
        assert.sameMembers([...ids(others)], [deliveries[0]!.id, deliveries[2]!.id])
        assert.strictEqual((yield* claim(0, Condition.eq("reaction", "b"), 1)).length, 1)
        assert.strictEqual((yield* claim(0, Condition.eq("reaction", "b"))).length, 1)
      })
    )

    it.effect("is never what has no time", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const { deliveries, claim } = yield* deliveriesTo(organizationId, ["a", "b"])
        yield* commit(organizationId, update(Delivery.Delivery, deliveries[0]!, { dueAt: null, state: "dead" }))
        assert.deepStrictEqual(ids(yield* claim(1000)), [deliveries[1]!.id])
        const [dead] = yield* allOf(organizationId, Delivery.Delivery, Condition.eq("state", "dead"))
        yield* commit(organizationId, update(Delivery.Delivery, dead!, { dueAt: later(5), state: "waiting" }))
        assert.deepStrictEqual(yield* claim(4), [])
        assert.deepStrictEqual(ids(yield* claim(5)), [deliveries[0]!.id])
      })
    )

    it.effect("can be given back, at once or for later, and is claimed by others then", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const { claim } = yield* deliveriesTo(organizationId, ["a", "b"])
        const [first, second] = yield* claim(0)
        yield* commit(
          organizationId,
          update(Delivery.Delivery, first!, { leaseUntil: null }),
          update(Delivery.Delivery, second!, { leaseUntil: null, dueAt: later(7) })
        )
        assert.deepStrictEqual(ids(yield* claim(1)), [first!.id])
        assert.deepStrictEqual(ids(yield* claim(7)), [second!.id])
      })
    )

    it.effect("stays claimed when its leases are renewed together", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const { claim } = yield* deliveriesTo(organizationId, ["a", "b", "c"])
        const held = yield* claim(0)
        yield* commit(
          organizationId,
          ...held.map((delivery) => update(Delivery.Delivery, delivery, { leaseUntil: later(60) }))
        )
        assert.deepStrictEqual(yield* claim(59), [])
        assert.strictEqual((yield* claim(60)).length, 3)
      })
    )

    it.effect("is consumed together, or not at all where one of it is in other hands", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const { claim } = yield* deliveriesTo(organizationId, ["a", "b", "c"])
        const held = yield* claim(0)
        const [again] = yield* claim(30, Condition.eq("reaction", held[1]!.reaction))
        const refused = yield* Effect.flip(commit(organizationId, ...held.map(consume)))
        assert.deepInclude(refused, { _tag: "VersionConflict", entity: "Delivery", id: again!.id })
        assert.strictEqual((yield* allOf(organizationId, Delivery.Delivery)).length, 3)
        yield* commit(organizationId, consume(held[0]!), consume(again!), consume(held[2]!))
        assert.deepStrictEqual(yield* allOf(organizationId, Delivery.Delivery), [])
      })
    )

    it.effect("can be consumed by the commit that puts another record of its key in its place", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const timer = Factory.timer(organizationId)
        yield* commit(organizationId, insert(Timer.Timer, timer))
        const next = Factory.timer(organizationId, { key: timer.key, dueAt: later(9) })
        const answer = commit(
          organizationId,
          { kind: "consume", entity: Timer.Timer, id: timer.id, expectedVersion: 1 },
          { kind: "put", entity: Timer.Timer, record: next }
        )
        yield* answer
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [next])
        assert.strictEqual((yield* Effect.flip(answer))._tag, "VersionConflict")
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [next])
      })
    )
  })
