import { assert, layer } from "@effect/vitest"
import { ApplicationRole, Migrate, PgStore, SchemaSql } from "@itsm/adapter-pg"
import { Condition, Delivery, Event, Instant, Reaction, Store, Timer } from "@itsm/core/kernel"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import {
  depot,
  move,
  moveTimer,
  Parcel,
  parcelKernel,
  ParcelMoved,
  ParcelWeighed
} from "../../itsm-core/src/testing/parcels.ts"
import { Organization } from "@itsm/core/identity"
import { freshDatabase } from "./database.ts"

const parcels = 100
const weighings = 10
const kills = 5

const parcelTable = SqlClient.SqlClient.use((sql) =>
  Effect.gen(function* () {
    for (const text of SchemaSql.createAll([Parcel], [Organization])) yield* sql.unsafe(text).unprepared
  })
)

/** Events wait for these reactions, which run in other processes. */
const elsewhere = [
  Reaction.after(ParcelWeighed, { name: "parcels.move", react: () => Effect.void }),
  Reaction.after(ParcelMoved, { name: "parcels.follow", react: () => Effect.void })
]

const startWorker = (url: string) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "worker-process.ts")], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"]
  })
  const ended = once(child, "close")
  const ready = once(child.stdout, "data")
  return { ready, kill: () => (child.kill("SIGKILL"), ended) }
}

const wait = (ms: number) => Effect.promise(() => new Promise((resolve) => setTimeout(resolve, ms)))

layer(Layer.empty, { excludeTestServices: true })("two workers that are killed amid thousands of deliveries", (it) => {
  it.effect(
    "have each effect once, lose none, and keep the order that is asked for",
    () =>
      Effect.gen(function* () {
        const url = yield* freshDatabase
        const store = yield* Layer.build(PgStore.layerFromUrl({ url, statementTimeout: "1 minute" }))
        yield* Effect.provideContext(
          Effect.andThen(Effect.andThen(Migrate.run(), parcelTable), ApplicationRole.ensure),
          store
        )
        const kernel = parcelKernel({ after: elsewhere, timers: [Timer.runs(moveTimer, move)] })
        const { organizationId, ids } = yield* Effect.gen(function* () {
          const { create, weigh, setTimer, organizationId: id } = yield* depot
          const made = yield* Effect.forEach(Array.from({ length: parcels }), () => create, { concurrency: 10 })
          const now = yield* Instant.now
          yield* Effect.forEach(
            made,
            (parcel, at) =>
              Effect.andThen(
                setTimer(parcel, Instant.plusMs(now, at * 100)),
                Effect.forEach(Array.from({ length: weighings }), () => weigh(parcel))
              ),
            { concurrency: 10 }
          )
          return { organizationId: id, ids: made }
        }).pipe(Effect.provide(kernel), Effect.provideContext(store))
        const address = Redacted.value(url)
        const workers = [startWorker(address), startWorker(address)]
        yield* Effect.promise(() => Promise.all(workers.map(({ ready }) => ready)))
        for (let round = 0; round < kills; round++) {
          yield* wait(1000)
          yield* Effect.promise(workers[round % 2]!.kill)
          workers[round % 2] = startWorker(address)
          yield* Effect.promise(() => workers[round % 2]!.ready)
        }
        const remaining = Effect.provideContext(
          Effect.gen(function* () {
            const { count } = yield* Store.Store
            const reach = { organizationId }
            const events = yield* count(reach, Event.OutboxEvent, Condition.isNull("processedAt"), 10_000)
            const deliveries = yield* count(reach, Delivery.Delivery, Condition.always, 10_000)
            const timers = yield* count(reach, Timer.Timer, Condition.always, 10_000)
            return [events, deliveries, timers]
          }),
          store
        )
        const until = Date.now() + 40_000
        while ((yield* remaining).some((left) => left > 0) && Date.now() < until) yield* wait(200)
        yield* Effect.promise(() => Promise.all(workers.map(({ kill }) => kill())))
        assert.deepStrictEqual(yield* remaining, [0, 0, 0])
        const { items } = yield* Store.Store.use((each) =>
          each.find({ organizationId }, Parcel, { where: Condition.always, sort: [], limit: 1000 })
        ).pipe(Effect.provideContext(store))
        assert.strictEqual(items.length, ids.length)
        for (const { moves, followed, strays } of items)
          assert.deepStrictEqual(
            { moves, followed, strays },
            { moves: weighings + 1, followed: weighings + 1, strays: 0 }
          )
      }),
    120_000
  )
})
