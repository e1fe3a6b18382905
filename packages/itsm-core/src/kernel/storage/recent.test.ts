import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Recent from "./recent.ts"
import type { Touched } from "./store.ts"

/** A memory of a store whose watch is as far behind as the test says; `undefined` for a store that cannot tell. */
const situation = Effect.fnUntraced(function* (behindMs: number | undefined) {
  const state = { behindMs: behindMs ?? 0, told: (_: Touched | "everywhere"): void => undefined }
  const recent = yield* Recent.make(
    behindMs === undefined
      ? {}
      : {
          watch: (told) =>
            Effect.sync(() => {
              state.told = told
              return { behindMs: () => state.behindMs }
            })
        }
  )
  let reads = 0
  const read = Effect.sync(() => ++reads)
  return { state, recent, read }
})

const everything = (organizationId: string): Touched => ({ organizationId, about: "everything" })

describe("what is remembered", () => {
  it.effect("lasts while the store tells of changes, and 0.8 s where it is not heard", () =>
    Effect.gen(function* () {
      const { state, recent, read } = yield* situation(0)
      const value = recent.get("acme", "key", read)
      assert.strictEqual(yield* value, 1)
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual(yield* value, 1)
      state.behindMs = Recent.recentMs
      assert.strictEqual(yield* value, 2)
      yield* TestClock.adjust("799 millis")
      assert.strictEqual(yield* value, 2)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* value, 3)
      state.behindMs = Recent.recentMs - 1
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual(yield* value, 3)
      yield* TestClock.adjust("1 minutes")
      assert.strictEqual(yield* value, 4)
    })
  )

  it.effect("lasts 0.8 s for a store that cannot tell, counted from the beginning of the reading", () =>
    Effect.gen(function* () {
      const { recent, read } = yield* situation(undefined)
      const value = recent.get("acme", "key", Effect.delay(read, "500 millis"))
      const first = yield* Effect.forkChild(value)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(first), 1)
      yield* TestClock.adjust("299 millis")
      assert.strictEqual(yield* value, 1)
      yield* TestClock.adjust("1 millis")
      const second = yield* Effect.forkChild(value)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(second), 2)
    })
  )

  it.effect("ends at the moment at which it changes of itself, and not after", () =>
    Effect.gen(function* () {
      const { recent, read } = yield* situation(0)
      const value = recent.get("acme", "key", read, { endsAt: () => 60_000 })
      assert.strictEqual(yield* value, 1)
      yield* TestClock.adjust("59999 millis")
      assert.strictEqual(yield* value, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* value, 2)
    })
  )

  it.effect("is forgotten of one record, of one organization, or everywhere, as the store tells", () =>
    Effect.gen(function* () {
      const { state, recent, read } = yield* situation(0)
      const of = (organization: string, about?: string) =>
        recent.get(organization, "key", read, about === undefined ? {} : { about })
      const all = Effect.all([of("acme"), of("acme", "ann"), of("acme", "bob"), of("globex", "ann")])
      assert.deepStrictEqual(yield* all, [1, 2, 3, 4])
      state.told({ organizationId: "acme", about: ["ann", "nobody"] })
      assert.deepStrictEqual(yield* all, [1, 5, 3, 4])
      state.told(everything("acme"))
      assert.deepStrictEqual(yield* all, [6, 7, 8, 4])
      state.told("everywhere")
      assert.deepStrictEqual(yield* all, [9, 10, 11, 12])
    })
  )

  it.effect("is read once for all who ask at once, and never a failure", () =>
    Effect.gen(function* () {
      const { recent, read } = yield* situation(0)
      const gate = yield* Deferred.make<void>()
      const fails = Effect.andThen(Deferred.await(gate), Effect.andThen(read, Effect.fail("no")))
      const asked = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 50 }, () => Effect.flip(recent.get("acme", "key", fails))),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.yieldNow
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(new Set(yield* Fiber.join(asked)), new Set(["no"]))
      assert.strictEqual(yield* recent.get("acme", "key", read), 2)
    })
  )

  it.effect("is never what was read before a change and arrived after it", () =>
    Effect.gen(function* () {
      const { state, recent, read } = yield* situation(0)
      const gate = yield* Deferred.make<void>()
      const slow = Effect.flatMap(read, (value) => Effect.as(Deferred.await(gate), value))
      for (const touched of [everything("acme"), { organizationId: "acme", about: ["ann"] }, "everywhere"] as const) {
        const early = yield* Effect.forkChild(recent.get("acme", "key", slow, { about: "ann" }))
        yield* Effect.yieldNow
        state.told(touched)
        // asked after the change: neither waits for the early reading nor gets what it read
        const late = yield* recent.get("acme", "key", read, { about: "ann" })
        yield* Deferred.succeed(gate, undefined)
        assert.isBelow(yield* Fiber.join(early), late)
        assert.strictEqual(yield* recent.get("acme", "key", read, { about: "ann" }), late)
        state.told("everywhere")
      }
    })
  )

  it.effect("is read by another where the one who reads is interrupted", () =>
    Effect.gen(function* () {
      const { recent, read } = yield* situation(0)
      const first = yield* Effect.forkChild(recent.get("acme", "key", Effect.never))
      yield* Effect.yieldNow
      const others = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 5 }, () => recent.get("acme", "key", read)),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.yieldNow
      yield* Fiber.interrupt(first)
      assert.deepStrictEqual(yield* Fiber.join(others), [1, 1, 1, 1, 1])
    })
  )

  it.effect("is not waited for longer than it may be old", () =>
    Effect.gen(function* () {
      const { recent, read } = yield* situation(0)
      const stuck = yield* Effect.forkChild(recent.get("acme", "key", Effect.never))
      yield* TestClock.adjust(Recent.recentMs)
      assert.strictEqual(yield* recent.get("acme", "key", read), 1)
      yield* Fiber.interrupt(stuck)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(stuck)))
      assert.strictEqual(yield* recent.get("acme", "key", read), 1)
    })
  )

  it.effect("is bounded: of many records those stay that are used", () =>
    Effect.gen(function* () {
      const { recent, read } = yield* situation(0)
      const used = recent.get("acme", "key", read, { about: "used" })
      const before = yield* used
      for (let i = 0; i < 100_000; i++) {
        yield* recent.get(`organization ${i % 7}`, "key", Effect.succeed(i), { about: String(i) })
        if (i % 1000 === 0) yield* used
      }
      assert.strictEqual(yield* used, before)
      assert.strictEqual(yield* recent.get("organization 0", "key", Effect.succeed(-1), { about: "0" }), -1)
      const last = 99_999
      assert.strictEqual(
        yield* recent.get(`organization ${last % 7}`, "key", Effect.succeed(-1), { about: String(last) }),
        last
      )
    })
  )
})
