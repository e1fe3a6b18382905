import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Actor, Audit, Event, Timer } from "../../../kernel/index.ts"
import * as Factory from "../../factories.ts"
import { call, committing, desk, granted } from "../desk.ts"
import { Loans } from "../loans.ts"
import { Loan, LogLine } from "../records.ts"
import { fails, type RuleIt, told } from "./rule.ts"

const { plan } = Loans.commands

/** What is asked of records, and what is done with many of them at once. */
export const queries = (it: RuleIt) => {
  describe("a query", () => {
    const lent = Effect.gen(function* () {
      const world = yield* desk
      const { id } = yield* world.planned
      yield* world.planned
      yield* world.loans.handOver(id, { vanId: world.van.id, days: 1 }).pipe(Actor.provide(world.system))
      return { ...world, id, account: world.loans.account(id) }
    })

    it.effect("is answered to who has its permission on a record that they see, and writes nothing", () =>
      Effect.gen(function* () {
        const { account, agent, borrower, stranger, van, loans, everything } = yield* lent
        const before = yield* everything
        assert.deepStrictEqual(yield* account.pipe(Actor.provide(agent)), {
          deposit: null,
          plate: van.plate,
          others: 1
        })
        yield* fails(account, borrower, { _tag: "PermissionDenied", permission: "loan.account" })
        const elsewhere = granted(stranger, { permission: "loan.account" })
        yield* fails(account, elsewhere, { _tag: "NotFound" })
        yield* fails(loans.account(Factory.freshId()), elsewhere, { _tag: "NotFound" })
        const ownOnly = granted(borrower, { permission: "loan.account", scope: "own" })
        assert.strictEqual(yield* told(account.pipe(Actor.provide(ownOnly))), "Success")
        assert.deepStrictEqual(yield* everything, before)
      })
    )

    it.effect("reads what its caller sees, and no field that is closed to them", () =>
      Effect.gen(function* () {
        const { account, borrower, loans, id, system } = yield* lent
        yield* loans.waive(id).pipe(Actor.provide(system))
        const held = { ...granted(borrower, { permission: "loan.account" }) }
        assert.strictEqual((yield* account.pipe(Actor.provide(held))).deposit, 0)
        const blind = granted(
          { ...held, grants: held.grants.filter(({ permission }) => permission !== "van.read") },
          { permission: "loan.read", effect: "deny", fields: ["deposit"] }
        )
        const seen = yield* account.pipe(Actor.provide(blind))
        assert.deepStrictEqual([seen.deposit, seen.plate], [null, null])
      })
    )
  })

  describe("a command of many", () => {
    it.effect("makes all of its records in one commit with one entry, or none", () =>
      Effect.gen(function* () {
        const { loans, agent, borrower, team, all, audited } = yield* desk
        const input = { purposes: ["A move", "A fair", "A race"], teamId: team.id }
        yield* fails(loans.plan(input), borrower, { _tag: "PermissionDenied", permission: "loan.plan" })
        let commits = 0
        const counted = committing((commit) => (reach, changes) => {
          commits++
          return commit(reach, changes)
        })
        yield* counted(call(plan, undefined, input)).pipe(Actor.provide(agent))
        assert.strictEqual(commits, 1)
        const made = yield* all(Loan)
        assert.deepStrictEqual(made.map(({ purpose }) => purpose).toSorted(), ["A fair", "A move", "A race"])
        assert.strictEqual((yield* all(LogLine)).length, 3)
        assert.strictEqual((yield* all(Event.OutboxEvent)).filter(({ type }) => type === "loan.created.v1").length, 3)
        assert.sameMembers(
          (yield* all(Timer.Timer)).map(({ ref }) => ref),
          made.map(({ id }) => id)
        )
        const entries = (yield* audited("loan.plan")).filter(({ outcome }) => outcome === "allow")
        assert.strictEqual(entries.length, 1)
        for (const { id } of made) assert.include(entries[0]!.subjects, id)
        assert.strictEqual((yield* all(Audit.AuditLog)).filter(({ action }) => action === "loan.plan").length, 2)
        const { numbers } = yield* loans.plan(input, { dryRun: true }).pipe(Actor.provide(agent))
        assert.strictEqual(numbers.length, 3)
        assert.strictEqual((yield* all(Loan)).length, 3)
      })
    )
  })
}
