import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { expect, it } from "vitest"
import * as Itsm from "../../itsm.ts"
import { Actor, Condition, Instant, Kernel, Timer, Worker } from "../../kernel/index.ts"
import { scenario } from "../../testing/scenario.ts"
import { Incident, Incidents } from "./index.ts"
import { isFinal, isOpen, isPending } from "./lifecycle.ts"

const world = Itsm.layer.pipe(Layer.provideMerge(MemoryStore.layer))

const step = fc.oneof(
  fc
    .constantFrom(
      "assign",
      "acknowledge",
      "start",
      "resume",
      "resolve",
      "close",
      "reopen",
      "cancel",
      "delete",
      "restore",
      "clearOverride"
    )
    .map((name) => ({ name })),
  fc.constantFrom("other", "awaiting_caller", "scheduled").map((pendingReason) => ({ name: "hold", pendingReason })),
  fc.constantFrom("agent", "user").map((by) => ({ name: "comment", by })),
  fc.integer({ min: 1, max: 5 }).map((priority) => ({ name: "override", priority })),
  fc
    .record({ impact: fc.integer({ min: 1, max: 3 }), urgency: fc.integer({ min: 1, max: 3 }) })
    .map((patch) => ({ name: "update", patch })),
  fc.integer({ min: 1, max: 14 * 24 }).map((hours) => ({ name: "wait", hours }))
)
type Step = {
  readonly name: string
  readonly pendingReason?: string
  readonly by?: string
  readonly priority?: number
  readonly patch?: object
  readonly hours?: number
}

const order: ReadonlyArray<keyof Incident> = ["createdAt", "acknowledgedAt"]

/** What holds of every incident at every moment. @source domain specification C.2.1, invariants */
const check = (incident: Incident, timers: ReadonlyArray<Timer.Timer>) => {
  expect(incident.resolvedAt !== null).toBe(["resolved", "closed"].includes(incident.state))
  expect(incident.closedAt !== null).toBe(incident.state === "closed")
  expect(incident.pendingSince !== null).toBe(isPending(incident))
  expect(incident.pendingReason !== null).toBe(isPending(incident))
  expect(incident.priority).toBe(incident.priorityOverride?.value ?? incident.computedPriority)
  expect(incident.openAlertKey).toBe(isOpen(incident) ? incident.alertKey : null)
  expect(incident.resolutionHistory.length).toBe(incident.reopenCount)
  if (isFinal(incident) || incident.deletedAt !== null) expect(timers).toEqual([])
  const moments = order.map((name) => incident[name] as string | null).filter((moment) => moment !== null)
  expect(moments.toSorted()).toEqual(moments)
  for (const name of ["acknowledgedAt", "startedAt", "resolvedAt", "closedAt", "firstAssignedAt"] as const) {
    if (incident[name] !== null) expect(incident[name] >= incident.createdAt).toBe(true)
  }
  const waited = Object.values(incident.pendingMs).reduce((sum, ms) => sum + ms, 0)
  expect(waited).toBeLessThanOrEqual(Instant.elapsedMs(incident.createdAt, incident.updatedAt))
}

const run = (steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2026, 0, 5, 9))
    const { admin, agent, user, team, organization } = yield* scenario("acme")
    const incidents = yield* Incidents
    const { store } = yield* Kernel.Kernel
    const reach = { organizationId: organization.id }
    const { id } = yield* incidents
      .open({ title: "x", teamId: team.id, requesterId: user.id!, alertKey: "a" })
      .pipe(Actor.provide(agent))
    const play = (each: Step): Effect.Effect<unknown, unknown, Actor.CurrentActor | Kernel.Kernel> => {
      switch (each.name) {
        case "assign":
          return incidents.assign(id, { teamId: team.id, assigneeId: agent.id! })
        case "hold":
          return Effect.flatMap(Instant.now, (now) =>
            incidents.hold(id, { pendingReason: each.pendingReason as "other", followUpAt: Instant.plusMs(now, 36e5) })
          )
        case "resolve":
          return incidents.resolve(id, { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" })
        case "reopen":
          return incidents.reopen(id, { reason: "again" })
        case "cancel":
          return incidents.cancel(id, { cancelReason: "invalid" })
        case "comment":
          return incidents.addComment(id, { body: "word" }).pipe(Actor.provide(each.by === "user" ? user : agent))
        case "override":
          return incidents.overridePriority(id, { priority: each.priority!, reason: "because it must be" })
        case "update":
          return incidents.update(id, each.patch!)
        case "wait":
          return Effect.andThen(TestClock.adjust(each.hours! * 36e5), Worker.drain)
        case "acknowledge":
          return incidents.acknowledge(id).pipe(Actor.provide(agent))
        case "delete":
          return incidents.delete(id)
        case "restore":
          return incidents.restore(id)
        default:
          return incidents[each.name as "start"](id)
      }
    }
    let version = 1
    for (const each of steps) {
      yield* Effect.ignore(play(each)).pipe(Actor.provide(admin))
      const incident = yield* Effect.map(
        store.get(reach, Incident, id),
        (found) => (found as { readonly value: Incident }).value
      )
      const timers = yield* store.find(reach, Timer.Timer, { where: Condition.eq("ref", id), sort: [], limit: 10 })
      check(incident, timers.items)
      expect(incident.version).toBeGreaterThanOrEqual(version)
      version = incident.version
    }
  }).pipe(Effect.provide(world), Effect.provide(TestClock.layer()), Effect.scoped)

it("every incident keeps its invariants, whatever is done to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) =>
      Effect.runPromise(run(steps as ReadonlyArray<Step>))
    ),
    { numRuns: 60 }
  )
})
