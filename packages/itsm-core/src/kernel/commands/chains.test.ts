import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect } from "effect"
import { all, invoke, opened, play, read, Van, VanBooked, VanCounted, VanRated, VanView } from "../../testing/garage.ts"
import { Cause, Change, type Entity, type Errors, Event, Reaction, Timer } from "../index.ts"

describe("an inside reaction", () => {
  it.effect("raises events, which are reacted to in turn and know what led to them", () => {
    const rate = Reaction.inside(VanBooked, {
      name: "rating.raise",
      decide: (facts) => ({ change: { rating: 1 }, events: [VanRated.make(facts.after)] })
    })
    const seen: Array<unknown> = []
    const follow = Reaction.inside(VanRated, {
      name: "rating.follow",
      decide: ({ after }) => {
        seen.push(after.rating)
        return { timers: [{ kind: "van.check", ref: after.id, at: "2027-01-01T00:00:00.000Z" as never }] }
      }
    })
    return play(MemoryStore.layer, [rate, follow])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.book", id, { by: "Ada" })
        const events = (yield* all(Event.OutboxEvent)).filter(({ type }) => type !== "van.created.v1")
        const [booked, rated] = events.toSorted((a, b) => a.depth - b.depth)
        assert.deepInclude(booked, { type: "van.booked.v1", depth: 0, causationId: null })
        assert.deepInclude(rated, { type: "van.rated.v1", depth: 1, causationId: booked!.id })
        assert.strictEqual(rated!.correlationId, booked!.correlationId)
        assert.deepStrictEqual(seen, [1])
        assert.strictEqual((yield* all(Timer.Timer)).length, 1)
      })
    )
  })

  it.effect("that would go on for ever ends at depth 10, and nothing of it is stored", () => {
    let rounds = 0
    const forever = Reaction.inside(VanRated, {
      name: "rating.forever",
      decide: ({ after }) => {
        rounds++
        return { events: [VanRated.make(after)] }
      }
    })
    return play(MemoryStore.layer, [forever])(
      Effect.gen(function* () {
        const id = yield* opened
        const before = (yield* all(Event.OutboxEvent)).length
        const error = yield* Effect.flip(invoke("van.inspect", id))
        assert.deepInclude(error as Errors.DepthExceeded, { _tag: "DepthExceeded", event: "van.rated.v1", depth: 11 })
        assert.include(error.message, "automation.depth_exceeded")
        assert.strictEqual(rounds, 11)
        assert.strictEqual((yield* all(Event.OutboxEvent)).length, before)
      })
    )
  })

  it.effect("goes on from the depth of what its command answers", () =>
    play(
      MemoryStore.layer,
      []
    )(
      Effect.gen(function* () {
        const id = yield* opened
        const cause = { causationId: id, correlationId: "chain", depth: 10, onBehalfOfId: null }
        yield* invoke("van.inspect", id).pipe(Effect.provideService(Cause.CurrentCause, cause))
        const told = (yield* all(Event.OutboxEvent)).find(({ type }) => type === "van.rated.v1")
        assert.deepInclude(told, { depth: 10, causationId: id, correlationId: "chain" })
        const deeper = { ...cause, depth: 11 }
        const error = yield* Effect.flip(
          invoke("van.inspect", id).pipe(Effect.provideService(Cause.CurrentCause, deeper))
        )
        assert.strictEqual(error._tag, "DepthExceeded")
      })
    )
  )
})

describe("an event", () => {
  it.effect("about another record than the command's stands under that record, with its version", () =>
    Effect.gen(function* () {
      let other: Entity.RecordOf<typeof Van> | undefined
      const spread = Reaction.inside(VanBooked, {
        name: "spreading.count",
        decide: ({ data }) =>
          data.by === "Ada" && other !== undefined
            ? {
                also: [Change.update(Van, other, { bookings: 9 })],
                events: [VanCounted.make(other, { left: 1 })]
              }
            : {}
      })
      yield* play(MemoryStore.layer, [spread])(
        Effect.gen(function* () {
          const id = yield* opened
          other = yield* read(Van, yield* opened)
          yield* invoke("van.book", id, { by: "Ada" })
          const told = (yield* all(Event.OutboxEvent)).find(({ type }) => type === "van.counted.v1")
          assert.deepInclude(told, { aggregateId: other.id, aggregateVersion: 2, aggregateType: "van" })
        })
      )
    })
  )

  it.effect("that no module publishes is a defect, and nothing is stored", () =>
    Effect.gen(function* () {
      const Unknown = Event.define(VanView, "unknown")
      const stray = Reaction.inside(VanBooked, {
        name: "stray.raise",
        decide: ({ after }) => ({ events: [Unknown.make(after)] })
      })
      yield* play(MemoryStore.layer, [stray])(
        Effect.gen(function* () {
          const id = yield* opened
          const exit = yield* Effect.exit(invoke("van.book", id, { by: "Ada" }))
          assert.include(String(exit), "van.unknown.v1")
          assert.strictEqual((yield* read(Van, id)).version, 1)
        })
      )
    })
  )
})
