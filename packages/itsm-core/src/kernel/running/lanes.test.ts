import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { depot, inMemory, ParcelMoved } from "../../testing/parcels.ts"
import { Event, Instant, Kernel, Reaction, Worker } from "../index.ts"

const count = (times: number) => Array.from({ length: times }, (_, index) => index)

describe("deliveries in order", () => {
  it.effect("come one after another for each record, on three workers, whatever fails in between", () => {
    const seen = new Map<string, Array<number>>()
    const running = new Set<string>()
    let overlaps = 0
    let calls = 0
    const after = [
      Reaction.after(ParcelMoved, {
        name: "parcels.follow",
        ordered: true,
        concurrency: 8,
        retriesMs: count(20).map(() => 700),
        react: ({ id, moves }) =>
          Effect.gen(function* () {
            if (running.has(id)) overlaps++
            running.add(id)
            yield* Effect.sleep(20)
            running.delete(id)
            if (calls++ % 7 === 3) return yield* Effect.fail(new Error("not now"))
            seen.set(id, [...(seen.get(id) ?? []), moves])
          })
      })
    ]
    return inMemory(
      MemoryStore.layer,
      { after },
      Effect.gen(function* () {
        const { create, move, deliveries } = yield* depot
        const parcels = yield* Effect.forEach(count(5), () => create)
        const workers = yield* Effect.forEach(count(3), () => Effect.forkChild(Worker.run(500)))
        for (const _ of count(30)) {
          yield* Effect.forEach(parcels, move, { concurrency: "unbounded" })
          yield* TestClock.adjust(10)
        }
        for (const _ of count(1200)) yield* TestClock.adjust(50)
        assert.deepStrictEqual(yield* deliveries, [])
        for (const parcel of parcels)
          assert.deepStrictEqual(
            seen.get(parcel),
            count(30).map((index) => index + 1)
          )
        assert.strictEqual(overlaps, 0)
        yield* Effect.forEach(workers, Fiber.interrupt)
      })
    )
  })

  it.effect("go on without one that is dead", () => {
    const seen: Array<number> = []
    const after = [
      Reaction.after(ParcelMoved, {
        name: "parcels.follow",
        ordered: true,
        retriesMs: [1000],
        react: ({ moves }) => (moves === 2 ? Effect.fail(new Error("never")) : Effect.sync(() => void seen.push(moves)))
      })
    ]
    return inMemory(
      MemoryStore.layer,
      { after },
      Effect.gen(function* () {
        const { create, move, deliveries } = yield* depot
        const parcel = yield* create
        for (const _ of count(4)) yield* move(parcel)
        yield* Worker.drain
        assert.deepStrictEqual(seen, [1])
        yield* TestClock.adjust(2000)
        yield* Worker.drain
        yield* TestClock.adjust(10)
        yield* Worker.drain
        assert.deepStrictEqual(seen, [1, 3, 4])
        assert.deepStrictEqual(
          (yield* deliveries).map(({ state, aggregateVersion }) => [state, aggregateVersion]),
          [["dead", 3]]
        )
      })
    )
  })

  it.effect("wait for an earlier event of the record that nobody has dispatched yet", () => {
    const seen: Array<number> = []
    const after = [
      Reaction.after(ParcelMoved, {
        name: "parcels.follow",
        ordered: true,
        react: ({ moves }) => Effect.sync(() => void seen.push(moves))
      })
    ]
    return inMemory(
      MemoryStore.layer,
      { after },
      Effect.gen(function* () {
        const { create, move, events, organizationId } = yield* depot
        const { store } = yield* Kernel.Kernel
        const parcel = yield* create
        yield* move(parcel)
        yield* move(parcel)
        // another worker has claimed the first event, and is not done with it
        const first = (yield* events).find(({ data }) => (data as { readonly moves: number }).moves === 1)!
        const leaseUntil = Instant.plusMs(yield* Instant.now, 3000)
        yield* store.commit({ organizationId }, [
          {
            kind: "update",
            entity: Event.OutboxEvent,
            record: { ...first, leaseUntil, version: first.version + 1 },
            expectedVersion: first.version
          }
        ])
        const worker = yield* Effect.forkChild(Worker.run(500))
        for (const _ of count(10)) yield* TestClock.adjust(250)
        assert.deepStrictEqual(seen, [])
        for (const _ of count(10)) yield* TestClock.adjust(250)
        assert.deepStrictEqual(seen, [1, 2])
        yield* Fiber.interrupt(worker)
      })
    )
  })
})
