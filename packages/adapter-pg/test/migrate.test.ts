import { assert, layer } from "@effect/vitest"
import { Migrate, PgStore } from "@itsm/adapter-pg"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { freshDatabase } from "./database.ts"

const migration = (name: string, sql: string): Migrate.Migration => ({ name, sql })

const first = migration("0001_first.sql", "CREATE TABLE things (name text); INSERT INTO things VALUES ('one;two');")
const second = migration(
  "0002_second.sql",
  `-- a comment; with a semicolon
   CREATE FUNCTION shout(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN upper($1) || ';'; END $$;
   UPDATE things SET name = shout(name);`
)

const names = SqlClient.SqlClient.use((sql) =>
  Effect.map(sql<{ readonly name: string }>`SELECT name FROM things`, (rows) => rows.map(({ name }) => name))
)

const onEmptyDatabase = <A, E>(effect: Effect.Effect<A, E, SqlClient.SqlClient>) =>
  Effect.scoped(
    Effect.flatMap(freshDatabase, (url) => Effect.provide(effect, PgStore.clientLayer({ url, maxConnections: 2 })))
  )

layer(Layer.empty, { excludeTestServices: true })("migrations", (it) => {
  it.effect("are applied once, in their order, whatever statements they hold", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Migrate.run({ migrations: [first] }), ["0001_first.sql"])
        assert.deepStrictEqual((yield* Migrate.status({ migrations: [first, second] })).pending, ["0002_second.sql"])
        assert.deepStrictEqual(yield* Migrate.run({ migrations: [first, second] }), ["0002_second.sql"])
        assert.deepStrictEqual(yield* Migrate.run({ migrations: [first, second] }), [])
        assert.deepStrictEqual(yield* names, ["ONE;TWO;"])
        const { applied, pending } = yield* Migrate.status({ migrations: [first, second] })
        assert.deepStrictEqual(
          applied.map(({ name }) => name),
          ["0001_first.sql", "0002_second.sql"]
        )
        assert.deepStrictEqual(pending, [])
      })
    )
  )

  it.effect("of an empty database are all pending, and asking changes nothing", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        assert.deepStrictEqual(yield* Migrate.status({ migrations: [first] }), {
          applied: [],
          pending: ["0001_first.sql"]
        })
        assert.deepStrictEqual(yield* sql`SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace`, [])
      })
    )
  )

  it.effect("that were edited after they had been applied are refused", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        yield* Migrate.run({ migrations: [first] })
        const edited = [migration(first.name, `${first.sql} -- better`), second]
        const error = yield* Effect.flip(Migrate.run({ migrations: edited }))
        assert.deepInclude(error, { _tag: "MigrationChanged", name: "0001_first.sql" })
        assert.strictEqual((yield* Effect.flip(Migrate.status({ migrations: edited })))._tag, "MigrationChanged")
        assert.deepStrictEqual(yield* names, ["one;two"])
      })
    )
  )

  it.effect("that this version does not know make the schema too new for it", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        yield* Migrate.run({ migrations: [first, second] })
        const error = yield* Effect.flip(Migrate.run({ migrations: [first] }))
        assert.deepInclude(error, { _tag: "SchemaTooNew", names: ["0002_second.sql"] })
        assert.match(error.message, /newer than this version/)
      })
    )
  )

  it.effect("that fail leave nothing behind, and say why", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        const broken = migration("0002_broken.sql", "INSERT INTO things VALUES ('lost'); SELECT 1 / 0;")
        const error = yield* Effect.flip(Migrate.run({ migrations: [first, broken] }))
        assert.deepInclude(error, { _tag: "MigrationFailed", name: "0002_broken.sql" })
        assert.match(error.message, /division by zero/)
        assert.deepStrictEqual(yield* names, ["one;two"])
        assert.deepStrictEqual((yield* Migrate.status({ migrations: [first, broken] })).pending, ["0002_broken.sql"])
      })
    )
  )

  it.effect(
    "of eight processes that start at once are applied once each",
    () =>
      Effect.gen(function* () {
        const all = (yield* Migrate.shipped).map(({ name }) => name)
        for (let round = 0; round < 5; round++) {
          const applied = yield* Effect.scoped(
            Effect.flatMap(freshDatabase, (url) =>
              Effect.forEach(
                Array.from({ length: 8 }),
                () => Effect.provide(Migrate.run(), PgStore.clientLayer({ url, maxConnections: 1 })),
                { concurrency: "unbounded" }
              )
            )
          )
          assert.deepStrictEqual(applied.flat().toSorted(), all)
        }
      }),
    60_000
  )
})
