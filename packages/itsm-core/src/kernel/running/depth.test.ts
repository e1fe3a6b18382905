import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import {
  depot,
  inMemory,
  move,
  moveOn,
  moveTimer,
  Parcel,
  ParcelMoved,
  ParcelWeighed,
  weigh
} from "../../testing/parcels.ts"
import { Actor, Command, Instant, Reaction, Timer, Worker } from "../index.ts"

const after = [
  Reaction.runs(ParcelMoved, weigh, { name: "parcels.weigh_when_moved", ask: ({ id }) => ({ id }) }),
  Reaction.runs(ParcelWeighed, move, { name: "parcels.move_when_weighed", ask: ({ id }) => ({ id }) })
]

/** Moves the parcel, and will again tomorrow. */
const moveDaily = Command.action(Parcel, "moveDaily", {
  description: "The parcel has been moved, and will be again in a day.",
  input: Command.Nothing,
  decide: (parcel, _, { now }) =>
    Result.succeed({
      change: { ...parcel, moves: parcel.moves + 1 },
      timers: [{ kind: moveTimer, ref: parcel.id, at: Instant.plusMs(now, Instant.dayMs) }]
    })
})

describe("two reactions that answer each other's events", () => {
  it.effect("end at the tenth event after the request, in one chain, with nothing half done", () =>
    inMemory(
      MemoryStore.layer,
      { after },
      Effect.gen(function* () {
        const { create, move: moveParcel, moves, events, deliveries, audit } = yield* depot
        const parcel = yield* create
        yield* Effect.provideService(moveParcel(parcel), Actor.CurrentOrigin, {
          requestId: "request-1",
          address: null,
          userAgent: null
        })
        yield* Worker.drain
        const chain = (yield* events).toSorted((a, b) => a.depth - b.depth)
        assert.deepStrictEqual(
          chain.map(({ depth, type }) => [depth, type]),
          [
            ...Array.from({ length: 11 }, (_, depth) => [
              depth,
              depth % 2 === 0 ? "parcel.moved.v1" : "parcel.weighed.v1"
            ]),
            [11, "automation.depth_exceeded.v1"]
          ]
        )
        assert.deepStrictEqual([...new Set(chain.map(({ correlationId }) => correlationId))], ["request-1"])
        for (const [at, event] of chain.entries())
          assert.strictEqual(event.causationId, at === 0 ? null : chain[at - 1]!.id)
        assert.strictEqual(yield* moves(parcel), 6)
        const [dead, ...others] = yield* deliveries
        assert.deepStrictEqual(others, [])
        assert.deepInclude(dead, { state: "dead", attempts: 1, eventId: chain[10]!.id, dueAt: null })
        assert.match(dead!.lastError!, /^automation\.depth_exceeded: /)
        const entries = yield* audit
        assert.strictEqual(entries.filter(({ outcome }) => outcome === "allow").length, 1 + 11)
        const told = entries.filter(({ outcome }) => outcome === "error")
        assert.deepInclude(told[0], { action: "automation.depth_exceeded", entityType: "delivery", entityId: dead!.id })
        assert.strictEqual(told.length, 1)
      })
    )
  )
})

describe("a timer that its own command sets again", () => {
  const origin = { requestId: "request-1", address: null, userAgent: null }

  it.effect("at once ends after the tenth in its chain, and the audit log and an event tell of it", () =>
    inMemory(
      MemoryStore.layer,
      { timers: [Timer.runs(moveTimer, moveOn)] },
      Effect.gen(function* () {
        const { create, run, moves, timers, events, audit } = yield* depot
        const parcel = yield* create
        yield* Effect.provideService(run(moveOn, parcel), Actor.CurrentOrigin, origin)
        assert.deepInclude((yield* timers)[0], { correlationId: "request-1", depth: 1 })
        yield* Worker.drain
        assert.strictEqual(yield* moves(parcel), 11)
        assert.deepStrictEqual(yield* timers, [])
        assert.deepStrictEqual(
          (yield* events).map(({ type, correlationId, depth }) => [type, correlationId, depth]),
          [["timer.depth_exceeded.v1", "request-1", 11]]
        )
        const [told, ...others] = (yield* audit).filter(({ outcome }) => outcome === "error")
        assert.deepInclude(told, { action: "automation.depth_exceeded", entityType: "timer" })
        assert.include(told!.subjects, parcel)
        assert.deepStrictEqual(others, [])
      })
    )
  )

  it.effect("for a later time goes on for ever, each time from the beginning of a chain", () =>
    inMemory(
      MemoryStore.layer,
      { timers: [Timer.runs(moveTimer, moveDaily)] },
      Effect.gen(function* () {
        const { create, run, moves, timers } = yield* depot
        const parcel = yield* create
        yield* Effect.provideService(run(moveDaily, parcel), Actor.CurrentOrigin, origin)
        for (const _ of Array.from({ length: 30 })) {
          yield* TestClock.adjust("1 day")
          yield* Worker.drain
        }
        assert.strictEqual(yield* moves(parcel), 31)
        assert.deepStrictEqual(
          (yield* timers).map(({ correlationId, depth }) => [correlationId, depth]),
          [["request-1", 0]]
        )
      })
    )
  )
})
