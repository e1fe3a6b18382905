import { assert, describe } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Condition, Instant, Store, Timer } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team, TeamMember } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import {
  allOf,
  assertDies,
  commit,
  ids,
  insert,
  newOrganization,
  outcome,
  stored,
  type StoreIt,
  update
} from "./fixture.ts"

const twoOrganizations = Effect.gen(function* () {
  const [own, other] = [yield* newOrganization, yield* newOrganization]
  const theirs = Factory.department(other, { name: "Theirs" })
  yield* commit(other, insert(Department, theirs))
  return { own, other, theirs }
})

export const isolation = (it: StoreIt) =>
  describe("nothing reaches from one organization into another", () => {
    it.effect("get, find, count and exists do not see another organization's record", () =>
      Effect.gen(function* () {
        const { own, theirs } = yield* twoOrganizations
        const store = yield* Store.Store
        const reach = { organizationId: own }
        assert.isTrue(Option.isNone(yield* store.get(reach, Department, theirs.id)))
        for (const where of [
          Condition.always,
          Condition.eq("id", theirs.id),
          Condition.eq("name", "Theirs"),
          Condition.oneOf("id", [theirs.id]),
          { search: "theirs" }
        ]) {
          assert.deepStrictEqual((yield* store.find(reach, Department, { where, sort: [], limit: 10 })).items, [])
          assert.strictEqual(yield* store.count(reach, Department, where, 10), 0)
        }
        assert.deepStrictEqual(
          yield* store.exists(reach, [{ entity: Department, id: theirs.id, where: Condition.always }]),
          [false]
        )
      })
    )

    it.effect("a reach everywhere sees the records of all", () =>
      Effect.gen(function* () {
        const { own, other, theirs } = yield* twoOrganizations
        const ours = Factory.department(own)
        yield* commit(own, insert(Department, ours))
        const store = yield* Store.Store
        for (const record of [ours, theirs])
          assert.deepStrictEqual(yield* store.get("everywhere", Department, record.id), Option.some(record))
        const where = Condition.oneOf("organizationId", [own, other])
        const { items } = yield* store.find("everywhere", Department, { where, sort: [], limit: 10 })
        assert.deepStrictEqual(ids(items), ids([ours, theirs]).toSorted())
        assert.strictEqual(yield* store.count("everywhere", Department, where, 10), 2)
        assert.deepStrictEqual(
          yield* store.exists("everywhere", [{ entity: Department, id: theirs.id, where: Condition.always }]),
          [true]
        )
      })
    )

    it.effect("a write with another organization's id finds nothing to write", () =>
      Effect.gen(function* () {
        const { own, other, theirs } = yield* twoOrganizations
        const member = Factory.user(other)
        const team = Factory.team(other)
        const membership = Factory.teamMember(member, team)
        const timer = Factory.timer(other, { key: "same" })
        yield* commit(
          other,
          insert(User, member),
          insert(Team, team),
          insert(TeamMember, membership),
          insert(Timer.Timer, timer)
        )
        const disguised = update(Department, { ...theirs, organizationId: own }, { name: "Ours" })
        assert.strictEqual(outcome(yield* Effect.exit(commit(own, disguised))), "VersionConflict")
        const consume = { kind: "consume", entity: Timer.Timer, id: timer.id, expectedVersion: 1 } as const
        assert.strictEqual(outcome(yield* Effect.exit(commit(own, consume))), "VersionConflict")
        const add = {
          kind: "add",
          entity: TeamMember,
          id: membership.id,
          by: { capacity: 1 },
          where: Condition.always
        } as const
        assert.strictEqual(outcome(yield* Effect.exit(commit(own, add))), "CounterRefused")
        yield* commit(own, { kind: "drop", entity: Timer.Timer, key: "same" })
        yield* commit(own, {
          kind: "put",
          entity: Timer.Timer,
          record: Factory.timer(own, { key: "same", dueAt: Instant.plusMs(Factory.epoch, 1) })
        })
        assert.deepStrictEqual(yield* stored(Department, theirs), theirs)
        assert.deepStrictEqual(yield* stored(TeamMember, membership), membership)
        assert.deepStrictEqual(yield* allOf(other, Timer.Timer), [timer])
      })
    )

    it.effect("a record of another organization than the reach dies", () =>
      Effect.gen(function* () {
        const { own, other, theirs } = yield* twoOrganizations
        yield* assertDies(commit(own, insert(Department, Factory.department(other))))
        yield* assertDies(commit(own, update(Department, theirs, { name: "Ours" })))
        yield* assertDies(commit(own, { kind: "put", entity: Timer.Timer, record: Factory.timer(other) }))
        assert.deepStrictEqual(yield* allOf(other, Department), [theirs])
        assert.deepStrictEqual(yield* allOf(other, Timer.Timer), [])
      })
    )
  })
