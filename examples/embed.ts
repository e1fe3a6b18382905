import { MemoryStore } from "@itsm/adapter-memory"
import { Actor, found, Incidents, Itsm } from "@itsm/core"
import { Effect, Layer } from "effect"

const program = Effect.gen(function* () {
  const { administrator } = yield* found({
    name: "Acme",
    slug: "acme",
    administrator: { email: "ada@acme.example", displayName: "Ada" }
  })
  const incidents = yield* Incidents
  return yield* Effect.gen(function* () {
    const opened = yield* incidents.open({ title: "Mail is down", impact: 1, urgency: 1 })
    const assigned = yield* incidents.assign(opened.id, { assigneeId: administrator.id! })
    const resolved = yield* incidents.resolve(opened.id, {
      resolutionCode: "fixed",
      resolutionNotes: "Restarted the relay"
    })
    const reopened = yield* incidents.reopen(opened.id, { reason: "It is down again" })
    return [opened, assigned, resolved, reopened]
  }).pipe(Actor.provide(administrator))
})

const world = Layer.provide(Itsm.layer, MemoryStore.layer)
for (const { number, priority, state } of await Effect.runPromise(Effect.provide(program, world)))
  console.log(`${number} P${priority} ${state}`)
