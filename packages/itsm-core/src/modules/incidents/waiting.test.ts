import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { begin, fixed, monday, play } from "../../../test/incident-desk.ts"
import { Actor, Condition, Event, Instant, Kernel, Worker } from "../../kernel/index.ts"
import { Incidents } from "./index.ts"

describe("waiting", () => {
  it.effect("resumes by itself on the follow-up date and books the time to its reason", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents
          .open({ title: "x", teamId: team.id, assigneeId: agent.id! })
          .pipe(Actor.provide(agent))
        const followUpAt = Instant.fromEpochMs(monday + 3_600_000)
        yield* incidents.hold(id, { pendingReason: "scheduled", followUpAt }).pipe(Actor.provide(agent))
        yield* Worker.drain
        assert.strictEqual((yield* incidents.get(id).pipe(Actor.provide(agent))).state, "pending")
        yield* TestClock.adjust("2 hours")
        yield* Worker.drain
        const resumed = yield* incidents.get(id).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          [resumed.state, resumed.pendingReason, resumed.pendingMs],
          ["in_progress", null, { scheduled: 7_200_000 }]
        )
      })
    )
  )

  it.effect("asks for a date in the future, for scheduled work always, and for a link where there is none", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", teamId: team.id })
          const past = Instant.fromEpochMs(monday - 1)
          assert.strictEqual(
            (yield* Effect.flip(incidents.hold(id, { pendingReason: "other", followUpAt: past })))._tag,
            "ValidationFailed"
          )
          assert.strictEqual(
            (yield* Effect.flip(incidents.hold(id, { pendingReason: "scheduled" })))._tag,
            "ValidationFailed"
          )
          assert.deepInclude(yield* Effect.flip(incidents.hold(id, { pendingReason: "awaiting_change" })), {
            _tag: "GuardFailed",
            guard: "hasLink"
          })
        }).pipe(Actor.provide(agent))
      })
    )
  )
})

describe("reminders", () => {
  it.effect("go to a caller who does not answer, and the last one resolves", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", teamId: team.id, requesterId: user.id! })
          const autoFollowUp = { everyBusinessDays: 2, max: 2, then: "resolve" } as const
          const misplaced = yield* Effect.flip(incidents.hold(id, { pendingReason: "other", autoFollowUp }))
          assert.strictEqual(misplaced._tag, "ValidationFailed")
          yield* incidents.hold(id, { pendingReason: "awaiting_caller", autoFollowUp })
          const after = (days: number) =>
            Effect.gen(function* () {
              yield* TestClock.adjust(`${days} days`)
              yield* Worker.drain
              return yield* incidents.get(id)
            })
          assert.strictEqual((yield* after(2)).autoFollowUp?.sent, 1)
          assert.strictEqual((yield* after(2)).autoFollowUp?.sent, 2)
          const resolved = yield* after(4)
          assert.deepStrictEqual([resolved.state, resolved.resolutionCode], ["resolved", "no_response"])
          assert.deepStrictEqual([resolved.autoFollowUp, resolved.nextReminderAt], [null, null])
        }).pipe(Actor.provide(agent))
      })
    )
  )

  it.effect("end when the caller answers", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents
          .open({ title: "x", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        const autoFollowUp = { everyBusinessDays: 1, max: 1, then: "none" } as const
        yield* incidents.hold(id, { pendingReason: "awaiting_caller", autoFollowUp }).pipe(Actor.provide(agent))
        yield* incidents.addComment(id, { body: "here" }).pipe(Actor.provide(user))
        yield* TestClock.adjust("5 days")
        yield* Worker.drain
        const incident = yield* incidents.get(id).pipe(Actor.provide(user))
        assert.deepStrictEqual([incident.state, incident.autoFollowUp], ["assigned", null])
      })
    )
  )

  it.effect("tell half way that a resolved incident will close", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(agent))
        const resolved = yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        assert.strictEqual(resolved.closingSoonAt, "2026-01-08T21:00:00.000Z")
        yield* TestClock.adjust("4 days")
        yield* Worker.drain
        const told = yield* incidents.get(id).pipe(Actor.provide(agent))
        assert.deepStrictEqual([told.state, told.closingSoonAt], ["resolved", null])
        const kernel = yield* Kernel.Kernel
        const events = yield* kernel.store.find("everywhere", Event.OutboxEvent, {
          where: Condition.eq("type", "incident.closing_soon.v1"),
          sort: [],
          limit: 10
        })
        assert.strictEqual(events.items.length, 1)
      })
    )
  )
})
