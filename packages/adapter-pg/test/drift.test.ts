import { assert, layer } from "@effect/vitest"
import { Migrate, PgStore, SchemaSql } from "@itsm/adapter-pg"
import { catalogue } from "@itsm/core"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { freshDatabase } from "./database.ts"

/** Tables that hold no records of an entity. */
const others = ["installation_secrets", "itsm_migrations", "number_sequences", "rate_limits"]

/** One line for each column, constraint, policy and index of the database. */
const describeSchema = SqlClient.SqlClient.use((sql) =>
  Effect.map(
    sql<{ readonly line: string }>`
      SELECT line FROM (
        SELECT c.relname AS relation, format('%s column %s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attcollation <> 0 THEN ' collation ' || l.collname ELSE '' END,
          CASE WHEN a.attnotnull THEN ' not null' ELSE '' END) AS line
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT c.relname, format('%s constraint %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = 'public'::regnamespace AND k.contype <> 'n'
        UNION ALL
        SELECT tablename, format('%s policy %s %s', tablename, policyname, cmd) FROM pg_policies WHERE schemaname = 'public'
        UNION ALL
        SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
      ) lines WHERE NOT relation = ANY(${others}) ORDER BY line`,
    (rows) => rows.map(({ line }) => line)
  )
)

const schemaAfter = <E>(make: Effect.Effect<unknown, E, SqlClient.SqlClient>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = PgStore.clientLayer({ url: yield* freshDatabase, maxConnections: 1 })
      return yield* Effect.provide(Effect.andThen(make, describeSchema), client)
    })
  )

const foundation = Effect.map(Migrate.shipped, (all) => all.filter(({ name }) => name.startsWith("0001_")))

/** The function that puts a table behind the wall, as the last migration that makes it has it. */
const protection = Effect.map(Migrate.shipped, (all) =>
  all.flatMap(({ sql }) => sql.match(/CREATE FUNCTION itsm_protect[\s\S]*?\n\$\$;/g) ?? []).at(-1)!
)

const expected = schemaAfter(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* Migrate.run(yield* foundation)
    yield* sql.unsafe(yield* protection).unprepared
    for (const text of SchemaSql.createAll([...catalogue.entities.values()])) yield* sql.unsafe(text).unprepared
  })
)

layer(Layer.empty, { excludeTestServices: true })("the migrations", (it) => {
  it.effect("together make the tables of the entities, no less and no more", () =>
    Effect.gen(function* () {
      const migrated = yield* schemaAfter(Migrate.run())
      assert.isNotEmpty(migrated)
      assert.deepStrictEqual(migrated, yield* expected)
    })
  )
})
