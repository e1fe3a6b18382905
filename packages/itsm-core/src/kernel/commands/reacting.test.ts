import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect } from "effect"
import { invoke, opened, play, read, Van, VanBooked, VanCreated, VanRated } from "../../testing/garage.ts"
import { type Errors, Reaction } from "../index.ts"

describe("an inside reaction", () => {
  it.effect("knows a new record as it will be stored, and may change it in the same commit", () => {
    const seen: Array<unknown> = []
    const rate = Reaction.inside(VanCreated, {
      name: "rating.first",
      decide: ({ before, after }) => {
        seen.push(before, after.name)
        return { change: { rating: after.name.length } }
      }
    })
    return play(MemoryStore.layer, [rate])(
      Effect.gen(function* () {
        const van = yield* read(Van, yield* opened)
        assert.deepStrictEqual(seen, [undefined, "Red"])
        assert.deepInclude(van, { rating: 3, version: 1 })
      })
    )
  })

  it.effect("knows a changed record before and after, and joins its one update", () => {
    const seen: Array<unknown> = []
    const count = Reaction.inside(VanBooked, {
      name: "counting.bookings",
      gather: ({ data }) => Effect.succeed(data.by.length),
      decide: ({ before, after }, length) => {
        seen.push(before?.bookings, after.bookings, length)
        return { change: { bookings: after.bookings + 1 } }
      }
    })
    const remark = Reaction.inside(VanBooked, {
      name: "remarks.last",
      decide: ({ data }) => ({ change: { remark: data.by } })
    })
    return play(MemoryStore.layer, [count, remark])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.book", id, { by: "Ada" })
        assert.deepStrictEqual(seen, [0, 0, 3])
        assert.deepInclude(yield* read(Van, id), { state: "booked", bookings: 1, remark: "Ada", version: 2 })
      })
    )
  })

  it.effect("that changes nothing leaves the record at its version", () =>
    play(MemoryStore.layer, [
      Reaction.inside(VanRated, { name: "rating.none", decide: () => ({ change: { rating: null } }) })
    ])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.inspect", id)
        assert.strictEqual((yield* read(Van, id)).version, 1)
      })
    )
  )

  it.effect("is named with the other one where the two want different values, and nothing is stored", () => {
    const reaction = (name: string, remark: string) =>
      Reaction.inside(VanBooked, { name, decide: () => ({ change: { remark } }) })
    return play(MemoryStore.layer, [reaction("first.remark", "a"), reaction("second.remark", "b")])(
      Effect.gen(function* () {
        const id = yield* opened
        const error = yield* Effect.flip(invoke("van.book", id, { by: "Ada" }))
        assert.deepInclude(error as Errors.ChangesDisagree, {
          _tag: "ChangesDisagree",
          entity: "Van",
          field: "remark",
          between: ["first.remark", "second.remark"]
        })
        assert.include(error.message, "first.remark")
        assert.deepInclude(yield* read(Van, id), { state: "free", version: 1 })
      })
    )
  })

  it.effect("may want the value that another one wants", () => {
    const reaction = (name: string) =>
      Reaction.inside(VanBooked, { name, decide: () => ({ change: { remark: "same" } }) })
    return play(MemoryStore.layer, [reaction("first.remark"), reaction("second.remark")])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.book", id, { by: "Ada" })
        assert.strictEqual((yield* read(Van, id)).remark, "same")
      })
    )
  })

  it.effect("gathers side by side with the others of its round", () => {
    let waiting = 0
    let most = 0
    const slow = (name: string) =>
      Reaction.inside(VanBooked, {
        name,
        gather: () =>
          Effect.gen(function* () {
            most = Math.max(most, ++waiting)
            yield* Effect.yieldNow
            waiting--
          }),
        decide: () => ({})
      })
    return play(
      MemoryStore.layer,
      ["one.slow", "two.slow", "three.slow"].map(slow)
    )(
      Effect.gen(function* () {
        yield* invoke("van.book", yield* opened, { by: "Ada" })
        assert.strictEqual(most, 3)
      })
    )
  })
})
