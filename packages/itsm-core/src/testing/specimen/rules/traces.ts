import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Actor, Condition, Held, Timer } from "../../../kernel/index.ts"
import { call, desk } from "../desk.ts"
import { Loans, remindTimer } from "../loans.ts"
import { Loan } from "../records.ts"
import { type RuleIt, told } from "./rule.ts"

const { bringBack, extend, handOver, remind } = Loans.commands

const heldTimer = (timer: Timer.Timer) => new Held.Held(Timer.Timer, timer)

/** What a commit leaves beside the records: its entry in the audit log, its events, and its timers. */
export const traces = (it: RuleIt) => {
  describe("an audit entry", () => {
    it.effect("names every record of the commit, and what changed in each", () =>
      Effect.gen(function* () {
        const { planned, agent, van, team, department, audited } = yield* desk
        const { id, number } = yield* planned
        const origin = { requestId: "request-1", address: "192.0.2.1", userAgent: "lender" }
        const payer = { type: "team" as const, id: team.id }
        yield* call(handOver, id, { vanId: van.id, days: 2, payer }).pipe(
          Actor.provide(agent),
          Effect.provideService(Actor.CurrentOrigin, origin)
        )
        const [entry, ...others] = yield* audited("loan.hand_over")
        assert.deepStrictEqual(others, [])
        assert.deepInclude(entry, {
          actorKind: "user",
          actorId: agent.id,
          outcome: "allow",
          reason: "For 2 days",
          entityType: "loan",
          entityId: id,
          entityNumber: number,
          departmentId: department.id,
          ...origin
        })
        const [own, ofLine, ofVan, ...rest] = entry!.subjects
        assert.deepStrictEqual([own, ofVan, rest], [id, van.id, []])
        assert.deepStrictEqual(
          entry!.changes.filter(({ entityId }) => entityId === undefined),
          [
            { field: "payer", old: null, new: payer },
            { field: "vanId", old: null, new: van.id },
            { field: "code", old: null, new: "[redacted]" },
            { field: "state", old: "planned", new: "out" }
          ]
        )
        assert.deepStrictEqual(
          entry!.changes.filter(({ entityId }) => entityId === ofLine).map(({ field }) => field),
          ["loanId", "text"]
        )
        assert.deepStrictEqual(
          entry!.changes.filter(({ entityId }) => entityId === van.id),
          [{ entityType: "van", entityId: van.id, field: "loans", old: null, new: null, by: 1 }]
        )
      })
    )
  })

  describe("an event", () => {
    it.effect("stands under its subject, in the order of the command, with the request that led to it", () =>
      Effect.gen(function* () {
        const { planned, system, van, told: events } = yield* desk
        const { id } = yield* planned
        yield* call(handOver, id, { vanId: van.id, days: 1 }).pipe(
          Actor.provide(system),
          Effect.provideService(Actor.CurrentOrigin, { requestId: "r-2", address: null, userAgent: null })
        )
        const [, handedOver] = yield* events(id)
        assert.deepInclude(handedOver, {
          type: "loan.handed_over.v1",
          aggregateType: "loan",
          aggregateVersion: 2,
          sequence: 0,
          depth: 0,
          causationId: null,
          correlationId: "r-2",
          requestId: "r-2"
        })
        const lent = (yield* events(van.id)).find(({ type }) => type === "van.lent.v1")
        assert.deepInclude(lent, { sequence: 1, correlationId: "r-2" })
        assert.notStrictEqual(lent?.processedAt, null)
      })
    )
  })

  describe("a timer", () => {
    it.effect("is one for each kind and record: set, moved, and taken away", () =>
      Effect.gen(function* () {
        const { planned, system, van, loans, all } = yield* desk
        const { id } = yield* planned
        const reminders = all(Timer.Timer, Condition.eq("kind", remindTimer))
        yield* Effect.gen(function* () {
          yield* loans.handOver(id, { vanId: van.id, days: 1 })
          const [first] = yield* reminders
          yield* loans.extend(id, { days: 9 })
          const [moved, ...others] = yield* reminders
          assert.deepStrictEqual(others, [])
          assert.isTrue(moved!.dueAt > first!.dueAt)
          const other = yield* planned
          yield* loans.handOver(other.id, { vanId: van.id, days: 1 })
          assert.strictEqual((yield* reminders).length, 2)
          yield* loans.bringBack(id, { remark: "Clean" })
          assert.deepStrictEqual(
            (yield* reminders).map(({ ref }) => ref),
            [other.id]
          )
        }).pipe(Actor.provide(system))
      })
    )
  })

  describe("a command that answers held work", () => {
    const out = Effect.gen(function* () {
      const world = yield* desk
      const { id } = yield* world.planned
      yield* world.loans.handOver(id, { vanId: world.van.id, days: 0 }).pipe(Actor.provide(world.system))
      const reminders = world.all(Timer.Timer, Condition.eq("kind", remindTimer))
      return { ...world, id, reminders, timer: (yield* reminders)[0]! }
    })

    it.effect("consumes it, so that of two answers one is given", () =>
      Effect.gen(function* () {
        const { id, timer, system, reminders, all, audited } = yield* out
        const [first, second] = [heldTimer(timer), heldTimer(timer)]
        const answer = (answers: Held.Held) => call(remind, id, {}, { answers }).pipe(Actor.provide(system))
        assert.strictEqual(yield* told(answer(first)), "Success")
        assert.isTrue(first.isAnswered)
        assert.strictEqual(yield* told(answer(second)), "AlreadyAnswered")
        assert.isFalse(second.isAnswered)
        assert.deepStrictEqual(yield* reminders, [])
        assert.strictEqual((yield* all(Loan))[0]!.reminders, 1)
        assert.strictEqual((yield* audited("loan.remind")).length, 1)
      })
    )

    it.effect("may take the same timer away, or set it anew", () =>
      Effect.gen(function* () {
        const { id, timer, system, reminders } = yield* out
        const asSystem = Actor.provide(system)
        yield* call(extend, id, { days: 3 }, { answers: heldTimer(timer) }).pipe(asSystem)
        const [anew] = yield* reminders
        assert.notStrictEqual(anew!.id, timer.id)
        yield* call(bringBack, id, { remark: "Clean" }, { answers: heldTimer(anew!) }).pipe(asSystem)
        assert.deepStrictEqual(yield* reminders, [])
      })
    )
  })
}
