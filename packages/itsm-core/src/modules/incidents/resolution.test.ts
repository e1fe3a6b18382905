import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { begin, fixed, play } from "../../../test/incident-desk.ts"
import { Actor, Worker } from "../../kernel/index.ts"
import { Teams } from "../identity/index.ts"
import { IncidentRules, Incidents } from "./index.ts"

describe("resolution", () => {
  it.effect("is taken up by whoever resolves, and closes by itself after five business days", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(agent))
        const resolved = yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          [resolved.state, resolved.assigneeId, resolved.resolvedById],
          ["resolved", agent.id, agent.id]
        )
        assert.strictEqual(resolved.autoCloseAt, "2026-01-12T09:00:00.000Z")
        yield* TestClock.adjust("7 days")
        yield* Worker.drain
        const closed = yield* incidents.get(id).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          [closed.state, closed.closureMethod, closed.reopenUntil],
          ["closed", "auto", "2026-01-19T09:00:00.000Z"]
        )
      })
    )
  )

  it.effect("takes the children that follow with it, in the same commit", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const parent = yield* incidents.open({ title: "parent", teamId: team.id })
          const follows = yield* incidents.open({
            title: "child",
            teamId: team.id,
            parentId: parent.id,
            followsParent: true
          })
          const stays = yield* incidents.open({ title: "child", teamId: team.id, parentId: parent.id })
          yield* incidents.resolve(parent.id, fixed)
          const child = yield* incidents.get(follows.id)
          assert.deepStrictEqual(
            [child.state, child.resolutionCode, child.resolutionNotes],
            ["resolved", "fixed", `resolved with ${parent.number}`]
          )
          assert.strictEqual((yield* incidents.get(stays.id)).state, "assigned")
          const deeper = yield* Effect.flip(incidents.open({ title: "grandchild", parentId: stays.id }))
          assert.deepInclude(deeper, { _tag: "GuardFailed", guard: "oneLevelDeep" })
        }).pipe(Actor.provide(agent))
      })
    )
  )

  it.effect("can be reopened within the window, and keeps the resolution that did not last", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x" }).pipe(Actor.provide(user))
        const asAdmin = yield* incidents.get(id).pipe(Actor.provide(user))
        assert.strictEqual(asAdmin.teamId, null)
        const mine = yield* incidents
          .open({ title: "y", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        yield* incidents.resolve(mine.id, fixed).pipe(Actor.provide(agent))
        assert.strictEqual((yield* incidents.close(mine.id).pipe(Actor.provide(user))).closureMethod, "caller")
        yield* TestClock.adjust("6 days")
        const again = yield* incidents.reopen(mine.id, { reason: "still broken" }).pipe(Actor.provide(user))
        assert.deepStrictEqual(
          [again.state, again.reopenCount, again.resolvedAt, again.resolutionHistory.length],
          ["in_progress", 1, null, 1]
        )
        yield* incidents.resolve(mine.id, fixed).pipe(Actor.provide(agent))
        yield* incidents.close(mine.id).pipe(Actor.provide(agent))
        yield* TestClock.adjust("8 days")
        assert.deepInclude(
          yield* Effect.flip(incidents.reopen(mine.id, { reason: "late" })).pipe(Actor.provide(user)),
          {
            guard: "withinReopenWindow"
          }
        )
      })
    )
  )

  it.effect("cancels, but neither chains of duplicates nor, for a caller, what is in work", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        const [a, b, c] = yield* Effect.all(
          [1, 2, 3].map((n) => incidents.open({ title: `${n}`, teamId: team.id }))
        ).pipe(Actor.provide(agent))
        yield* Effect.gen(function* () {
          yield* incidents.cancel(b!.id, { cancelReason: "duplicate", duplicateOfId: a!.id })
          assert.deepInclude(
            yield* Effect.flip(incidents.cancel(c!.id, { cancelReason: "duplicate", duplicateOfId: b!.id })),
            { guard: "noDuplicateChain" }
          )
          assert.strictEqual(
            (yield* Effect.flip(incidents.cancel(c!.id, { cancelReason: "duplicate", duplicateOfId: c!.id })))._tag,
            "ValidationFailed"
          )
        }).pipe(Actor.provide(agent))
        yield* Effect.gen(function* () {
          const mine = yield* incidents.open({ title: "mine" })
          assert.strictEqual((yield* incidents.cancel(mine.id, { cancelReason: "withdrawn" })).state, "cancelled")
        }).pipe(Actor.provide(user))
        const worked = yield* incidents
          .open({ title: "w", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        assert.strictEqual(
          (yield* Effect.flip(incidents.cancel(worked.id, { cancelReason: "withdrawn" })).pipe(Actor.provide(user)))
            ._tag,
          "PermissionDenied"
        )
      })
    )
  )
})

describe("the rules of the organization", () => {
  it.effect("decide how long a closed incident can come back, and whether it closes at all", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          yield* IncidentRules.use((rules) => rules.replace({ reopenWindowDays: 0, autoCloseBusinessDays: null }))
          const { id } = yield* incidents.open({ title: "x" })
          assert.isNull((yield* incidents.resolve(id, fixed)).autoCloseAt)
          yield* incidents.close(id)
          assert.deepInclude(yield* Effect.flip(incidents.reopen(id, { reason: "never" })), {
            guard: "withinReopenWindow"
          })
        }).pipe(Actor.provide(admin))
      })
    )
  )

  it.effect("give way to the window that a team has of its own", () =>
    play(
      Effect.gen(function* () {
        const { admin, agent, team } = yield* begin
        const incidents = yield* Incidents
        const closed = Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", teamId: team.id })
          yield* incidents.resolve(id, fixed)
          return yield* incidents.close(id)
        }).pipe(Actor.provide(agent))
        const setWindow = (reopenWindowDays: number | null) =>
          Teams.use((teams) => teams.update(team.id, { reopenWindowDays })).pipe(Actor.provide(admin))
        yield* setWindow(1)
        const soon = yield* closed
        assert.strictEqual(soon.reopenUntil, "2026-01-06T09:00:00.000Z")
        yield* setWindow(0)
        assert.strictEqual((yield* closed).reopenUntil, "2026-01-05T09:00:00.000Z")
        yield* setWindow(null)
        const later = yield* closed
        assert.strictEqual(later.reopenUntil, "2026-01-12T09:00:00.000Z")
        yield* TestClock.adjust("2 days")
        yield* Effect.gen(function* () {
          assert.deepInclude(yield* Effect.flip(incidents.reopen(soon.id, { reason: "late" })), {
            guard: "withinReopenWindow"
          })
          assert.strictEqual((yield* incidents.reopen(later.id, { reason: "again" })).reopenCount, 1)
        }).pipe(Actor.provide(agent))
      })
    )
  )
})
