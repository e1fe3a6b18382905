import { assert, describe } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Actor, Condition, Invoke, Kernel, Reader } from "../../../kernel/index.ts"
import * as Factory from "../../factories.ts"
import { desk } from "../desk.ts"
import { LoanView } from "../published.ts"
import { Loan, Van } from "../records.ts"
import { fails, type RuleIt, told } from "./rule.ts"

/** What holds for every record, and for what is done with it by others than people. */
export const records = (it: RuleIt) => {
  describe("a record", () => {
    it.effect("that is deleted is nowhere, and is brought back as it was", () =>
      Effect.gen(function* () {
        const { van, vans, loans, system, planned, all } = yield* desk
        const { id } = yield* planned
        yield* Effect.gen(function* () {
          yield* vans.delete(van.id)
          for (const gone of [vans.get(van.id), vans.update(van.id, { seats: 2 }), vans.delete(van.id)])
            assert.strictEqual(yield* told(gone), "NotFound")
          assert.deepStrictEqual((yield* vans.list()).items, [])
          const read = Reader.make(yield* Kernel.Kernel, system)
          assert.deepStrictEqual(yield* read.all(Van, Condition.always), [])
          assert.strictEqual(yield* read.count(Van, Condition.always), 0)
          assert.strictEqual(yield* told(loans.handOver(id, { vanId: van.id, days: 1 })), "ValidationFailed")
          assert.isNotNull((yield* all(Van))[0]!.deletedAt)
          const back = yield* vans.restore(van.id)
          assert.deepInclude(back, { plate: van.plate, version: 3, deletedAt: null, deletedById: null })
          assert.strictEqual(yield* told(vans.restore(van.id)), "NotFound")
          assert.strictEqual(yield* told(loans.handOver(id, { vanId: van.id, days: 1 })), "Success")
        }).pipe(Actor.provide(system))
      })
    )

    it.effect("shares its keys with none that is not deleted", () =>
      Effect.gen(function* () {
        const { van, vans, system } = yield* desk
        const other = yield* desk
        const { plate } = van
        yield* fails(vans.create({ plate, seats: 2 }), system, { _tag: "Duplicate", entity: "Van", fields: ["plate"] })
        assert.strictEqual(
          yield* told(other.vans.create({ plate, seats: 2 }).pipe(Actor.provide(other.system))),
          "Success"
        )
        yield* Effect.gen(function* () {
          yield* vans.delete(van.id)
          const { id } = yield* vans.create({ plate, seats: 2 })
          assert.strictEqual(yield* told(vans.restore(van.id)), "Duplicate")
          yield* vans.update(id, { plate: Factory.uniqueText("VAN") })
          assert.strictEqual(yield* told(vans.restore(van.id)), "Success")
        }).pipe(Actor.provide(system))
      })
    )

    it.effect("has null in a key as a value like any other, unless nothing else is in it", () =>
      Effect.gen(function* () {
        const { loans, system } = yield* desk
        const request = (booking: string | null) => told(loans.request({ purpose: "A move", booking }))
        const outcomes = yield* Effect.forEach(["B1", "B1", null, null], request).pipe(Actor.provide(system))
        assert.deepStrictEqual(outcomes, ["Success", "Duplicate", "Success", "Success"])
      })
    )

    it.effect("has a number that no other has in its organization, however many are made at once", () =>
      Effect.gen(function* () {
        const { planned } = yield* desk
        const made = yield* Effect.all(
          Array.from({ length: 60 }, () => planned),
          { concurrency: "unbounded" }
        )
        const numbers = new Set(made.map(({ number }) => number))
        assert.strictEqual(numbers.size, 60)
        for (const number of numbers) assert.match(number, /^LOAN-\d{6}$/)
      })
    )

    it.effect("leaves the domain without its secrets", () =>
      Effect.gen(function* () {
        const { planned, loans, van, system, all } = yield* desk
        const { id } = yield* planned
        const out = yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(system))
        assert.isNotNull((yield* all(Loan))[0]!.code)
        for (const json of [out, yield* loans.get(id).pipe(Actor.provide(system))]) assert.notProperty(json, "code")
      })
    )
  })

  describe("a command of the system", () => {
    it.effect("is no permission and no operation, and nobody else runs it, whatever they hold", () =>
      Effect.gen(function* () {
        const { planned, loans, van, admin, system } = yield* desk
        const { catalogue } = yield* Kernel.Kernel
        assert.notInclude(catalogue.permissions, "loan.remind")
        assert.notProperty(loans, "remind")
        const { id } = yield* planned
        yield* loans.handOver(id, { vanId: van.id, days: 1 }).pipe(Actor.provide(system))
        yield* fails(Invoke.command("loan.remind", id), admin, { _tag: "PermissionDenied" })
        const reminded = yield* Invoke.command("loan.remind", id).pipe(Actor.provide(system))
        assert.strictEqual(reminded["reminders"], 1)
      })
    )
  })

  describe("another module", () => {
    it.effect("calls a command by its name, as whoever calls it", () =>
      Effect.gen(function* () {
        const { planned, borrower, agent, van } = yield* desk
        const { id } = yield* planned
        const input = { vanId: van.id, days: 1 }
        yield* fails(Invoke.command("loan.hand_over", id, input), borrower, { _tag: "PermissionDenied" })
        yield* fails(Invoke.command("loan.hand_over", id, { ...input, days: -1 }), agent, { _tag: "ValidationFailed" })
        yield* fails(Invoke.command("loan.lose", id), agent, { _tag: "UnknownOperation", name: "loan.lose" })
        const made = yield* Invoke.command("loan.add_extra", id, { title: "Child seat" }).pipe(Actor.provide(agent))
        assert.strictEqual(made["title"], "Child seat")
      })
    )

    it.effect("reads what is published, and nothing deleted", () =>
      Effect.gen(function* () {
        const { planned, loans, system } = yield* desk
        const { id, number, purpose } = yield* planned
        const read = Reader.make(yield* Kernel.Kernel, system)
        assert.deepStrictEqual(Option.getOrThrow(yield* read.published(LoanView, id)), {
          id,
          number,
          purpose,
          vanId: null,
          deposit: null
        })
        yield* loans.delete(id).pipe(Actor.provide(system))
        assert.isTrue(Option.isNone(yield* read.published(LoanView, id)))
      })
    )
  })
}
