import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import * as Itsm from "../../itsm.ts"
import { Actor, Audit, Condition, Event, Kernel } from "../../kernel/index.ts"
import { scenario } from "../../testing/scenario.ts"
import { Incidents } from "./index.ts"

const world = Itsm.layer.pipe(Layer.provideMerge(MemoryStore.layer))

describe("children that follow their parent", () => {
  it.effect("have their resolution in their own history: the event, its version, and the audit entry", () =>
    Effect.gen(function* () {
      const { agent, team } = yield* scenario("acme")
      const incidents = yield* Incidents
      const open = (title: string, parentId: string | null) =>
        incidents.open({ title, teamId: team.id, parentId, followsParent: true } as never)
      const by = Actor.provide(agent)
      const parent = yield* open("Mail is down", null).pipe(by)
      const child = yield* open("Calendar is down", parent.id).pipe(by)
      yield* incidents.resolve(parent.id, { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" }).pipe(by)
      const { store } = yield* Kernel.Kernel
      const reach = { organizationId: agent.organizationId }
      const list = { sort: [], limit: 100 }
      const events = yield* store.find(reach, Event.OutboxEvent, {
        where: Condition.eq("type", "incident.resolved.v1"),
        ...list
      })
      const resolved = yield* incidents.get(child.id).pipe(by)
      assert.deepInclude(
        events.items.find(({ aggregateId }) => aggregateId === child.id),
        { aggregateVersion: resolved.version, aggregateType: "incident" }
      )
      assert.strictEqual(events.items.length, 2)
      const entries = yield* store.find(reach, Audit.AuditLog, {
        where: Condition.eq("action", "incident.resolve"),
        ...list
      })
      const [entry] = entries.items
      assert.deepStrictEqual(entry!.subjects, [parent.id, child.id])
      assert.deepInclude(
        entry!.changes.find(({ entityId, field }) => entityId === child.id && field === "state"),
        { entityType: "incident", old: "assigned", new: "resolved" }
      )
    }).pipe(Effect.provide(world))
  )
})
