import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Actor, type Errors, type Idempotency, type Shell } from "../../../kernel/index.ts"
import * as Factory from "../../factories.ts"
import { call, desk, granted, later, unhurried } from "../desk.ts"
import { Loans } from "../loans.ts"
import { Loan } from "../records.ts"
import { fails, type RuleIt, told } from "./rule.ts"

const { request, handOver, update, waive } = Loans.commands
const hour = 3_600_000

/** An input that says whether anybody has read it. */
const unread = () => {
  const input = { wasRead: false }
  const read = Effect.sync(() => {
    input.wasRead = true
    return {}
  })
  return { input, read }
}

/** The steps of the shell before it decides: who may call, on what, and what they learn where they may not. */
export const admission = (it: RuleIt) => {
  describe("who may not run the command", () => {
    it.effect("is told so before the record is looked for or the input is read, and the denial is on record", () =>
      Effect.gen(function* () {
        const { borrower, audited } = yield* desk
        const { input, read } = unread()
        const nowhere = Factory.freshId()
        yield* fails(call(handOver, nowhere, {}, { input: read }), borrower, {
          _tag: "PermissionDenied",
          permission: "loan.hand_over"
        })
        assert.isFalse(input.wasRead)
        const [denial, ...others] = yield* audited("loan.hand_over")
        assert.deepInclude(denial, { outcome: "deny", actorId: borrower.id, entityId: nowhere, changes: [] })
        assert.deepStrictEqual(others, [])
      })
    )

    it.effect("on this record is told so, and that only who sees it", () =>
      Effect.gen(function* () {
        const { planned, stranger, system, loans, department, audited } = yield* desk
        const { id, number } = yield* planned
        const updater = granted(stranger, { permission: "loan.update", scope: "own" })
        const { input, read } = unread()
        yield* fails(call(update, id, {}, { input: read }), updater, { _tag: "NotFound" })
        assert.deepStrictEqual(yield* audited("loan.update"), [])
        yield* loans.update(id, { watcherIds: [stranger.id!] }).pipe(Actor.provide(system))
        yield* fails(call(update, id, {}, { input: read }), updater, { _tag: "PermissionDenied" })
        assert.isFalse(input.wasRead)
        const [denial] = (yield* audited("loan.update")).filter(({ outcome }) => outcome === "deny")
        assert.deepInclude(denial, { entityId: id, entityNumber: number, departmentId: department.id })
      })
    )

    it.effect("as it would be made makes none", () =>
      Effect.gen(function* () {
        const { borrower, agent, loans, all, audited } = yield* desk
        const own = { purpose: "A move", borrowerId: borrower.id }
        assert.strictEqual(yield* told(loans.request(own).pipe(Actor.provide(borrower))), "Success")
        yield* fails(loans.request({ ...own, borrowerId: agent.id }), granted(borrower, { permission: "user.read" }), {
          _tag: "PermissionDenied"
        })
        assert.strictEqual((yield* all(Loan)).length, 1)
        assert.deepStrictEqual((yield* audited("loan.create")).map(({ outcome }) => outcome).toSorted(), [
          "allow",
          "deny"
        ])
      })
    )
  })

  describe("a record", () => {
    it.effect("of another organization, a deleted one and none at all are the same to the caller", () =>
      Effect.gen(function* () {
        const { planned, agent, system, loans } = yield* desk
        const foreign = yield* (yield* desk).planned
        const { id } = yield* planned
        yield* loans.delete(id).pipe(Actor.provide(system))
        const errors = yield* Effect.forEach([foreign.id, id, Factory.freshId(), "no id"], (each) =>
          fails(call(handOver, each, {}), agent, { _tag: "NotFound" })
        )
        for (const error of errors) assert.deepStrictEqual(error, errors[0])
      })
    )
  })

  describe("separation of duties", () => {
    it.effect("keeps from a record whom it concerns, whatever they hold, and everybody while that is open", () =>
      Effect.gen(function* () {
        const { planned, borrower, agent, system, loans, team } = yield* desk
        const { id } = yield* planned
        const waiver = granted(borrower, { permission: "loan.waive" })
        const { input, read } = unread()
        yield* fails(call(waive, id, {}, { input: read }), waiver, {
          _tag: "PermissionDenied",
          reason: "Nobody waives what they owe themselves."
        })
        assert.isFalse(input.wasRead)
        assert.strictEqual((yield* loans.waive(id).pipe(Actor.provide(agent))).deposit, 0)
        const open = yield* loans.request({ purpose: "A fair", teamId: team.id }).pipe(Actor.provide(system))
        yield* fails(loans.waive(open.id), agent, { _tag: "PermissionDenied" })
        assert.strictEqual(yield* told(loans.waive(open.id).pipe(Actor.provide(system))), "Success")
      })
    )
  })

  describe("a key", () => {
    const keyed = (key: string, fingerprint: string): Partial<Shell.Request> => ({
      idempotency: {
        key,
        fingerprint,
        render: ({ record }) => ({ status: 201, body: record.id, headers: { version: String(record.version) } })
      }
    })

    it.effect("stands for its first answer, whatever has become of the record since, for a day", () =>
      Effect.gen(function* () {
        const { planned, agent, borrower, all } = yield* desk
        const { id } = yield* planned
        const asAgent = Actor.provide(agent)
        const change = call(update, id, { purpose: "A fair" }, { expectedVersion: 1, ...keyed("k", "a") })
        assert.strictEqual(((yield* asAgent(change)) as Shell.Outcome).record.version, 2)
        assert.deepStrictEqual((yield* asAgent(change)) as Idempotency.Answer, {
          status: 201,
          body: id,
          headers: { version: "2" }
        })
        const reused = call(update, id, { purpose: "A race" }, keyed("k", "b"))
        yield* fails(reused, agent, { _tag: "IdempotencyKeyReused" })
        assert.strictEqual((yield* all(Loan))[0]!.version, 2)
        const others = { ...granted(borrower, { permission: "loan.update" }) }
        assert.property(yield* reused.pipe(Actor.provide(others)), "record")
        yield* fails(change, { ...agent, grants: [] }, { _tag: "PermissionDenied" })
        assert.property(yield* reused.pipe(asAgent, later(25 * hour)), "record")
      })
    )

    it.effect("that comes twenty times at once has one effect", () =>
      Effect.gen(function* () {
        const { system, all } = yield* desk
        const ask = unhurried(call(request, undefined, { purpose: "A move" }, keyed("twenty", "a")))
        const answers = yield* Effect.all(
          Array.from({ length: 20 }, () => ask.pipe(Actor.provide(system))),
          { concurrency: "unbounded" }
        )
        const [loan, ...others] = yield* all(Loan)
        assert.deepStrictEqual(others, [])
        assert.strictEqual(answers.filter((answer) => "record" in answer).length, 1)
        for (const answer of answers) assert.strictEqual("record" in answer ? answer.record.id : answer.body, loan!.id)
      })
    )
  })

  describe("a version", () => {
    it.effect("that is not the record's is refused with the one that is, before the input is read", () =>
      Effect.gen(function* () {
        const { planned, agent } = yield* desk
        const { id } = yield* planned
        const { input, read } = unread()
        yield* fails(call(update, id, {}, { input: read, expectedVersion: 7 }), agent, {
          _tag: "PreconditionFailed",
          expectedVersion: 7,
          currentVersion: 1
        })
        yield* fails(call(update, id, {}, { input: read, preconditionRequired: true }), agent, {
          _tag: "PreconditionRequired"
        })
        assert.isFalse(input.wasRead)
        const named = call(update, id, {}, { expectedVersion: 1, preconditionRequired: true })
        assert.strictEqual(yield* told(named.pipe(Actor.provide(agent))), "Success")
      })
    )
  })

  describe("an input", () => {
    const pointers = (error: unknown) =>
      ((error as Errors.ValidationFailed).errors ?? []).map(({ pointer }) => pointer).toSorted()

    it.effect("is refused with every place that is wrong, and nothing is stored", () =>
      Effect.gen(function* () {
        const { planned, agent, everything } = yield* desk
        const { id } = yield* planned
        const before = yield* everything
        const wrong = { vanId: "x", days: 1000, witnesses: [{ userId: 7, teamIds: [] }], fuel: true }
        const error = yield* fails(call(handOver, id, wrong), agent, { _tag: "ValidationFailed" })
        assert.deepStrictEqual(pointers(error), ["/days", "/fuel", "/vanId", "/witnesses/0/userId"])
        const managed = yield* fails(call(update, id, { state: "out", version: 9 }), agent, {
          _tag: "ValidationFailed"
        })
        assert.deepStrictEqual(pointers(managed), ["/state", "/version"])
        assert.deepStrictEqual(yield* everything, before)
      })
    )

    it.effect("writes no field that is closed to the caller, and the denial names it", () =>
      Effect.gen(function* () {
        const { planned, agent, audited } = yield* desk
        const { id } = yield* planned
        const masked = granted(agent, { permission: "loan.update", effect: "deny", fields: ["booking"] })
        assert.strictEqual(yield* told(call(update, id, { purpose: "A fair" }).pipe(Actor.provide(masked))), "Success")
        const error = yield* fails(call(update, id, { purpose: "x", booking: "B1" }), masked, {
          _tag: "PermissionDenied"
        })
        assert.deepStrictEqual(pointers(error), ["/booking"])
        assert.deepStrictEqual((yield* audited("loan.update")).map(({ outcome }) => outcome).toSorted(), [
          "allow",
          "deny"
        ])
      })
    )

    it.effect("names nothing that the caller does not see: in lists, objects and references of any kind", () =>
      Effect.gen(function* () {
        const { planned, agent, team, department, stranger } = yield* desk
        const other = yield* desk
        const { id } = yield* planned
        const gone = Factory.freshId()
        const error = yield* fails(
          call(handOver, id, {
            vanId: other.van.id,
            days: 1,
            witnesses: [
              { userId: stranger.id, teamIds: [team.id] },
              { userId: gone, teamIds: [team.id, other.team.id] }
            ],
            payer: { type: "team", id: department.id }
          }),
          agent,
          { _tag: "ValidationFailed" }
        )
        assert.deepStrictEqual(pointers(error), [
          "/payer/id",
          "/vanId",
          "/witnesses/1/teamIds/1",
          "/witnesses/1/userId"
        ])
        const listed = yield* fails(call(update, id, { watcherIds: [stranger.id, gone] }), agent, {
          _tag: "ValidationFailed"
        })
        assert.deepStrictEqual(pointers(listed), ["/watcherIds/1"])
      })
    )
  })
}
