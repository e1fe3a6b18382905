import { assert, layer } from "@effect/vitest"
import { Migrate, PgStore } from "@itsm/adapter-pg"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { inspect } from "node:util"
import { freshDatabase } from "./database.ts"

const organization = "00000001-0000-7000-8000-000000000001"
const category = (number: number) => `0000000${number}-0000-7000-8000-000000000009`
const at = "timestamptz '2026-01-01 00:00Z'"
const envelope = "organization_id, id, version, created_at, updated_at"

const before = [
  `INSERT INTO organizations (${envelope}, name, slug, time_zone, locale, domains, mfa_required, status)
   VALUES ('${organization}', '${organization}', 1, ${at}, ${at}, 'Acme', 'acme', 'UTC', 'en', '[]', false, 'active')`,
  ...[1, 2].map(
    (number) =>
      `INSERT INTO categories (${envelope}, name, active, search_words)
       VALUES ('${organization}', '${category(number)}', 1, ${at}, ${at}, 'Mail ${number}', true, '')`
  )
]

const isEarlier = ({ name }: Migrate.Migration) => name < "0021"

layer(Layer.empty, { excludeTestServices: true })("a folder from before the additions", (it) => {
  it.effect("has records without any, which take them from now on", () =>
    Effect.scoped(
      Effect.flatMap(freshDatabase, (url) =>
        Effect.provide(
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const all = yield* Migrate.shipped
            yield* Migrate.run({ migrations: all.filter(isEarlier) })
            for (const text of before) yield* sql.unsafe(text).unprepared
            yield* Migrate.run({ migrations: all })
            const read = sql.unsafe("SELECT custom_fields, external_id, external_source FROM categories").values
            assert.deepStrictEqual(yield* read, [
              [{}, null, null],
              [{}, null, null]
            ])
            const name = (number: number) =>
              sql.unsafe(
                `UPDATE categories SET external_id = '1', external_source = 'legacy' WHERE id = '${category(number)}'`
              ).unprepared
            yield* name(1)
            assert.match(
              inspect(yield* Effect.flip(name(2)), { depth: 9 }),
              /categories_external_id_external_source_key/
            )
          }),
          PgStore.clientLayer({ url, maxConnections: 1 })
        )
      )
    )
  )

  it.effect("finds a record by the name alone in the index of its key", () =>
    Effect.scoped(
      Effect.flatMap(freshDatabase, (url) =>
        Effect.provide(
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            yield* Migrate.run()
            yield* sql.unsafe("SET enable_seqscan = off").unprepared
            const plan = yield* sql.unsafe(
              `EXPLAIN SELECT id FROM incidents
               WHERE organization_id = '${organization}' AND external_id = '1' AND deleted_at IS NULL`
            ).values
            assert.match(JSON.stringify(plan), /incidents_external_id_external_source_key/)
          }),
          PgStore.clientLayer({ url, maxConnections: 1 })
        )
      )
    )
  )
})
