import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Actor, Condition, Kernel } from "../../../kernel/index.ts"
import * as Factory from "../../factories.ts"
import { desk, granted } from "../desk.ts"
import { Extras, Remarks } from "../vans.ts"
import { fails, type RuleIt, told } from "./rule.ts"

/** A loan of the borrower with an extra and a remark on it by the agent. */
const furnished = Effect.gen(function* () {
  const world = yield* desk
  const [extras, remarks] = [yield* Extras, yield* Remarks]
  const loan = yield* world.planned
  const extra = yield* world.loans.addExtra(loan.id, { title: "Child seat" }).pipe(Actor.provide(world.agent))
  const remark = yield* remarks
    .create({ text: "Is blue", extraId: extra.id, authorId: world.agent.id })
    .pipe(Actor.provide(world.agent))
  return { ...world, extras, remarks, loan, extra, remark }
})

/** Who reads what, by the relations that records declare. */
export const access = (it: RuleIt) => {
  describe("a part", () => {
    it.effect("is there as long as its whole is, and that one's whole", () =>
      Effect.gen(function* () {
        const { loans, extras, remarks, loan, extra, remark, system } = yield* furnished
        yield* Effect.gen(function* () {
          yield* loans.delete(loan.id)
          assert.strictEqual(yield* told(extras.get(extra.id)), "NotFound")
          assert.strictEqual(yield* told(remarks.update(remark.id, { text: "Is red" })), "NotFound")
          assert.deepStrictEqual((yield* remarks.list()).items, [])
          assert.strictEqual(yield* told(extras.create({ title: "Roof box", loanId: loan.id })), "ValidationFailed")
          yield* loans.restore(loan.id)
          assert.strictEqual((yield* remarks.list()).items.length, 1)
        }).pipe(Actor.provide(system))
      })
    )

    it.effect("has the scopes of its whole, by its id and in lists across wholes", () =>
      Effect.gen(function* () {
        const { extras, extra, borrower, stranger, agent, manager, admin } = yield* furnished
        const elsewhere = { ...agent, teamIds: [] }
        for (const [name, actor, isIn] of [
          ["borrower", borrower, true],
          ["stranger", stranger, false],
          ["agent", agent, true],
          ["agent of another team", elsewhere, false],
          ["manager", manager, true],
          ["admin", admin, true]
        ] as const) {
          const seen = yield* told(extras.get(extra.id)).pipe(Actor.provide(actor))
          const listed = yield* extras.list().pipe(Actor.provide(actor))
          assert.deepStrictEqual([seen, listed.items.length], isIn ? ["Success", 1] : ["NotFound", 0], name)
        }
        yield* fails(extras.update(extra.id, { title: "Roof box" }), borrower, { _tag: "PermissionDenied" })
        assert.strictEqual(yield* told(extras.update(extra.id, { title: "x" })).pipe(Actor.provide(manager)), "Success")
      })
    )

    it.effect("belongs to the department of its whole, as the audit log has it", () =>
      Effect.gen(function* () {
        const { extras, extra, agent, department, audited } = yield* furnished
        yield* extras.update(extra.id, { title: "Roof box" }).pipe(Actor.provide(agent))
        const [entry] = yield* audited("loan_extra.update")
        assert.strictEqual(entry?.departmentId, department.id)
      })
    )

    it.effect("that says itself whose it is, is theirs and not that of the whole's owner", () =>
      Effect.gen(function* () {
        const { remarks, remark, agent, borrower } = yield* furnished
        assert.strictEqual(yield* told(remarks.get(remark.id)).pipe(Actor.provide(agent)), "Success")
        assert.strictEqual(yield* told(remarks.get(remark.id)).pipe(Actor.provide(borrower)), "NotFound")
      })
    )

    it.effect("is not there for who does not see its whole, whatever they hold of it", () =>
      Effect.gen(function* () {
        const { extras, extra, loan, stranger } = yield* furnished
        const reader = granted(stranger, { permission: "loan_extra.*" })
        assert.strictEqual(yield* told(extras.get(extra.id)).pipe(Actor.provide(reader)), "NotFound")
        assert.deepStrictEqual((yield* extras.list().pipe(Actor.provide(reader))).items, [])
        yield* fails(extras.create({ title: "Roof box", loanId: loan.id }), reader, { _tag: "ValidationFailed" })
      })
    )
  })

  describe("a scope", () => {
    it.effect("has the narrower ones in it", () =>
      Effect.gen(function* () {
        const { loans, agent, system } = yield* furnished
        const { id } = yield* loans.request({ purpose: "Mine", borrowerId: agent.id }).pipe(Actor.provide(system))
        assert.strictEqual(yield* told(loans.get(id)).pipe(Actor.provide({ ...agent, grants: [] })), "NotFound")
        const inTeam = granted({ ...agent, grants: [] }, { permission: "loan.read", scope: "team" })
        assert.strictEqual(yield* told(loans.get(id)).pipe(Actor.provide(inTeam)), "Success")
      })
    )
  })

  describe("whom a record names among its readers", () => {
    it.effect("reads it, from the commit that names them until the one that does not, and does nothing else", () =>
      Effect.gen(function* () {
        const { loans, loan, stranger, agent } = yield* furnished
        const asStranger = Actor.provide(stranger)
        const watched = (...watcherIds: ReadonlyArray<typeof stranger.id & string>) =>
          loans.update(loan.id, { watcherIds }).pipe(Actor.provide(agent))
        assert.strictEqual(yield* told(loans.get(loan.id)).pipe(asStranger), "NotFound")
        yield* watched(stranger.id!)
        assert.strictEqual((yield* loans.get(loan.id).pipe(asStranger)).purpose, "A move")
        assert.strictEqual((yield* loans.list().pipe(asStranger)).items.length, 1)
        yield* fails(loans.update(loan.id, { purpose: "Mine" }), stranger, { _tag: "PermissionDenied" })
        const denied = granted(stranger, { permission: "loan.read", effect: "deny" })
        assert.strictEqual(yield* told(loans.get(loan.id)).pipe(Actor.provide(denied)), "NotFound")
        yield* watched()
        assert.strictEqual(yield* told(loans.get(loan.id)).pipe(asStranger), "NotFound")
      })
    )
  })

  describe("the built-in roles", () => {
    it.effect("are a ladder: a manager has in their departments what an agent has in a team", () =>
      Effect.gen(function* () {
        const { loans, loan, agent, manager, department, system } = yield* furnished
        const { catalogue } = yield* Kernel.Kernel
        const scopeOf = (role: string, permission: string) =>
          catalogue.grantsOf(role).find((line) => line.permission === permission)?.scope
        assert.deepStrictEqual(
          ["end_user", "agent", "manager"].map((role) => scopeOf(role, "loan.*")),
          [undefined, "team", "department"]
        )
        for (const role of ["end_user", "agent", "manager"])
          assert.strictEqual(scopeOf(role, "extra_remark.*"), "own", role)
        const request = { purpose: "A fair", departmentId: department.id }
        const { id } = yield* loans.request(request).pipe(Actor.provide(system))
        const seen = (actor: Actor.Actor) =>
          Effect.map(loans.list({ where: Condition.oneOf("id", [id, loan.id]) }), ({ items }) => items.length).pipe(
            Actor.provide(actor)
          )
        assert.deepStrictEqual([yield* seen(agent), yield* seen(manager)], [1, 2])
        assert.strictEqual(yield* told(loans.get(Factory.freshId())).pipe(Actor.provide(manager)), "NotFound")
      })
    )
  })
}
