import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect } from "effect"
import { all, Garage, invoke, opened, parked, play, VanBooked } from "../../testing/garage.ts"
import { Audit, Cause, Change, Event, type Id, Reaction } from "../index.ts"

describe("an audit entry", () => {
  it.effect("names every record that its command changed, with what changed in each", () =>
    Effect.gen(function* () {
      let place: Garage | undefined
      const touch = Reaction.inside(VanBooked, {
        name: "garage.touch",
        decide: () => ({ also: [Change.update(Garage, place!, { last: "red" })] })
      })
      yield* play(MemoryStore.layer, [touch])(
        Effect.gen(function* () {
          place = yield* parked
          const id = yield* opened
          yield* invoke("van.book", id, { by: "Ada" })
          const entry = (yield* all(Audit.AuditLog)).find(({ action }) => action === "van.book")!
          assert.deepInclude(entry, { entityId: id, reason: "Ada" })
          assert.deepStrictEqual(entry.subjects, [id, place.id])
          assert.deepStrictEqual(entry.changes, [
            { field: "state", old: "free", new: "booked" },
            { entityType: "garage", entityId: place.id, field: "last", old: null, new: "red" }
          ])
        })
      )
    })
  )

  it.effect("says for whom the platform acted, and what it answered", () =>
    play(
      MemoryStore.layer,
      []
    )(
      Effect.gen(function* () {
        const id = yield* opened
        const onBehalfOfId = id as string as Id.Id<"User">
        const cause = { causationId: id, correlationId: null, depth: 1, onBehalfOfId }
        yield* invoke("van.inspect", id).pipe(Effect.provideService(Cause.CurrentCause, cause))
        const entry = (yield* all(Audit.AuditLog)).find(({ action }) => action === "van.inspect")
        assert.deepInclude(entry, { causationId: id, onBehalfOfId })
        const told = (yield* all(Event.OutboxEvent)).find(({ type }) => type === "van.rated.v1")
        assert.deepInclude(told, { onBehalfOfId })
      })
    )
  )
})
