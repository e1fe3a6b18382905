import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Organization } from "@itsm/core/identity"
import { Event, Instant, Store, Timer } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Effect, Option } from "effect"

const organization = Factories.organization()
const reach = { organizationId: organization.id }
const founded = Effect.gen(function* () {
  const store = yield* Store.Store
  yield* store.commit(reach, [{ kind: "insert", entity: Organization, record: organization }])
  return store
})

describe("the store in memory", () => {
  it.effect("is empty each time it is made", () =>
    Effect.gen(function* () {
      yield* Effect.provide(founded, MemoryStore.layer)
      yield* Effect.provide(founded, MemoryStore.layer)
    })
  )

  it.effect("gives out records that nobody can change, and leaves the caller's own as it was", () =>
    Effect.gen(function* () {
      const store = yield* founded
      const event = { ...Factories.outboxEvent(organization.id, { data: { list: [{ a: 1 }] } }) }
      yield* store.commit(reach, [{ kind: "insert", entity: Event.OutboxEvent, record: event }])
      const found = Option.getOrThrow(yield* store.get(reach, Event.OutboxEvent, event.id))
      const data = found.data as { readonly list: ReadonlyArray<object> }
      for (const part of [found, data, data.list, data.list[0]]) assert.isFrozen(part)
      assert.isNotFrozen(event.data)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("dies where a record lacks a value that it must have", () =>
    Effect.gen(function* () {
      const store = yield* founded
      const record = { ...Factories.timer(organization.id), kind: null as never }
      const exit = yield* Effect.exit(store.commit(reach, [{ kind: "insert", entity: Timer.Timer, record }]))
      assert.strictEqual(exit._tag, "Failure")
      assert.strictEqual(yield* store.count(reach, Timer.Timer, { all: [] }, 1), 0)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("does not keep in its queue what was replaced again and again", () =>
    Effect.gen(function* () {
      const store = yield* founded
      const later = Instant.plusMs(Factories.epoch, 1000)
      const claim = store.claim(Timer.Timer, { all: [] }, Factories.epoch, later, 10)
      assert.deepStrictEqual(yield* claim, [])
      for (let round = 0; round < 1000; round++) {
        const record = Factories.timer(organization.id, {
          key: "moving",
          attempts: round,
          dueAt: round < 999 ? later : Factories.epoch
        })
        yield* store.commit(reach, [{ kind: "put", entity: Timer.Timer, record }])
      }
      assert.deepStrictEqual(
        (yield* claim).map(({ attempts }) => attempts),
        [999]
      )
      assert.deepStrictEqual(yield* claim, [])
    }).pipe(Effect.provide(MemoryStore.layer))
  )
})
