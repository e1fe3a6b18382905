import type { Entity } from "@itsm/core/kernel"
import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as SchemaSql from "./schema-sql.ts"

/** One line for each column, constraint, index and policy of tables that the search path begins with. */
const describe = (sql: SqlClient.SqlClient, tables: ReadonlyArray<string>) =>
  Effect.map(
    sql<{ readonly line: string }>`
      SELECT line FROM (
        SELECT c.relname AS relation, format('%s column %s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attcollation <> 0 THEN ' collation ' || l.collname ELSE '' END,
          CASE WHEN a.attnotnull THEN ' not null' ELSE '' END) AS line
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT c.relname, format('%s constraint %s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = current_schema()::regnamespace AND k.contype <> 'n'
        UNION ALL
        SELECT tablename, format('%s index %s', tablename, replace(indexdef, format(' ON %I.', schemaname), ' ON '))
        FROM pg_indexes WHERE schemaname = current_schema()
        UNION ALL
        SELECT tablename, format('%s policy %s for %s', tablename, policyname, cmd)
        FROM pg_policies WHERE schemaname = current_schema()
      ) lines WHERE relation = ANY(${tables}) ORDER BY line`,
    (rows) => rows.map(({ line }) => line)
  )

const expected = "itsm_expected"

/**
 * How the tables of a database differ from those that the entities ask for, which may refer to `others`: a line for each
 * column, constraint, index and policy that is missing or unexpected, and none where the migrations have done their
 * work. It makes the tables a second time in a schema of its own and takes them away again, so it is for tests, and for
 * the user who may migrate.
 */
export const of = (
  entities: ReadonlyArray<Entity.AnyEntity>,
  others: ReadonlyArray<Entity.AnyEntity> = []
): Effect.Effect<ReadonlyArray<string>, SqlError.SqlError, SqlClient.SqlClient> =>
  SqlClient.SqlClient.use((sql) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const tables = entities.map(({ table }) => table)
        const there = yield* describe(sql, tables)
        yield* sql`CREATE SCHEMA ${sql(expected)}`
        yield* sql`SELECT set_config('search_path', ${`${expected}, `} || current_setting('search_path'), true)`
        for (const text of SchemaSql.createAll(entities, others)) yield* sql.unsafe(text).unprepared
        const wanted = yield* describe(sql, tables)
        yield* sql`SET LOCAL client_min_messages = warning`
        yield* sql`DROP SCHEMA ${sql(expected)} CASCADE`
        return [
          ...wanted.filter((line) => !there.includes(line)).map((line) => `missing: ${line}`),
          ...there.filter((line) => !wanted.includes(line)).map((line) => `unexpected: ${line}`)
        ]
      })
    )
  )
