import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import { Actor, Condition, type Shell, type Store } from "../../../kernel/index.ts"
import { outcome } from "../../contract/fixture.ts"
import * as Factory from "../../factories.ts"
import { call, committing, desk, unhurried } from "../desk.ts"
import { Loans } from "../loans.ts"
import { Loan, Van } from "../records.ts"
import { fails, type RuleIt } from "./rule.ts"

const { handOver, update } = Loans.commands

/** What the shell commits: all of it at once, once, or nothing. */
export const commits = (it: RuleIt) => {
  describe("a commit", () => {
    it.effect("is one, and has all that was decided", () =>
      Effect.gen(function* () {
        const { planned, agent, van } = yield* desk
        const { id } = yield* planned
        const seen: Array<ReadonlyArray<Store.Change>> = []
        const watch = committing((commit) => (reach, changes) => {
          seen.push(changes)
          return commit(reach, changes)
        })
        yield* watch(call(handOver, id, { vanId: van.id, days: 1 })).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          seen.map((changes) => changes.map(({ kind, entity }) => `${kind} ${entity.name}`)),
          [
            [
              "update Loan",
              "insert LoanLogLine",
              "add Van",
              "insert AuditLog",
              "insert OutboxEvent",
              "insert OutboxEvent",
              "put Timer",
              "put Timer"
            ]
          ]
        )
      })
    )

    const parts = 8
    const bad = (kind: string, van: Pick<Van, "id" | "organizationId" | "plate" | "version">): Store.Change => {
      const { organizationId, plate } = van
      switch (kind) {
        case "a key that is taken":
          return { kind: "insert", entity: Van, record: Factory.recordOf(Van, organizationId, { plate, seats: 1 }) }
        case "a version that has passed": {
          const record = Factory.recordOf(Van, organizationId, {
            plate: Factory.uniqueText("VAN"),
            seats: 1,
            version: 8
          })
          return { kind: "update", entity: Van, record: { ...record, id: van.id }, expectedVersion: 7 }
        }
        case "a counter beyond its guard":
          return { kind: "add", entity: Van, id: van.id, by: { inspections: 1 }, where: Condition.never }
        default:
          return {
            kind: "insert",
            entity: Loan,
            record: Factory.recordOf(Loan, organizationId, {
              number: Factory.uniqueText("LOAN"),
              purpose: "None",
              borrowerId: Factory.freshId<"User">()
            })
          }
      }
    }

    for (const [kind, wanted] of [
      ["a key that is taken", "Duplicate"],
      ["a version that has passed", "Contention"],
      ["a counter beyond its guard", "Contention"],
      ["a reference to nothing", "Defect"]
    ] as const)
      it.effect(`that fails by ${kind} leaves nothing, whichever of its parts it is`, () =>
        Effect.gen(function* () {
          const world = yield* desk
          const { planned, agent, van, vans, system, everything } = world
          const { id } = yield* planned
          const other = yield* vans.create({ plate: Factory.uniqueText("VAN"), seats: 2 }).pipe(Actor.provide(system))
          const before = yield* everything
          for (let at = 0; at <= parts; at++) {
            const failing = committing((commit) => (reach, changes) => {
              assert.strictEqual(changes.length, parts)
              return commit(reach, changes.toSpliced(at, 0, bad(kind, other)))
            })
            const exit = yield* Effect.exit(
              failing(call(handOver, id, { vanId: van.id, days: 1 })).pipe(Actor.provide(agent))
            )
            assert.strictEqual(outcome(exit), wanted, `at ${at}`)
            assert.deepStrictEqual(yield* everything, before, `at ${at}`)
          }
          const exit = yield* Effect.exit(call(handOver, id, { vanId: van.id, days: 1 }).pipe(Actor.provide(agent)))
          assert.isTrue(Exit.isSuccess(exit))
        })
      )

    it.effect("of which nobody named a version is made again by the record as it is then", () =>
      Effect.gen(function* () {
        const { planned, system, all } = yield* desk
        const { id } = yield* planned
        let attempts = 0
        const late = committing((commit) => (reach, changes) => {
          const change = changes.find(({ entity }) => entity === Loan)
          if (attempts++ > 0 || change?.kind !== "update") return commit(reach, changes)
          const record = { ...change.record, purpose: "A move", reminders: 5 }
          return Effect.andThen(commit(reach, [{ ...change, record }]), commit(reach, changes))
        })
        yield* late(call(update, id, { purpose: "A fair" })).pipe(Actor.provide(system))
        assert.strictEqual(attempts, 2)
        assert.deepInclude((yield* all(Loan))[0], { purpose: "A fair", reminders: 5, version: 3 })
      })
    )

    it.effect("of which the version is named is won by one of many", () =>
      Effect.gen(function* () {
        const { planned, system, all } = yield* desk
        const { id } = yield* planned
        const calls = yield* Effect.forEach(
          Array.from({ length: 10 }, (_, at) => at),
          (at) =>
            Effect.result(unhurried(call(update, id, { purpose: `Fair ${at}` }, { expectedVersion: 1 }))).pipe(
              Actor.provide(system)
            ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(calls.filter(Result.isSuccess).length, 1)
        for (const { failure } of calls.filter(Result.isFailure))
          assert.deepInclude(failure, { _tag: "PreconditionFailed", expectedVersion: 1, currentVersion: 2 })
        assert.strictEqual((yield* all(Loan))[0]!.version, 2)
      })
    )
  })

  describe("a dry run", () => {
    it.effect("gives what would be, and stores nothing, not even a denial", () =>
      Effect.gen(function* () {
        const { planned, agent, borrower, van, everything } = yield* desk
        const { id } = yield* planned
        const before = yield* everything
        const dry = { dryRun: true }
        const { record, events } = (yield* call(handOver, id, { vanId: van.id, days: 1 }, dry).pipe(
          Actor.provide(agent)
        )) as Shell.Outcome
        assert.deepInclude(record, { state: "out", version: 2 })
        assert.deepStrictEqual(
          events.map(({ type }) => type),
          ["loan.handed_over.v1", "van.lent.v1"]
        )
        yield* fails(call(handOver, id, {}, dry), borrower, { _tag: "PermissionDenied" })
        assert.deepStrictEqual(yield* everything, before)
      })
    )
  })
}
