import { assert, describe } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { Actor, Cause, Condition, Delivery, Timer, Worker } from "../../../kernel/index.ts"
import { desk, later } from "../desk.ts"
import { remindTimer } from "../loans.ts"
import { Loan, Van } from "../records.ts"
import { Post } from "../reactions.ts"
import type { RuleIt } from "./rule.ts"

/** A letter box that is broken for some letters, and what has come in. */
const box = (isBroken: (letter: string) => boolean) => {
  const tried: Array<string> = []
  const post = (letter: string) => {
    tried.push(letter)
    return isBroken(letter) ? Effect.fail(new Error(`No stamp for "${letter}".`)) : Effect.void
  }
  return { tried, drain: Worker.drain.pipe(Effect.provideService(Post, post), Effect.provide(Logger.layer([]))) }
}

/** A loan whose van is with the borrower, for no time at all; nothing else is waiting. */
const out = Effect.gen(function* () {
  yield* Worker.drain
  const world = yield* desk
  const { id } = yield* world.planned
  yield* world.loans.handOver(id, { vanId: world.van.id, days: 0 }).pipe(Actor.provide(world.system))
  return { ...world, id, deliveries: world.all(Delivery.Delivery) }
})

/** What follows a commit: deliveries and timers. */
export const following = (it: RuleIt) => {
  describe("a reaction after the commit", () => {
    it.effect("fails alone, is tried again, and is dead with its reason in the end", () =>
      Effect.gen(function* () {
        const { id, loans, system, deliveries, all } = yield* out
        yield* loans.bringBack(id, { remark: "Dirty" }).pipe(Actor.provide(system))
        const { tried, drain } = box(() => true)
        yield* drain
        const inspections = Effect.map(all(Van), ([van]) => van!.inspections)
        assert.deepStrictEqual([tried, yield* inspections], [["Dirty"], 1])
        const [waiting, ...others] = yield* deliveries
        assert.deepStrictEqual(others, [])
        assert.deepInclude(waiting, { reaction: "letters.thank", state: "waiting", attempts: 1 })
        yield* drain
        assert.deepStrictEqual(tried, ["Dirty"])
        yield* drain.pipe(later(2000))
        yield* drain.pipe(later(60_000))
        assert.deepStrictEqual([tried, yield* inspections], [["Dirty", "Dirty"], 1])
        const [dead] = yield* deliveries
        assert.deepInclude(dead, { state: "dead", attempts: 2, dueAt: null })
        assert.include(dead!.lastError, `No stamp for "Dirty".`)
      })
    )

    it.effect("that is ordered has the events of a record one after another", () =>
      Effect.gen(function* () {
        const { id, loans, system } = yield* out
        yield* loans.extend(id, { days: 1 }).pipe(Actor.provide(system))
        yield* loans.extend(id, { days: 2 }).pipe(Actor.provide(system), later(10))
        const first = box((letter) => letter === "1 days more")
        yield* first.drain.pipe(later(20))
        assert.deepStrictEqual(first.tried, ["1 days more"])
        const second = box(() => false)
        yield* second.drain.pipe(later(5000))
        assert.deepStrictEqual(second.tried, ["1 days more", "2 days more"])
      })
    )

    it.effect("that runs a command says what led to it, in the audit log and in the events", () =>
      Effect.gen(function* () {
        const { id, van, loans, system, borrower, told, audited, deliveries } = yield* out
        const onBehalfOfId = borrower.id
        const cause = { causationId: null, correlationId: null, depth: 0, onBehalfOfId }
        yield* loans
          .bringBack(id, { remark: "Clean" })
          .pipe(
            Actor.provide(system),
            Effect.provideService(Cause.CurrentCause, cause),
            Effect.provideService(Actor.CurrentOrigin, { requestId: "r-3", address: null, userAgent: null })
          )
        yield* box(() => false).drain
        assert.deepStrictEqual(yield* deliveries, [])
        const broughtBack = (yield* told(id)).find(({ type }) => type === "loan.brought_back.v1")!
        const [entry, ...others] = yield* audited("van.inspect")
        assert.deepStrictEqual(others, [])
        assert.deepInclude(entry, { actorKind: "system", causationId: broughtBack.id, onBehalfOfId })
        const inspected = (yield* told(van.id)).find(({ type }) => type === "van.inspected.v1")
        assert.deepInclude(inspected, { depth: 1, causationId: broughtBack.id, correlationId: "r-3", onBehalfOfId })
      })
    )
  })

  describe("a timer that is due", () => {
    it.effect("fires once, with the commit that consumes it", () =>
      Effect.gen(function* () {
        const { all, audited } = yield* out
        const { drain } = box(() => false)
        yield* drain
        yield* drain.pipe(later(3_600_000))
        assert.strictEqual((yield* all(Loan))[0]!.reminders, 1)
        assert.strictEqual((yield* audited("loan.remind")).length, 1)
        assert.deepStrictEqual(yield* all(Timer.Timer, Condition.eq("kind", remindTimer)), [])
      })
    )

    it.effect("leaves a record alone that has moved on, and waits where it is not due", () =>
      Effect.gen(function* () {
        const { id, loans, system, all } = yield* out
        const { drain } = box(() => false)
        const reminders = all(Timer.Timer, Condition.eq("kind", remindTimer))
        yield* loans.extend(id, { days: 1 }).pipe(Actor.provide(system))
        yield* drain
        assert.strictEqual((yield* reminders).length, 1)
        yield* loans.delete(id).pipe(Actor.provide(system))
        yield* drain.pipe(later(2 * 24 * 3_600_000))
        assert.deepStrictEqual(yield* reminders, [])
        assert.strictEqual((yield* all(Loan))[0]!.reminders, 0)
      })
    )
  })
}
