import { Effect, Layer } from "effect"
import { Itsm, Incidents, found, Actor } from "@itsm/core"
import { MemoryStore } from "@itsm/adapter-memory"
const program = Effect.gen(function* () {
  const { administrator } = yield* found({
    name: "Acme",
    slug: "acme",
    administrator: { email: "Admin@acme.example", displayName: "Ada" }
  })
  yield* Effect.gen(function* () {
    const incidents = yield* Incidents
    for (let round = 0; round < 3; round++) {
      const ids = []
      const t0 = performance.now()
      for (let i = 0; i < 20000; i++) ids.push((yield* incidents.open({ title: "Mail is down " + i })).id)
      const t = performance.now()
      for (const id of ids)
        yield* incidents.resolve(id, { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" })
      console.log(
        "open/s",
        Math.round((20000 / (t - t0)) * 1000),
        "resolve/s",
        Math.round((20000 / (performance.now() - t)) * 1000)
      )
    }
  }).pipe(Actor.provide(administrator))
})
await Effect.runPromise(program.pipe(Effect.provide(Itsm.layer), Effect.provide(MemoryStore.layer)))
