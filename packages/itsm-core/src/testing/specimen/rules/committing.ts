import { assert, describe } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import { Actor, Condition, Held, type Shell, type Store, Timer } from "../../../kernel/index.ts"
import { outcome } from "../../contract/fixture.ts"
import * as Factory from "../../factories.ts"
import { call, committing, desk } from "../desk.ts"
import { Loans, remindTimer } from "../loans.ts"
import { Loan, Van } from "../records.ts"
import { fails, type RuleIt, told } from "./rule.ts"

const { bringBack, extend, handOver, remind, update } = Loans.commands

const heldTimer = (timer: Timer.Timer) => new Held.Held(Timer.Timer, timer as Timer.Timer & Held.Work)

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
            Effect.result(call(update, id, { purpose: `Fair ${at}` }, { expectedVersion: 1 })).pipe(
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
          yield* loans.bringBack(id, { remark: "Clean" })
          assert.deepStrictEqual(yield* reminders, [])
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
