import { assert, describe } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { Actor, Change, Condition, Instant, Kernel, Reader, Store, Versioned } from "../../../kernel/index.ts"
import { assertDies } from "../../contract/fixture.ts"
import { call, desk, unhurried } from "../desk.ts"
import { Cleaning, LendingRules, LogLine, Tariff } from "../records.ts"
import { Rules, Tariffs } from "../vans.ts"
import { type RuleIt, told } from "./rule.ts"

/** What holds for what is no record: settings, configuration, logs and queues. */
export const roles = (it: RuleIt) => {
  describe("a setting", () => {
    it.effect("holds without a row, and holds as it was set from that moment on", () =>
      Effect.gen(function* () {
        const { system, stranger, loans, all } = yield* desk
        const rules = yield* Rules
        assert.strictEqual(yield* told(rules.current()).pipe(Actor.provide(stranger)), "NotFound")
        yield* Effect.gen(function* () {
          assert.deepInclude(yield* rules.current(), { version: 0, isOpen: true, mostLoans: 1000 })
          assert.strictEqual(yield* told(loans.request({ purpose: "A move" })), "Success")
          assert.deepInclude(yield* rules.replace({ isOpen: false }), { version: 1, isOpen: false, mostLoans: 1000 })
          assert.strictEqual(yield* told(loans.request({ purpose: "A move" })), "GuardFailed")
          assert.deepInclude(yield* rules.replace({ mostLoans: 5 }), { version: 2, isOpen: true, mostLoans: 5 })
          assert.strictEqual(yield* told(loans.request({ purpose: "A move" })), "Success")
        }).pipe(Actor.provide(system))
        assert.strictEqual((yield* all(LendingRules)).length, 1)
      })
    )
  })

  describe("a setting that has no row yet", () => {
    it.effect("gets one, whoever is the first of many to set it", () =>
      Effect.gen(function* () {
        const { system, all } = yield* desk
        const set = yield* Effect.forEach(
          [1, 2, 3, 4, 5],
          (mostLoans) => Effect.result(unhurried(call(Rules.commands.replace, undefined, { mostLoans }))),
          { concurrency: "unbounded" }
        ).pipe(Actor.provide(system))
        assert.isTrue(set.every(Result.isSuccess))
        assert.strictEqual((yield* all(LendingRules))[0]!.version, 5)
        assert.strictEqual((yield* all(LendingRules)).length, 1)
      })
    )
  })

  describe("configuration", () => {
    it.effect("is remembered until it changes", () =>
      Effect.gen(function* () {
        const { system } = yield* desk
        const kernel = yield* Kernel.Kernel
        const read = Reader.make(kernel, system)
        const [first, second] = [yield* read.configured(Tariff), yield* read.configured(Tariff)]
        assert.deepStrictEqual(first, [])
        assert.strictEqual(first, second)
        const { id } = yield* (yield* Tariffs).create({ key: "usual", deposit: 1 }).pipe(Actor.provide(system))
        assert.deepStrictEqual(
          (yield* read.configured(Tariff)).map((tariff) => tariff.id as string),
          [id]
        )
        const other = Reader.make(kernel, { ...system, organizationId: (yield* desk).organizationId })
        assert.deepStrictEqual(yield* other.configured(Tariff), [])
      })
    )

    it.effect("that is published never changes, and stays for who holds on to it", () =>
      Effect.gen(function* () {
        const { system, planned } = yield* desk
        const tariffs = yield* Tariffs
        const read = Reader.make(yield* Kernel.Kernel, system)
        yield* Effect.gen(function* () {
          const special = yield* tariffs.create({ key: "special", deposit: 7 })
          yield* tariffs.publish(special.id)
          const { id } = yield* tariffs.create({ key: "usual", deposit: 100 })
          assert.strictEqual((yield* planned).deposit, null)
          yield* tariffs.update(id, { deposit: 200 })
          yield* tariffs.publish(id)
          assert.strictEqual((yield* planned).deposit, 200)
          assert.strictEqual(yield* told(tariffs.update(id, { deposit: 1 })), "StateConflict")
          const next = yield* tariffs.newDraft(id)
          assert.deepInclude(next, { revision: 2, deposit: 200, state: "draft" })
          yield* tariffs.update(next.id, { deposit: 300 })
          yield* tariffs.publish(next.id)
          assert.strictEqual((yield* planned).deposit, 300)
          yield* tariffs.retire(next.id)
          assert.strictEqual((yield* planned).deposit, 200)
          assert.strictEqual(Option.getOrThrow(yield* Versioned.pinned(read, Tariff, next.id)).deposit, 300)
        }).pipe(Actor.provide(system))
      })
    )
  })

  describe("a log", () => {
    it.effect("is only ever added to", () =>
      Effect.gen(function* () {
        const { planned, organizationId, all } = yield* desk
        yield* planned
        const [line] = yield* all(LogLine)
        const store = yield* Store.Store
        const rewritten = { ...line!, text: "Nothing", version: 2 }
        // @ts-expect-error an entry of a log has no later version
        const planOf = () => Change.update(LogLine, line!, { text: "Nothing" })
        assert.strictEqual(planOf().kind, "update")
        for (const change of [
          { kind: "update", entity: LogLine, record: rewritten, expectedVersion: 1 },
          { kind: "consume", entity: LogLine, id: line!.id, expectedVersion: 1 },
          { kind: "add", entity: LogLine, id: line!.id, by: {}, where: Condition.always }
        ] as const)
          yield* assertDies(Effect.suspend(() => store.commit({ organizationId }, [change])))
        assert.deepStrictEqual(yield* all(LogLine), [line!])
      })
    )
  })

  describe("a queue", () => {
    it.effect("has its work from the commit of a command, and gives it to one of many", () =>
      Effect.gen(function* () {
        const { planned, loans, van, system, all } = yield* desk
        const store = yield* Store.Store
        const { id } = yield* planned
        yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(system))
        yield* loans.bringBack(id, { remark: "Clean" }).pipe(Actor.provide(system))
        const [cleaning] = yield* all(Cleaning)
        assert.strictEqual(cleaning!.plate, van.plate)
        const now = Instant.plusMs(cleaning!.dueAt, 1)
        const claimed = yield* Effect.forEach(
          Array.from({ length: 5 }),
          () => store.claim(Cleaning, Condition.eq("plate", van.plate), now, Instant.plusMs(now, 1000), 10),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          claimed.flat().map((each) => each.id),
          [cleaning!.id]
        )
      })
    )
  })
}
