import { assert, layer } from "@effect/vitest"
import { Migrate, PgStore } from "@itsm/adapter-pg"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { readFileSync } from "node:fs"
import { freshDatabase } from "./database.ts"

const page = readFileSync(new URL("../../../docs/adding-a-module.md", import.meta.url), "utf8")
const migration = /^```sql\n([\s\S]*?)^```$/m.exec(page)![1]!

layer(Layer.empty, { excludeTestServices: true })("the migration that a document shows", (it) => {
  it.effect("runs after those that are there, and walls its table in", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const client = PgStore.clientLayer({ url: yield* freshDatabase, maxConnections: 1 })
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* Migrate.run()
          for (const statement of migration.split(/;\n/).filter((text) => text.trim() !== ""))
            yield* sql.unsafe(statement).unprepared
          const [table] = yield* sql<{ readonly isWalled: boolean; readonly policies: number }>`
            SELECT relrowsecurity AS "isWalled",
              (SELECT count(*)::int FROM pg_policies WHERE tablename = relname) AS policies
            FROM pg_class WHERE relname = 'handovers'`
          assert.isTrue(table!.isWalled)
          assert.isAtLeast(table!.policies, 1)
        }).pipe(Effect.provide(client))
      })
    )
  )
})
