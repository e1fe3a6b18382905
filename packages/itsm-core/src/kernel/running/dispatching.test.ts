import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import type { AnyRecord } from "../model/entity.ts"
import { depot, inMemory, ParcelWeighed } from "../../testing/parcels.ts"
import { Event, Reaction, Store, Worker } from "../index.ts"

/** A store on which somebody else gets hold of the first event of each claim before its claimant goes on. */
const contended = Layer.effect(
  Store.Store,
  Effect.map(Store.Store, (store) =>
    Store.Store.of({
      ...store,
      claim: (entity, where, now, leaseUntil, limit) =>
        Effect.tap(store.claim(entity, where, now, leaseUntil, limit), ([first]) => {
          if (entity.name !== Event.OutboxEvent.name || first === undefined) return Effect.void
          const record: AnyRecord = first
          return Effect.orDie(
            store.commit({ organizationId: record.organizationId }, [
              {
                kind: "update",
                entity,
                record: { ...record, version: record.version + 1 },
                expectedVersion: record.version
              }
            ])
          )
        })
    })
  )
).pipe(Layer.provide(MemoryStore.layer))

describe("events that are dispatched together", () => {
  it.effect("do not wait for one among them that is in other hands", () => {
    let told = 0
    const after = [Reaction.after(ParcelWeighed, { name: "parcels.tell", react: () => Effect.sync(() => void told++) })]
    return inMemory(
      contended,
      { after },
      Effect.gen(function* () {
        const { create, weigh, events } = yield* depot
        const parcel = yield* create
        for (const _ of Array.from({ length: 5 })) yield* weigh(parcel)
        yield* Worker.drain
        assert.strictEqual(told, 4)
        assert.lengthOf(
          (yield* events).filter(({ processedAt }) => processedAt === null),
          1
        )
      })
    )
  })
})
