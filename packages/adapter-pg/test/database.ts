import { ApplicationRole, Migrate, PgStore, SchemaSql } from "@itsm/adapter-pg"
import { catalogue } from "@itsm/core"
import type { Entity, Limiter, Store } from "@itsm/core/kernel"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"

const addressOf = (database: string) => {
  const url = new URL(inject("databaseAdminUrl"))
  url.pathname = `/${database}`
  return Redacted.make(url.href)
}

/** The address of an empty database that is there as long as the scope. */
export const freshDatabase = Effect.gen(function* () {
  const name = `itsm_${randomUUID().replaceAll("-", "")}`
  const run = (text: string) =>
    Effect.orDie(
      Effect.scoped(
        Effect.flatMap(Layer.build(PgStore.clientLayer({ url: addressOf("postgres"), maxConnections: 1 })), (context) =>
          Effect.provideContext(
            SqlClient.SqlClient.use((sql) => sql.unsafe(text).unprepared),
            context
          )
        )
      )
    )
  yield* Effect.acquireRelease(run(`CREATE DATABASE ${name}`), () =>
    run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  )
  return addressOf(name)
})

/** The current schema, and the role that works with it. */
export const prepared = Effect.andThen(Migrate.run(), ApplicationRole.ensure)

/** The tables of entities that only tests have, behind the wall like any other. */
export const tablesOf = (entities: ReadonlyArray<Entity.AnyEntity>) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.andThen(
      Effect.forEach(
        SchemaSql.createAll(entities, [...catalogue.entities.values()]),
        (text) => sql.unsafe(text).unprepared
      ),
      ApplicationRole.ensure
    )
  )

/** The store, the limiter, and their client, in a fresh database with the current schema. */
export const freshStore: Layer.Layer<
  Store.Store | Limiter.Limiter | SqlClient.SqlClient | PgStore.StoreClient,
  unknown
> = Layer.unwrap(
  Effect.map(freshDatabase, (url) =>
    Layer.provideMerge(Layer.effectDiscard(prepared), PgStore.layerFromUrl({ url, statementTimeout: "1 minute" }))
  )
)
