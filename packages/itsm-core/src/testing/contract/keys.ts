import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Condition, Idempotency, Instant, Timer } from "../../kernel/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Team, TeamMember } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { allOf, commit, insert, newOrganization, outcome, stored, type StoreIt, update, violation } from "./fixture.ts"
import { Specimen, specimen } from "./specimen.ts"

export const keys = (it: StoreIt) =>
  describe("a unique key", () => {
    it.effect("belongs to one record of an organization, and the violation names it", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newOrganization, yield* newOrganization]
        const [finance, sales] = [
          Factory.department(one, { name: "Finance" }),
          Factory.department(one, { name: "Sales" })
        ]
        yield* commit(one, insert(Department, finance), insert(Department, sales))
        yield* commit(other, insert(Department, Factory.department(other, { name: "Finance" })))
        yield* violation("Department", ["name"], one, insert(Department, Factory.department(one, { name: "Finance" })))
        yield* violation("Department", ["name"], one, update(Department, sales, { name: "Finance" }))
        yield* commit(one, update(Department, finance, { code: "F" }))
      })
    )

    it.effect("of several fields is taken only by all of them", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const [ann, bob] = [Factory.user(organizationId), Factory.user(organizationId)]
        const [desk, network] = [Factory.team(organizationId), Factory.team(organizationId)]
        yield* commit(organizationId, insert(User, ann), insert(User, bob), insert(Team, desk), insert(Team, network))
        for (const [user, team] of [
          [ann, desk],
          [ann, network],
          [bob, desk]
        ] as const) {
          yield* commit(organizationId, insert(TeamMember, Factory.teamMember(user, team)))
        }
        assert.strictEqual((yield* allOf(organizationId, TeamMember, Condition.eq("teamId", desk.id))).length, 2)
        assert.strictEqual(
          (yield* allOf(
            organizationId,
            TeamMember,
            Condition.all([Condition.eq("teamId", desk.id), Condition.eq("userId", bob.id)])
          )).length,
          1
        )
        yield* violation(
          "TeamMember",
          ["teamId", "userId"],
          organizationId,
          insert(TeamMember, Factory.teamMember(ann, network))
        )
      })
    )

    it.effect("is free again when its record is deleted, and a restoration finds it taken", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const first = Factory.department(organizationId, { name: "Finance" })
        const second = Factory.department(organizationId, { name: "Finance" })
        yield* commit(organizationId, insert(Department, first))
        yield* commit(organizationId, update(Department, first, { deletedAt: Factory.epoch }))
        yield* commit(organizationId, insert(Department, second))
        const deleted = (yield* stored(Department, first))!
        yield* violation("Department", ["name"], organizationId, update(Department, deleted, { deletedAt: null }))
        yield* commit(organizationId, update(Department, second, { name: "Treasury" }))
        yield* commit(organizationId, update(Department, deleted, { deletedAt: null }))
        assert.strictEqual((yield* allOf(organizationId, Department)).length, 2)
      })
    )

    it.effect("does not bind a deleted record, which may be changed though the key is taken", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const deleted = Factory.department(organizationId, { name: "Finance", deletedAt: Factory.epoch })
        yield* commit(organizationId, insert(Department, Factory.department(organizationId, { name: "Finance" })))
        yield* commit(organizationId, insert(Department, deleted))
        yield* commit(organizationId, update(Department, deleted, { code: "F" }))
      })
    )

    it.effect("may be freed and taken in one commit, in either order", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const [first, second, third] = [1, 2, 3].map(() => Factory.department(organizationId, { name: "Finance" })) as [
          Department,
          Department,
          Department
        ]
        yield* commit(organizationId, insert(Department, first))
        yield* commit(
          organizationId,
          insert(Department, second),
          update(Department, first, { deletedAt: Factory.epoch })
        )
        yield* commit(organizationId, update(Department, second, { name: "Treasury" }), insert(Department, third))
        const [old, next] = [
          Factory.timer(organizationId, { key: "same" }),
          Factory.timer(organizationId, { key: "same" })
        ]
        yield* commit(organizationId, insert(Timer.Timer, old))
        yield* commit(organizationId, insert(Timer.Timer, next), { kind: "drop", entity: Timer.Timer, key: "same" })
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [next])
      })
    )

    it.effect("of a timer that fires may be set again, or dropped, in the commit that consumes it", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const [old, next] = [
          Factory.timer(organizationId, { key: "same" }),
          Factory.timer(organizationId, { key: "same" })
        ]
        const consume = ({ id }: Timer.Timer) =>
          ({ kind: "consume", entity: Timer.Timer, id, expectedVersion: 1 }) as const
        yield* commit(organizationId, insert(Timer.Timer, old))
        yield* commit(organizationId, { kind: "put", entity: Timer.Timer, record: next }, consume(old))
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [next])
        yield* commit(organizationId, { kind: "drop", entity: Timer.Timer, key: "same" }, consume(next))
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [])
      })
    )

    it.effect("of the whole installation belongs to one record of all organizations", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newOrganization, yield* newOrganization]
        const email = `${Factory.uniqueText("ann")}@acme.example`
        const ann = Factory.user(one, { email })
        yield* commit(one, insert(User, ann))
        for (const organizationId of [one, other]) {
          yield* violation("User", ["email"], organizationId, insert(User, Factory.user(organizationId, { email })))
        }
        yield* commit(one, update(User, ann, { deletedAt: Factory.epoch }))
        yield* commit(other, insert(User, Factory.user(other, { email })))
        yield* violation("User", ["email"], one, update(User, { ...ann, version: 2 }, { deletedAt: null }))
      })
    )

    it.effect("with a null in it is equal to another with a null there", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId)
        yield* commit(organizationId, insert(User, user))
        const record = (actorId: typeof user.id | null) =>
          insert(Idempotency.IdempotencyRecord, Factory.idempotencyRecord(organizationId, { actorId, key: "same" }))
        yield* commit(organizationId, record(null), record(user.id))
        yield* violation("IdempotencyRecord", ["actorId", "key"], organizationId, record(null))
        yield* violation("IdempotencyRecord", ["actorId", "key"], organizationId, record(user.id))
        assert.strictEqual((yield* allOf(organizationId, Idempotency.IdempotencyRecord)).length, 2)
      })
    )

    it.effect("that is null in all of its fields binds nothing, and with a value in one of them it does", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const key = ["code", "origin.id"]
        const origin = { type: "team", id: Factory.freshId<"Team">() } as const
        const put = (patch: Partial<Specimen>) => insert(Specimen, specimen(organizationId, patch))
        yield* commit(organizationId, put({}), put({}))
        yield* commit(organizationId, put({ origin }), put({ code: "A" }))
        yield* violation("Specimen", key, organizationId, put({ origin }))
        yield* violation("Specimen", key, organizationId, put({ code: "A" }))
        yield* commit(organizationId, put({ origin, code: "A" }))
        yield* violation("Specimen", key, organizationId, put({ origin, code: "A" }))
      })
    )

    it.effect("cannot be taken twice in one commit", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const twin = () => insert(Department, Factory.department(organizationId, { name: "Twin" }))
        yield* violation("Department", ["name"], organizationId, twin(), twin())
      })
    )

    it.effect("put replaces the record that has it: the new record is all there is", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const [first, second] = [1, 2].map((attempts) =>
          Factory.timer(organizationId, { key: "escalate", attempts, dueAt: Instant.plusMs(Factory.epoch, attempts) })
        ) as [Timer.Timer, Timer.Timer]
        yield* commit(organizationId, { kind: "put", entity: Timer.Timer, record: first })
        yield* commit(organizationId, { kind: "put", entity: Timer.Timer, record: second })
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [second])
        assert.isUndefined(yield* stored(Timer.Timer, first))
        const late = commit(organizationId, { kind: "consume", entity: Timer.Timer, id: first.id, expectedVersion: 1 })
        assert.strictEqual(outcome(yield* Effect.exit(late)), "VersionConflict")
      })
    )

    it.effect("drop deletes the record that has it, if there is one", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const kept = Factory.timer(organizationId, { key: "kept" })
        yield* commit(
          organizationId,
          insert(Timer.Timer, kept),
          insert(Timer.Timer, Factory.timer(organizationId, { key: "dropped" }))
        )
        yield* commit(organizationId, { kind: "drop", entity: Timer.Timer, key: "dropped" })
        yield* commit(organizationId, { kind: "drop", entity: Timer.Timer, key: "dropped" })
        assert.deepStrictEqual(yield* allOf(organizationId, Timer.Timer), [kept])
      })
    )
  })
