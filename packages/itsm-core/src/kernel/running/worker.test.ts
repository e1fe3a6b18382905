import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type Answering, depot, inMemory, move, moveTimer, ParcelMoved, ParcelWeighed } from "../../testing/parcels.ts"
import { Delivery as Deliveries, Instant, Kernel, Reaction, Timer, Worker } from "../index.ts"

const { Delivery } = Deliveries

const play = <A, E>(answering: Answering, test: Effect.Effect<A, E, Kernel.Kernel>) =>
  inMemory(MemoryStore.layer, answering, test)

const count = (times: number) => Array.from({ length: times }, (_, index) => index)

/** Lets so many seconds pass, in steps that let what is woken get on. */
const pass = (seconds: number) => Effect.forEach(count(seconds * 4), () => TestClock.adjust(250), { discard: true })

const working = (times = 1) => Effect.forEach(count(times), () => Effect.forkChild(Worker.run(500)))

const stop = (workers: ReadonlyArray<Fiber.Fiber<never>>) => Effect.forEach(workers, Fiber.interrupt, { discard: true })

describe("a delivery", () => {
  it.effect("that fails for ever makes no other run again, and ends dead with its reason", () => {
    let failures = 0
    let successes = 0
    const after = [
      Reaction.after(ParcelWeighed, {
        name: "parcels.broken",
        retriesMs: [1000, 2000, 3000],
        react: () =>
          Effect.sync(() => failures++).pipe(Effect.andThen(Effect.fail(new Error("The scales are broken."))))
      }),
      Reaction.after(ParcelWeighed, { name: "parcels.sound", react: () => Effect.sync(() => successes++) })
    ]
    return play(
      { after },
      Effect.gen(function* () {
        const { create, weigh, deliveries } = yield* depot
        yield* weigh(yield* create)
        yield* Worker.drain
        assert.deepStrictEqual([failures, successes], [1, 1])
        for (const [seconds, failed] of [
          [0, 1],
          [1, 2],
          [1, 2],
          [1, 3],
          [3, 4],
          [3600, 4]
        ] as const) {
          yield* TestClock.adjust(seconds * 1000)
          yield* Worker.drain
          assert.strictEqual(failures, failed)
        }
        assert.strictEqual(successes, 1)
        const [dead, ...others] = yield* deliveries
        assert.deepStrictEqual(others, [])
        assert.deepInclude(dead, {
          state: "dead",
          reaction: "parcels.broken",
          attempts: 4,
          dueAt: null,
          leaseUntil: null
        })
        assert.include(dead!.lastError, "The scales are broken.")
      })
    )
  })

  it.effect("that takes too long fails, and is tried again", () => {
    let begun = 0
    const after = [
      Reaction.after(ParcelWeighed, {
        name: "parcels.slow",
        timeoutMs: 5000,
        react: () => Effect.suspend(() => (begun++ === 0 ? Effect.sleep("1 hour") : Effect.void))
      })
    ]
    return play(
      { after },
      Effect.gen(function* () {
        const { create, weigh, deliveries } = yield* depot
        yield* weigh(yield* create)
        const workers = yield* working()
        yield* pass(4)
        assert.deepInclude((yield* deliveries)[0], { attempts: 0 })
        yield* pass(2)
        assert.deepInclude((yield* deliveries)[0], { attempts: 1, state: "waiting" })
        yield* pass(2)
        assert.deepStrictEqual([begun, yield* deliveries], [2, []])
        yield* stop(workers)
      })
    )
  })

  it.effect("keeps its lease while it runs, so that no other worker begins it", () => {
    let begun = 0
    const after = [
      Reaction.after(ParcelWeighed, {
        name: "parcels.long",
        timeoutMs: 600_000,
        react: () => Effect.sync(() => begun++).pipe(Effect.andThen(Effect.sleep("5 minutes")))
      })
    ]
    return play(
      { after },
      Effect.gen(function* () {
        const { create, weigh, deliveries } = yield* depot
        yield* weigh(yield* create)
        const workers = yield* working(2)
        yield* pass(290)
        assert.strictEqual((yield* deliveries).length, 1)
        yield* pass(15)
        assert.deepStrictEqual([begun, yield* deliveries], [1, []])
        yield* stop(workers)
      })
    )
  })

  it.effect("that another has taken is left alone from then on", () => {
    let ended = 0
    const after = [
      Reaction.after(ParcelWeighed, {
        name: "parcels.long",
        timeoutMs: 600_000,
        react: () => Effect.sleep("1 minute").pipe(Effect.andThen(Effect.sync(() => ended++)))
      })
    ]
    return play(
      { after },
      Effect.gen(function* () {
        const { create, weigh, deliveries, organizationId } = yield* depot
        const { store } = yield* Kernel.Kernel
        yield* weigh(yield* create)
        const workers = yield* working()
        yield* pass(1)
        const [held] = yield* deliveries
        const leaseUntil = Instant.plusMs(yield* Instant.now, 600_000)
        const record = { ...held!, leaseUntil, version: held!.version + 1 }
        yield* store.commit({ organizationId }, [
          { kind: "update", entity: Delivery, record, expectedVersion: held!.version }
        ])
        yield* pass(100)
        assert.strictEqual(ended, 0)
        assert.deepStrictEqual(yield* deliveries, [record])
        yield* stop(workers)
      })
    )
  })

  it.effect("that a worker leaves when it stops is taken up by another at once", () => {
    let begun = 0
    const after = [
      Reaction.after(ParcelWeighed, {
        name: "parcels.long",
        react: () => Effect.sync(() => begun++).pipe(Effect.andThen(Effect.sleep("20 seconds")))
      })
    ]
    return play(
      { after },
      Effect.gen(function* () {
        const { create, weigh, deliveries } = yield* depot
        yield* weigh(yield* create)
        const first = yield* working()
        yield* pass(2)
        yield* stop(first)
        assert.deepInclude((yield* deliveries)[0], { leaseUntil: null, attempts: 0 })
        const second = yield* working()
        yield* pass(1)
        assert.strictEqual(begun, 2)
        yield* stop(second)
      })
    )
  })
})

