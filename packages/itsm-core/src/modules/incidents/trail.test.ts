import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { begin, fixed, play } from "../../../test/incident-desk.ts"
import { Actor, Condition } from "../../kernel/index.ts"
import { AuditLogs } from "../audit/index.ts"
import { Incidents } from "./index.ts"

describe("the audit log", () => {
  it.effect("has one entry for each accepted command and each denied one", () =>
    play(
      Effect.gen(function* () {
        const { admin, user, agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents
          .open({ title: "x", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        yield* Effect.flip(incidents.resolve(id, fixed)).pipe(Actor.provide(user))
        yield* Effect.flip(incidents.hold(id, { pendingReason: "other" })).pipe(Actor.provide(agent))
        const entries = yield* AuditLogs.use((logs) =>
          logs.list({ where: Condition.eq("entityId", id), sort: [{ field: "createdAt", direction: "asc" }] })
        ).pipe(Actor.provide(admin))
        const seen = entries.items.map((entry) => [entry.action, entry.outcome, entry.actorId]).toSorted()
        assert.deepStrictEqual(seen, [
          ["incident.create", "allow", agent.id],
          ["incident.resolve", "allow", agent.id],
          ["incident.resolve", "deny", user.id]
        ])
        const resolve = entries.items.find((entry) => entry.outcome === "allow" && entry.action === "incident.resolve")!
        assert.deepInclude(resolve.changes, { field: "state", old: "assigned", new: "resolved" })
      })
    )
  )
})
