import { assert, layer } from "@effect/vitest"
import { Drift, Migrate, PgStore } from "@itsm/adapter-pg"
import { catalogue } from "@itsm/core"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { freshDatabase } from "./database.ts"

/** Tables that hold no records of an entity. */
const others = ["installation_secrets", "itsm_migrations", "number_sequences", "rate_limits"]
const entities = [...catalogue.entities.values()]

const migrated = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = PgStore.clientLayer({ url: yield* freshDatabase, maxConnections: 1 })
      return yield* Effect.provide(Effect.andThen(Migrate.run(), effect), client)
    })
  )

layer(Layer.empty, { excludeTestServices: true })("the migrations", (it) => {
  it.effect("together make the tables of the entities, no less and no more", () =>
    migrated(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Drift.of(entities), [])
        const sql = yield* SqlClient.SqlClient
        const tables = yield* sql<{ readonly name: string }>`
          SELECT relname AS "name" FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`
        assert.sameMembers(
          tables.map(({ name }) => name),
          [...others, ...entities.map(({ table }) => table)]
        )
      })
    )
  )

  it.effect("that differ from the entities are told by what is missing and what is unexpected", () =>
    migrated(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`ALTER TABLE categories ADD COLUMN colour text`
        yield* sql`ALTER TABLE teams ALTER COLUMN name DROP NOT NULL`
        yield* sql`DROP INDEX incidents_search`
        yield* sql`DROP POLICY organization ON users`
        yield* sql`ALTER TABLE incidents DROP CONSTRAINT incidents_team_id_fkey`
        const drift = yield* Drift.of(entities)
        const beginnings = [
          "missing: incidents constraint incidents_team_id_fkey FOREIGN KEY",
          "missing: incidents index CREATE INDEX incidents_search ON incidents USING gin",
          "missing: teams column name text collation C not null",
          "missing: users policy organization for ALL",
          "unexpected: categories column colour text collation default",
          "unexpected: teams column name text collation C"
        ]
        assert.deepStrictEqual(
          drift.map((line, at) => line.startsWith(beginnings[at]!)),
          beginnings.map(() => true),
          drift.join("\n")
        )
        assert.strictEqual((yield* sql`SELECT 1 FROM pg_namespace WHERE nspname = 'itsm_expected'`).length, 0)
      })
    )
  )
})
