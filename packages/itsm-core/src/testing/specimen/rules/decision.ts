import { assert, describe } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Actor, Cause, type Errors, Timer } from "../../../kernel/index.ts"
import * as Factory from "../../factories.ts"
import { call, committing, desk, granted } from "../desk.ts"
import { Loans } from "../loans.ts"
import { Loan, LogLine, Van } from "../records.ts"
import { serviceTimer } from "../reactions.ts"
import { Rules, Tariffs } from "../vans.ts"
import { fails, type RuleIt, told } from "./rule.ts"

/** What the shell decides, and what the reactions of the same commit add to it. */
export const decision = (it: RuleIt) => {
  describe("a decision", () => {
    it.effect("is made by what was gathered, and leaves no trace where it is a refusal", () =>
      Effect.gen(function* () {
        const { system, loans, everything } = yield* desk
        yield* (yield* Rules).replace({ isOpen: false }).pipe(Actor.provide(system))
        const before = yield* everything
        yield* fails(loans.request({ purpose: "A move" }), system, { _tag: "GuardFailed", guard: "isOpen" })
        assert.deepStrictEqual(yield* everything, before)
      })
    )

    it.effect("that is a denial is on record as every denial is", () =>
      Effect.gen(function* () {
        const { planned, agent, van, loans, audited } = yield* desk
        const { id } = yield* planned
        yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(agent))
        yield* fails(loans.extend(id, { days: 31 }), agent, { _tag: "PermissionDenied" })
        const [denial, ...others] = yield* audited("loan.extend")
        assert.deepStrictEqual(others, [])
        assert.deepInclude(denial, { outcome: "deny", entityId: id, reason: "Nobody extends by so much." })
      })
    )

    it.effect("that the state forbids names the actions that this caller has", () =>
      Effect.gen(function* () {
        const { planned, agent, van, loans } = yield* desk
        const { id } = yield* planned
        yield* fails(loans.bringBack(id, { remark: "Clean" }), agent, {
          _tag: "StateConflict",
          currentState: "planned",
          action: "bring_back",
          allowedActions: ["hand_over", "waive", "add_extra"]
        })
        yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(agent))
        const narrow = granted(
          { ...agent, grants: [] },
          { permission: "loan.read" },
          { permission: "van.read" },
          { permission: "loan.hand_over", scope: "team" }
        )
        yield* fails(loans.handOver(id, { vanId: van.id, days: 1 }), agent, {
          allowedActions: ["extend", "bring_back", "waive", "add_extra"]
        })
        yield* fails(loans.handOver(id, { vanId: van.id, days: 1 }), narrow, { allowedActions: [] })
      })
    )
  })

  describe("a reaction in the commit", () => {
    it.effect("knows its subject before and after, and changes it", () =>
      Effect.gen(function* () {
        const { system, planned, van, loans, all } = yield* desk
        const tariffs = yield* Tariffs
        const { id: tariffId } = yield* tariffs.create({ key: "usual", deposit: 100 }).pipe(Actor.provide(system))
        yield* tariffs.publish(tariffId).pipe(Actor.provide(system))
        const { id, deposit, version } = yield* planned
        assert.deepStrictEqual([deposit, version], [100, 1])
        yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(system))
        const lines = (yield* all(LogLine)).filter(({ loanId }) => loanId === id)
        assert.deepStrictEqual(lines.map(({ text }) => text).toSorted(), ["New: A move", `no van, then ${van.id}`])
      })
    )

    it.effect("that disagrees with another one refuses the command and names both", () =>
      Effect.gen(function* () {
        const { system, loans, all } = yield* desk
        const tariffs = yield* Tariffs
        const race = loans.request({ purpose: "A race" }).pipe(Actor.provide(system))
        assert.strictEqual((yield* race).deposit, 5000)
        const { id } = yield* tariffs.create({ key: "usual", deposit: 100 }).pipe(Actor.provide(system))
        yield* tariffs.publish(id).pipe(Actor.provide(system))
        yield* fails(race, system, {
          _tag: "ChangesDisagree",
          entity: "Loan",
          field: "deposit",
          between: ["tariffs.deposit", "risks.deposit"]
        })
        assert.strictEqual((yield* all(Loan)).length, 1)
      })
    )

    it.effect("may set the timer that the command sets, to the same moment and no other", () =>
      Effect.gen(function* () {
        const { system, van, loans } = yield* desk
        yield* Effect.gen(function* () {
          const { id } = yield* loans.request({ purpose: "A race" })
          yield* loans.handOver(id, { vanId: van.id, days: 1 })
          yield* fails(loans.extend(id, { days: 2 }), system, {
            _tag: "ChangesDisagree",
            entity: "Timer",
            field: "loan.remind",
            between: ["loan.extend", "risks.remind"]
          })
          assert.strictEqual(yield* told(loans.extend(id, { days: 1 })), "Success")
        }).pipe(Actor.provide(system))
      })
    )

    it.effect("raises events of other records, which are reacted to in turn", () =>
      Effect.gen(function* () {
        const { system, planned, van, loans, all, told: events } = yield* desk
        const { id } = yield* planned
        yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(system))
        const handedOver = (yield* events(id)).find(({ type }) => type === "loan.handed_over.v1")!
        const lent = (yield* events(van.id)).find(({ type }) => type === "van.lent.v1")
        assert.deepInclude(lent, { depth: 1, causationId: handedOver.id, aggregateType: "van", aggregateVersion: 1 })
        const service = (yield* all(Timer.Timer)).filter(({ kind }) => kind === serviceTimer)
        assert.deepStrictEqual(
          service.map(({ ref }) => ref),
          [van.id]
        )
      })
    )

    it.effect("counts without waiting, never beyond its guard, and the whole command is refused there", () =>
      Effect.gen(function* () {
        const { system, planned, van, loans, all } = yield* desk
        yield* (yield* Rules).replace({ mostLoans: 3 }).pipe(Actor.provide(system))
        const ids = yield* Effect.forEach(Array.from({ length: 12 }), () => planned)
        const handed = yield* Effect.forEach(
          ids,
          ({ id }) => Effect.result(loans.handOver(id, { vanId: van.id, days: 1 })).pipe(Actor.provide(system)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(handed.filter(Result.isSuccess).length, 3)
        for (const { failure } of handed.filter(Result.isFailure))
          assert.deepInclude(failure as Errors.GuardFailed, { _tag: "GuardFailed", guard: "mayBeLent" })
        assert.deepInclude((yield* all(Van))[0], { loans: 3, version: 4 })
        assert.strictEqual((yield* all(Loan)).filter(({ state }) => state === "out").length, 3)
        assert.strictEqual((yield* all(LogLine)).filter(({ text }) => text.startsWith("no van")).length, 3)
      })
    )

    it.effect("counts nothing of what is deleted in the meantime", () =>
      Effect.gen(function* () {
        const { system, planned, van, vans, all } = yield* desk
        const { id } = yield* planned
        let isDeleted = false
        const late = committing((commit) => (reach, changes) => {
          if (isDeleted) return commit(reach, changes)
          isDeleted = true
          return vans.delete(van.id).pipe(Actor.provide(system), Effect.orDie, Effect.andThen(commit(reach, changes)))
        })
        yield* fails(late(call(Loans.commands.handOver, id, { vanId: van.id, days: 1 })), system, {
          _tag: "GuardFailed",
          guard: "mayBeLent"
        })
        assert.deepInclude((yield* all(Van))[0], { loans: 0, version: 2 })
      })
    )

    it.effect("is part of a chain that ends at depth 10, with nothing of it stored", () =>
      Effect.gen(function* () {
        const { system, planned, van, loans, everything } = yield* desk
        const { id } = yield* planned
        const before = yield* everything
        const cause = { causationId: Factory.freshId(), correlationId: "chain", depth: 10, onBehalfOfId: null }
        const handing = loans
          .handOver(id, { vanId: van.id, days: 1 })
          .pipe(Effect.provideService(Cause.CurrentCause, cause))
        yield* fails(handing, system, { _tag: "DepthExceeded", event: "van.lent.v1", depth: 11 })
        assert.deepStrictEqual(yield* everything, before)
      })
    )
  })
}
