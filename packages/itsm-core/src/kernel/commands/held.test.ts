import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect } from "effect"
import * as Factory from "../../testing/factories.ts"
import { depot, inMemory } from "../../testing/parcels.ts"
import { Delivery, Held, Instant, Kernel, type Store } from "../index.ts"

const held = Effect.gen(function* () {
  const { organizationId } = yield* depot
  const { store } = yield* Kernel.Kernel
  const record = Factory.delivery(organizationId, { leaseUntil: Instant.fromEpochMs(30_000) })
  yield* store.commit({ organizationId }, [{ kind: "insert", entity: Delivery.Delivery, record }])
  const work = new Held.Held(Delivery.Delivery, record)
  /** A write of the record as its holder makes it, or somebody else. */
  const renewed = Effect.gen(function* () {
    const { current } = work
    const written = { ...current, version: current.version + 1 }
    yield* store.commit({ organizationId }, [
      { kind: "update", entity: Delivery.Delivery, record: written, expectedVersion: current.version }
    ])
    return written
  }).pipe(Effect.orDie)
  return { store, work, renewed }
})

const play = <A, E>(test: Effect.Effect<A, E, Kernel.Kernel>) => inMemory(MemoryStore.layer, {}, test)

describe("held work", () => {
  it.effect("is its holder's, also where the holder renews the lease while the store is asked", () =>
    play(
      Effect.gen(function* () {
        const { store, work, renewed } = yield* held
        let asked = 0
        const slow: Store.StoreShape = {
          ...store,
          get: (reach, entity, id) =>
            Effect.tap(store.get(reach, entity, id), () =>
              asked++ > 0
                ? Effect.void
                : Effect.gen(function* () {
                    work.begin()
                    work.end(yield* renewed)
                  })
            )
        }
        assert.isFalse(yield* Held.isElsewhere(slow, work))
        assert.strictEqual(asked, 2)
      })
    )
  )

  it.effect("is elsewhere once somebody else has written it", () =>
    play(
      Effect.gen(function* () {
        const { store, work, renewed } = yield* held
        assert.isFalse(yield* Held.isElsewhere(store, work))
        yield* renewed
        assert.isTrue(yield* Held.isElsewhere(store, work))
      })
    )
  )
})
