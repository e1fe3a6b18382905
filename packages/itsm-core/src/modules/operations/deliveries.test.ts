import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Itsm from "../../itsm.ts"
import { Actor, Delivery, Instant, Kernel, Worker } from "../../kernel/index.ts"
import * as Factory from "../../testing/factories.ts"
import { scenario } from "../../testing/scenario.ts"
import { Deliveries } from "./index.ts"

const world = Itsm.layer.pipe(Layer.provideMerge(MemoryStore.layer))

const begin = (patch: Parameters<typeof Factory.delivery>[1]) =>
  Effect.gen(function* () {
    const { organization, admin } = yield* scenario("acme")
    const { store } = yield* Kernel.Kernel
    // nobody listens to this event: what becomes of its delivery is the operator's doing alone
    const delivery = Factory.delivery(organization.id, { reaction: "incidents.nothing", ...patch })
    yield* store.commit({ organizationId: organization.id }, [
      { kind: "insert", entity: Delivery.Delivery, record: delivery }
    ])
    return { id: delivery.id, admin, deliveries: yield* Deliveries }
  })

describe("a delivery in the list of the operator", () => {
  it.effect("that is dead is tried again with all of its attempts, and says nothing of what the event said", () =>
    Effect.gen(function* () {
      const { id, admin, deliveries } = yield* begin({
        state: "dead",
        dueAt: null,
        attempts: 12,
        eventData: { to: "ann" }
      })
      yield* Effect.gen(function* () {
        const retried = yield* deliveries.retry(id)
        assert.deepInclude(retried, { state: "waiting", dueAt: yield* Instant.now, attempts: 0 })
        assert.notProperty(retried, "eventData")
        yield* Worker.drain
        const again = yield* deliveries.get(id)
        assert.deepInclude(again, { state: "dead", attempts: 1 })
        assert.include(again.lastError, "There is no reaction")
      }).pipe(Actor.provide(admin))
    }).pipe(Effect.provide(world))
  )

  it.effect("that is dropped is delivered no more, stays dropped, and is gone after 30 days", () =>
    Effect.gen(function* () {
      const { id, admin, deliveries } = yield* begin({ state: "waiting" })
      yield* Effect.gen(function* () {
        assert.deepInclude(yield* deliveries.drop(id), { state: "dropped", dueAt: null })
        yield* TestClock.adjust("29 days")
        yield* Worker.drain
        assert.strictEqual((yield* Effect.flip(deliveries.retry(id)))._tag, "StateConflict")
        yield* Worker.tidy
        assert.deepInclude(yield* deliveries.get(id), { state: "dropped", attempts: 0 })
        yield* TestClock.adjust("2 days")
        yield* Worker.tidy
        assert.strictEqual((yield* Effect.flip(deliveries.get(id)))._tag, "NotFound")
      }).pipe(Actor.provide(admin))
    }).pipe(Effect.provide(world))
  )

  it.effect("that is under way is left alone", () =>
    Effect.gen(function* () {
      const { id, admin, deliveries } = yield* begin({ leaseUntil: Instant.fromEpochMs(30_000) })
      yield* Effect.gen(function* () {
        for (const attempt of [deliveries.retry(id), deliveries.drop(id)])
          assert.deepInclude(yield* Effect.flip(attempt), { _tag: "GuardFailed", guard: "isNotUnderWay" })
      }).pipe(Actor.provide(admin))
    }).pipe(Effect.provide(world))
  )
})
