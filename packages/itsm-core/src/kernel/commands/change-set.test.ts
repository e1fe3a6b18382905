import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Option, Result } from "effect"
import { all, Garage, invoke, opened, parked, play, reach, read, Van, VanBooked } from "../../testing/garage.ts"
import { Change, type Condition, type Errors, Reaction, Store } from "../index.ts"

describe("an inside reaction", () => {
  it.effect("meets another one at a third record: both patches are in its one update", () =>
    Effect.gen(function* () {
      let place: Garage | undefined
      const patch = (name: string, fields: (g: Garage) => object) =>
        Reaction.inside(VanBooked, {
          name,
          decide: () => ({ also: [Change.update(Garage, place!, fields(place!))] })
        })
      const reactions = [
        patch("garage.seats", (g) => ({ ...g, seats: 7 })),
        patch("garage.last", () => ({ last: "red" }))
      ]
      yield* play(
        MemoryStore.layer,
        reactions
      )(
        Effect.gen(function* () {
          place = yield* parked
          yield* invoke("van.book", yield* opened, { by: "Ada" })
          assert.deepInclude(yield* read(Garage, place.id), { seats: 7, last: "red", version: 2 })
        })
      )
    })
  )

  it.effect("counts what others count too, and refuses the whole command where the condition fails", () =>
    Effect.gen(function* () {
      let place: Garage | undefined
      const seat = Reaction.inside(VanBooked, {
        name: "garage.seat",
        decide: () => ({
          also: [
            Change.add(
              Garage,
              place!.id,
              "seats",
              1,
              { field: "seats", op: "lt", value: 2 },
              { guard: "seatLeft", reason: "All seats are taken." }
            )
          ]
        })
      })
      const visit = Reaction.inside(VanBooked, {
        name: "garage.visit",
        decide: () => ({ also: [Change.add(Garage, place!.id, "visits", 1)] })
      })
      yield* play(MemoryStore.layer, [seat, visit])(
        Effect.gen(function* () {
          place = yield* parked
          const vans = yield* Effect.all(Array.from({ length: 40 }, () => opened))
          const booked = yield* Effect.all(
            vans.map((id) => Effect.result(invoke("van.book", id, { by: "Ada" }))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(booked.filter(Result.isSuccess).length, 2)
          for (const { failure } of booked.filter(Result.isFailure))
            assert.deepInclude(failure as Errors.GuardFailed, { _tag: "GuardFailed", guard: "seatLeft" })
          assert.deepInclude(yield* read(Garage, place.id), { seats: 2, visits: 2 })
          const states = (yield* all(Van)).filter(({ state }) => state === "booked")
          assert.strictEqual(states.length, 2)
        })
      )
    })
  )

  it.effect("counts a record that is changed as well by its version", () =>
    Effect.gen(function* () {
      let place: Garage | undefined
      const both = Reaction.inside(VanBooked, {
        name: "garage.both",
        decide: () => ({
          also: [
            Change.update(Garage, place!, { last: "red" }),
            Change.add(Garage, place!.id, "visits", 2),
            Change.add(Garage, place!.id, "visits", 3)
          ]
        })
      })
      yield* play(MemoryStore.layer, [both])(
        Effect.gen(function* () {
          place = yield* parked
          yield* invoke("van.book", yield* opened, { by: "Ada" })
          assert.deepInclude(yield* read(Garage, place.id), { last: "red", visits: 5, version: 2 })
        })
      )
    })
  )

  it.effect("is refused a count whose condition fails for a record that is changed as well", () =>
    Effect.gen(function* () {
      let place: Garage | undefined
      const none: Condition.Condition = { field: "visits", op: "gt", value: 0 }
      const both = Reaction.inside(VanBooked, {
        name: "garage.both",
        decide: () => ({
          also: [
            Change.update(Garage, place!, { last: "red" }),
            Change.add(Garage, place!.id, "visits", -1, none, { guard: "visitLeft", reason: "Nobody has come." })
          ]
        })
      })
      yield* play(MemoryStore.layer, [both])(
        Effect.gen(function* () {
          place = yield* parked
          const error = yield* Effect.flip(invoke("van.book", yield* opened, { by: "Ada" }))
          assert.deepInclude(error as Errors.GuardFailed, { _tag: "GuardFailed", guard: "visitLeft" })
          assert.deepInclude(yield* read(Garage, place.id), { last: null, visits: 0, version: 1 })
        })
      )
    })
  )

  it.effect("reads again where another one has seen a later version of the same record", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      let place: Garage | undefined
      const late = Reaction.inside(VanBooked, {
        name: "garage.late",
        // the first time it has the garage as it was before somebody else came
        gather: (_, from) =>
          seen.length > 0 ? Effect.map(from.get(Garage, place!.id), Option.getOrThrow) : Effect.succeed(place!),
        decide: (_, found) => {
          seen.push(found.version)
          return { also: [Change.update(Garage, found, { seats: found.seats + 1 })] }
        }
      })
      const current = Reaction.inside(VanBooked, {
        name: "garage.current",
        gather: (_, from) => Effect.map(from.get(Garage, place!.id), Option.getOrThrow),
        decide: (_, found) => ({ also: [Change.update(Garage, found, { last: "red" })] })
      })
      yield* play(MemoryStore.layer, [late, current])(
        Effect.gen(function* () {
          place = yield* parked
          const store = yield* Store.Store
          const id = yield* opened
          const record = { ...place, version: 2, seats: 5 }
          yield* store.commit(yield* reach, [{ kind: "update", entity: Garage, record, expectedVersion: 1 }])
          yield* invoke("van.book", id, { by: "Ada" })
          assert.deepStrictEqual(seen, [1, 2])
          assert.deepInclude(yield* read(Garage, place.id), { seats: 6, last: "red", version: 3 })
        })
      )
    })
  )
})