describe("a worker", () => {
  const slow = (running: { now: number; most: number }) =>
    Reaction.after(ParcelMoved, {
      name: "parcels.slow",
      concurrency: 3,
      react: () =>
        Effect.suspend(() => {
          running.most = Math.max(running.most, ++running.now)
          return Effect.sleep("2 seconds")
        }).pipe(Effect.ensuring(Effect.sync(() => running.now--)))
    })

  it.effect("fires a timer within a second while a thousand slow reactions wait", () => {
    const running = { now: 0, most: 0 }
    const after = [slow(running)]
    return play(
      { after, timers: [Timer.runs(moveTimer, move)] },
      Effect.gen(function* () {
        const { create, move: moveParcel, moves, setTimer, deliveries } = yield* depot
        const parcel = yield* create
        for (const _ of count(1000)) yield* moveParcel(parcel)
        const workers = yield* working()
        yield* pass(4)
        const timed = yield* create
        yield* setTimer(timed, Instant.plusMs(yield* Instant.now, 2250))
        yield* pass(2)
        assert.strictEqual(yield* moves(timed), 0)
        yield* pass(1)
        assert.strictEqual(yield* moves(timed), 1)
        assert.strictEqual(running.most, 3)
        assert.isAbove((yield* deliveries).length, 900)
        yield* stop(workers)
      })
    )
  })

  it.effect("delivers to others while one reaction has a long way to go", () => {
    const running = { now: 0, most: 0 }
    const delivered: Array<number> = []
    const after = [
      slow(running),
      Reaction.after(ParcelWeighed, {
        name: "parcels.quick",
        react: () => Effect.map(Clock.currentTimeMillis, (ms) => void delivered.push(ms))
      })
    ]
    return play(
      { after },
      Effect.gen(function* () {
        const { create, move: moveParcel, weigh } = yield* depot
        const parcel = yield* create
        for (const _ of count(1500)) yield* moveParcel(parcel)
        const workers = yield* working()
        yield* pass(5)
        for (const round of count(5)) {
          const since = yield* Clock.currentTimeMillis
          yield* weigh(parcel)
          yield* pass(2)
          assert.strictEqual(delivered.length, round + 1)
          assert.isAtMost(delivered.at(-1)! - since, 1000)
        }
        yield* stop(workers)
      })
    )
  })
})
