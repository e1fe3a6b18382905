// A process of its own: how often the library resolves an incident in a second, on the store in memory.
import { Effect, Layer } from "effect"
import { Actor, found, Incidents, Itsm } from "@itsm/core"
import { createItsm } from "@itsm/core/promise"
import { MemoryStore } from "@itsm/adapter-memory"

const count = 20_000
const rounds = 5
const input = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const
const founding = { name: "Acme", slug: "acme", administrator: { email: "ann@acme.example", displayName: "Ann" } }
const opening = { title: "Mail is down", impact: 1, urgency: 1 } as const

const perSecond = (since: number) => (count / (performance.now() - since)) * 1000

/** The fastest of some rounds: what disturbs the machine only makes them slower. */
const best = (figures: ReadonlyArray<number>) => Math.max(...figures)

const asEffects = Effect.gen(function* () {
  const { administrator } = yield* found(founding)
  const incidents = yield* Incidents
  return yield* Effect.gen(function* () {
    const opened = yield* Effect.forEach(Array.from({ length: count }), () => incidents.open(opening))
    const since = performance.now()
    for (const { id } of opened) yield* incidents.resolve(id, input)
    return perSecond(since)
  }).pipe(Actor.provide(administrator))
}).pipe(Effect.provide(Itsm.layer.pipe(Layer.provide(MemoryStore.layer))))

const asPromises = async () => {
  const itsm = await createItsm(MemoryStore.layer)
  const { incidents } = itsm.as((await itsm.found(founding)).administrator)
  const opened = await Promise.all(Array.from({ length: count }, () => incidents.open(opening)))
  const since = performance.now()
  for (const { id } of opened) await incidents.resolve(id, input)
  const figure = perSecond(since)
  await itsm.close()
  return figure
}

export interface LibraryFigures {
  readonly effects: number
  readonly promises: number
}

const effects: Array<number> = []
const promises: Array<number> = []
for (let round = 0; round < rounds; round++) {
  effects.push(await Effect.runPromise(asEffects))
  promises.push(await asPromises())
}
const figures: LibraryFigures = { effects: best(effects), promises: best(promises) }
process.send?.(figures)
if (process.send === undefined) console.log(figures)
