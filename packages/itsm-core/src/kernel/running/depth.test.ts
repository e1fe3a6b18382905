import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect } from "effect"
import { depot, inMemory, move, ParcelMoved, ParcelWeighed, weigh } from "../../testing/parcels.ts"
import { Actor, Reaction, Worker } from "../index.ts"

const after = [
  Reaction.runs(ParcelMoved, weigh, { name: "parcels.weigh_when_moved", ask: ({ id }) => ({ id }) }),
  Reaction.runs(ParcelWeighed, move, { name: "parcels.move_when_weighed", ask: ({ id }) => ({ id }) })
]

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
