// What the benchmark of deliveries works on: parcels, and reactions that do nothing, or wait.
import { SqlClient } from "effect/sql"
import { ApplicationRole, Migrate, PgStore, SchemaSql } from "@itsm/adapter-pg"
import { Organization } from "@itsm/core/identity"
import { Event, Kernel, Reaction, type Store, Timer } from "@itsm/core/kernel"
import { Effect, Layer, Redacted } from "effect"
import {
  move,
  moveTimer,
  Parcel,
  parcelKernel,
  ParcelMoved,
  ParcelWeighed
} from "../../itsm-core/src/testing/parcels.ts"
import * as Factory from "../../itsm-core/src/testing/factories.ts"

const slowMs = 2000

/** A weighed parcel is of interest to one who has nothing to do, a moved one to one who takes two seconds. */
export const answering = {
  after: [
    Reaction.after(ParcelWeighed, { name: "parcels.nothing", concurrency: 64, react: () => Effect.void }),
    Reaction.after(ParcelMoved, { name: "parcels.slow", react: () => Effect.sleep(slowMs) })
  ],
  timers: [Timer.runs(moveTimer, move)]
}

/** The kernel with these reactions, on a store. */
export const kernelOn = (store: Layer.Layer<Store.Store, unknown>, reactions: Parameters<typeof parcelKernel>[0]) =>
  Layer.provide(parcelKernel(reactions), store)

export const storeAt = (url: string) => PgStore.layerFromUrl({ url: Redacted.make(url), maxConnections: 8 })

/** The tables, parcels among them. */
export const prepared = Effect.gen(function* () {
  yield* Migrate.run()
  const sql = yield* SqlClient.SqlClient
  for (const text of SchemaSql.createAll([Parcel], [Organization])) yield* sql.unsafe(text).unprepared
  yield* sql`SELECT itsm_protect('parcels')::text`
  yield* ApplicationRole.ensure
})

/** Organizations with one event after another, of this type, that waits to be dispatched. */
export const fill = Effect.fnUntraced(function* (type: string, organizations: number, each: number) {
  const { store } = yield* Kernel.Kernel
  for (let made = 0; made < organizations; made++) {
    const organization = Factory.organization()
    const reach = { organizationId: organization.id }
    yield* store.commit(reach, [{ kind: "insert", entity: Organization, record: organization }])
    for (let left = each; left > 0; left -= 500) {
      const events = Array.from({ length: Math.min(left, 500) }, () =>
        Factory.outboxEvent(organization.id, { type, aggregateType: "parcel", data: {} })
      )
      yield* store.commit(
        reach,
        events.map((record) => ({ kind: "insert", entity: Event.OutboxEvent, record }))
      )
    }
  }
})
