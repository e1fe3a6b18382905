import { assert, describe } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Condition, Store, Timer } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team, TeamMember } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { allOf, commit, insert, newOrganization, race, stored, type StoreIt, tally, update } from "./fixture.ts"

const newMember = Effect.fnUntraced(function* (capacity: number) {
  const organizationId = yield* newOrganization
  const user = Factory.user(organizationId)
  const team = Factory.team(organizationId)
  const member = Factory.teamMember(user, team, { capacity })
  yield* commit(organizationId, insert(User, user), insert(Team, team), insert(TeamMember, member))
  return member
})

const add = (member: TeamMember, by: number, where: Condition.Condition): Store.Change => ({
  kind: "add",
  entity: TeamMember,
  id: member.id,
  by: { capacity: by },
  where
})

export const races = (it: StoreIt) =>
  describe("of callers at once", () => {
    it.effect("one of 50 writers of a version wins, and the record is the winner's", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const department = Factory.department(organizationId)
        yield* commit(organizationId, insert(Department, department))
        const exits = yield* race(50, (writer) =>
          commit(organizationId, update(Department, department, { name: `Writer ${writer}` }))
        )
        assert.deepStrictEqual(tally(exits), { Success: 1, VersionConflict: 49 })
        const winner = exits.findIndex(Exit.isSuccess)
        assert.deepStrictEqual(yield* stored(Department, department), {
          ...department,
          name: `Writer ${winner}`,
          version: 2
        })
      })
    )

    it.effect("50 writers who read again after a conflict all get their turn", () =>
      Effect.gen(function* () {
        const member = yield* newMember(0)
        const increment: Effect.Effect<void, Store.CommitError, Store.Store> = Effect.gen(function* () {
          const current = (yield* stored(TeamMember, member))!
          yield* commit(member.organizationId, update(TeamMember, current, { capacity: current.capacity + 1 }))
        }).pipe(Effect.catchTag("VersionConflict", () => increment))
        yield* race(50, () => increment)
        assert.deepStrictEqual(yield* stored(TeamMember, member), { ...member, capacity: 50, version: 51 })
      })
    )

    it.effect("as many pass a guarded counter as the guard allows, each raises the version", () =>
      Effect.gen(function* () {
        const member = yield* newMember(3)
        const exits = yield* race(50, () =>
          commit(member.organizationId, add(member, 1, { field: "capacity", op: "lt", value: 10 }))
        )
        assert.deepStrictEqual(tally(exits), { Success: 7, CounterRefused: 43 })
        assert.deepStrictEqual(yield* stored(TeamMember, member), { ...member, capacity: 10, version: 8 })
        yield* commit(member.organizationId, add(member, -4, { field: "capacity", op: "gte", value: 4 }))
        assert.strictEqual((yield* stored(TeamMember, member))?.capacity, 6)
      })
    )

    it.effect("a counter and a writer of the same record do not lose each other's change", () =>
      Effect.gen(function* () {
        const member = yield* newMember(0)
        yield* commit(member.organizationId, add(member, 1, Condition.always))
        const exits = yield* race(1, () => commit(member.organizationId, update(TeamMember, member, { role: "lead" })))
        assert.deepStrictEqual(tally(exits), { VersionConflict: 1 })
      })
    )

    it.effect("one of 50 consumes a record", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const timer = Factory.timer(organizationId)
        yield* commit(organizationId, insert(Timer.Timer, timer))
        const exits = yield* race(50, () =>
          commit(organizationId, { kind: "consume", entity: Timer.Timer, id: timer.id, expectedVersion: 1 })
        )
        assert.deepStrictEqual(tally(exits), { Success: 1, VersionConflict: 49 })
        assert.isUndefined(yield* stored(Timer.Timer, timer))
      })
    )

    it.effect("one of 50 takes a unique key", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const exits = yield* race(50, () =>
          commit(organizationId, insert(Department, Factory.department(organizationId, { name: "Finance" })))
        )
        assert.deepStrictEqual(tally(exits), { Success: 1, UniqueViolation: 49 })
        assert.strictEqual((yield* allOf(organizationId, Department)).length, 1)
      })
    )

    it.effect("50 put a record with one key, and one remains", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const exits = yield* race(50, () =>
          commit(organizationId, {
            kind: "put",
            entity: Timer.Timer,
            record: Factory.timer(organizationId, { key: "one" })
          })
        )
        assert.deepStrictEqual(tally(exits), { Success: 50 })
        assert.strictEqual((yield* allOf(organizationId, Timer.Timer)).length, 1)
      })
    )

    it.effect("64 reserve numbers, and no number is given twice", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const store = yield* Store.Store
        const firsts = yield* Effect.forEach(
          Array.from({ length: 64 }, (_, index) => (index % 5) + 1),
          (block) =>
            Effect.map(store.reserveNumbers({ organizationId }, "INC", block), (first) =>
              Array.from({ length: block }, (_, offset) => first + offset)
            ),
          { concurrency: "unbounded" }
        )
        const numbers = firsts.flat()
        assert.strictEqual(new Set(numbers).size, numbers.length)
        assert.strictEqual(Math.min(...numbers), 1)
      })
    )

    it.effect("each organization and each sequence counts for itself, from 1", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newOrganization, yield* newOrganization]
        const store = yield* Store.Store
        assert.strictEqual(yield* store.reserveNumbers({ organizationId: one }, "INC", 50), 1)
        assert.strictEqual(yield* store.reserveNumbers({ organizationId: one }, "INC", 50), 51)
        assert.strictEqual(yield* store.reserveNumbers({ organizationId: one }, "REQ", 1), 1)
        assert.strictEqual(yield* store.reserveNumbers({ organizationId: other }, "INC", 1), 1)
      })
    )
  })
