import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Audit, Condition, Event, Instant, type Store, Timer } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team, TeamMember } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import {
  allOf,
  assertDies,
  commit,
  insert,
  newOrganization,
  type OrganizationId,
  outcome,
  stored,
  type StoreIt,
  update
} from "./fixture.ts"

const consume = (timer: Timer.Timer, expectedVersion: number): Store.Change => ({
  kind: "consume",
  entity: Timer.Timer,
  id: timer.id,
  expectedVersion
})

/** An organization with a record for each kind of change, a commit of all kinds, and one change of each kind that fails. */
const situation = Effect.gen(function* () {
  const organizationId = yield* newOrganization
  const department = Factory.department(organizationId, { name: "Finance" })
  const user = Factory.user(organizationId)
  const team = Factory.team(organizationId)
  const member = Factory.teamMember(user, team)
  const [moved, dropped, consumed, kept] = ["moved", "dropped", "consumed", "kept"].map((key) =>
    Factory.timer(organizationId, { key })
  ) as [Timer.Timer, Timer.Timer, Timer.Timer, Timer.Timer]
  yield* commit(
    organizationId,
    insert(Department, department),
    insert(User, user),
    insert(Team, team),
    insert(TeamMember, member),
    ...[moved, dropped, consumed, kept].map((timer) => insert(Timer.Timer, timer))
  )
  const good: ReadonlyArray<Store.Change> = [
    update(Department, department, { name: "Treasury" }),
    insert(Department, Factory.department(organizationId, { parentId: department.id })),
    {
      kind: "put",
      entity: Timer.Timer,
      record: Factory.timer(organizationId, { key: "moved", dueAt: Instant.plusMs(Factory.epoch, 5) })
    },
    { kind: "drop", entity: Timer.Timer, key: "dropped" },
    consume(consumed, 1),
    { kind: "add", entity: TeamMember, id: member.id, by: { capacity: 2 }, where: Condition.always },
    insert(Audit.AuditLog, Factory.auditEntry(organizationId)),
    insert(Event.OutboxEvent, Factory.outboxEvent(organizationId))
  ]
  const bad: Readonly<Record<string, readonly [outcome: string, change: Store.Change]>> = {
    "a stale version": ["VersionConflict", update(Team, { ...team, version: 7 }, { name: "Late" })],
    "a record that is gone": ["VersionConflict", update(Team, Factory.team(organizationId), { name: "Gone" })],
    "something consumed before": ["VersionConflict", consume(kept, 2)],
    "a key that is taken": ["UniqueViolation", insert(Timer.Timer, Factory.timer(organizationId, { key: "kept" }))],
    "an id that is taken": ["UniqueViolation", insert(Team, Factory.team(organizationId, { id: team.id }))],
    "a guard that does not hold": [
      "CounterRefused",
      { kind: "add", entity: Team, id: team.id, by: { supportLevel: 1 }, where: Condition.never }
    ],
    "a reference to nothing": ["Defect", insert(Team, Factory.team(organizationId, { leadId: Factory.freshId() }))]
  }
  return { organizationId, department, member, good, bad }
})

const everything = (organizationId: OrganizationId) =>
  Effect.forEach([Department, User, Team, TeamMember, Timer.Timer, Audit.AuditLog, Event.OutboxEvent], (entity) =>
    allOf(organizationId, entity)
  )

export const commits = (it: StoreIt) =>
  describe("a commit is all or nothing", () => {
    it.effect("all of its changes are there afterwards", () =>
      Effect.gen(function* () {
        const { organizationId, department, member, good } = yield* situation
        yield* commit(organizationId, ...good)
        assert.deepStrictEqual(yield* stored(Department, department), { ...department, name: "Treasury", version: 2 })
        assert.strictEqual((yield* allOf(organizationId, Department)).length, 2)
        const timers = yield* allOf(organizationId, Timer.Timer)
        assert.deepStrictEqual(timers.map(({ key }) => key).toSorted(), ["kept", "moved"])
        assert.strictEqual(timers.find(({ key }) => key === "moved")?.dueAt, Instant.plusMs(Factory.epoch, 5))
        assert.deepStrictEqual(yield* stored(TeamMember, member), { ...member, capacity: 12, version: 2 })
        assert.strictEqual((yield* allOf(organizationId, Audit.AuditLog)).length, 1)
        assert.strictEqual((yield* allOf(organizationId, Event.OutboxEvent)).length, 1)
      })
    )

    for (const failure of [
      "a stale version",
      "a record that is gone",
      "something consumed before",
      "a key that is taken",
      "an id that is taken",
      "a guard that does not hold",
      "a reference to nothing"
    ]) {
      it.effect(`${failure} leaves nothing behind, wherever in the commit it stands`, () =>
        Effect.gen(function* () {
          const { organizationId, good, bad } = yield* situation
          const [expected, change] = bad[failure]!
          const before = yield* everything(organizationId)
          for (let at = 0; at <= good.length; at++) {
            const exit = yield* Effect.exit(commit(organizationId, ...good.toSpliced(at, 0, change)))
            assert.strictEqual(outcome(exit), expected, `at ${at}`)
            assert.deepStrictEqual(yield* everything(organizationId), before, `at ${at}`)
          }
          yield* commit(organizationId, ...good)
        })
      )
    }

    it.effect("a commit that changes a record twice dies", () =>
      Effect.gen(function* () {
        const { organizationId, department } = yield* situation
        yield* assertDies(
          commit(
            organizationId,
            update(Department, department, { name: "One" }),
            update(Department, department, { name: "Two" })
          )
        )
        assert.deepStrictEqual(yield* stored(Department, department), department)
      })
    )

    it.effect("one without changes is accepted", () =>
      Effect.flatMap(newOrganization, (organizationId) => commit(organizationId))
    )

    it.effect("a deleted record is read like any other, and restored", () =>
      Effect.gen(function* () {
        const { organizationId, department } = yield* situation
        yield* commit(organizationId, update(Department, department, { deletedAt: Factory.epoch }))
        const deleted = (yield* stored(Department, department))!
        assert.strictEqual(deleted.deletedAt, Factory.epoch)
        assert.strictEqual((yield* allOf(organizationId, Department)).length, 1)
        assert.strictEqual((yield* allOf(organizationId, Department, Condition.isNull("deletedAt"))).length, 0)
        yield* commit(organizationId, update(Department, deleted, { deletedAt: null }))
        assert.strictEqual((yield* allOf(organizationId, Department, Condition.isNull("deletedAt"))).length, 1)
      })
    )
  })
