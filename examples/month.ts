import { NodeRuntime } from "@effect/platform-node"
import { MemoryStore } from "@itsm/adapter-memory"
import { Actor, Condition, found, Incidents, Instant, Itsm, Worker } from "@itsm/core"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

const fixed = { resolutionCode: "fixed", resolutionNotes: "Replaced the cable" } as const
const wednesday = Instant.fromEpochMs(Date.UTC(2026, 8, 2, 9))
const days = (count: number) => Instant.plusMs(wednesday, count * Instant.dayMs)

const note = (text: string) => Effect.map(Instant.now, (now) => console.log(now.slice(0, 10), text))

const month = Effect.gen(function* () {
  yield* TestClock.setTime(Instant.toEpochMs(wednesday))
  const { administrator } = yield* found({
    name: "Acme",
    slug: "acme",
    timeZone: "Europe/Berlin",
    administrator: { email: "ada@acme.example", displayName: "Ada" }
  })
  yield* Effect.gen(function* () {
    const incidents = yield* Incidents
    const printer = yield* incidents.open({ title: "The printer is on fire", impact: 1, urgency: 1 })
    const scanner = yield* incidents.open({ title: "The scanner waits for a part" })
    yield* note(`${printer.number} is opened, P${printer.priority}`)
    yield* note(`${scanner.number} is opened, P${scanner.priority}`)

    yield* incidents.resolve(printer.id, fixed)
    yield* incidents.start(scanner.id)
    yield* incidents.hold(scanner.id, { pendingReason: "awaiting_parts", followUpAt: days(12) })

    // Each day: time passes, the worker does what is due, and what has changed since the day before is noted.
    for (let day = 0; day < 28; day++) {
      const before = yield* incidents.list({ sort: [{ field: "number", direction: "asc" }] })
      yield* TestClock.adjust("1 day")
      yield* Worker.drain
      for (const { id, number, state } of before.items) {
        const after = yield* incidents.get(id)
        if (after.state !== state) yield* note(`${number} was ${state} and is ${after.state}`)
        if (after.state === "closed" && after.reopenUntil === (yield* Instant.now)) {
          const refusal = yield* Effect.flip(incidents.reopen(id, { reason: "It burns again" }))
          yield* note(`${number} cannot be reopened: ${refusal.message}`)
        }
      }
    }

    const waiting = yield* incidents.get(scanner.id)
    yield* note(
      `${scanner.number} has waited ${(waiting.pendingMs["awaiting_parts"] ?? 0) / Instant.dayMs} days for parts`
    )
    const open = yield* incidents.list({
      where: Condition.oneOf("state", ["new", "assigned", "in_progress", "pending"])
    })
    yield* note(`open at the end of the month: ${open.items.map(({ number }) => number).join(", ")}`)
  }).pipe(Actor.provide(administrator))
})

const world = Layer.provide(Itsm.layer, MemoryStore.layer)
month.pipe(Effect.provide(world), Effect.provide(TestClock.layer()), NodeRuntime.runMain)
