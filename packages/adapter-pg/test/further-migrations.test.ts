import { assert, layer } from "@effect/vitest"
import { ApplicationRole, Migrate, PgStore } from "@itsm/adapter-pg"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { freshDatabase } from "./database.ts"

/** A folder of migrations that is there as long as the scope. */
const folderOf = (name: string, files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "itsm-further-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    for (const [file, sql] of Object.entries(files)) writeFileSync(join(folder, file), sql)
    return { name, migrations: pathToFileURL(folder) } satisfies Migrate.Further
  })

const crates = `
  CREATE TABLE crates (id uuid NOT NULL, organization_id uuid NOT NULL, label text, PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, organization_id) REFERENCES organizations (organization_id, id));
  SELECT itsm_protect('crates');`
const lids = "ALTER TABLE crates ADD COLUMN lid text;"

/** The first migrations of the product, which make what a further one stands on. */
const product = Effect.map(Migrate.shipped, (all) => all.filter(({ name }) => name < "0017"))

const onEmptyDatabase = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.flatMap(freshDatabase, (url) => Effect.provide(effect, PgStore.clientLayer({ url, maxConnections: 2 })))
  )

layer(Layer.empty, { excludeTestServices: true })("the migrations of a further module", (it) => {
  it.effect("come after those of the product, once each, with a history of their own", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const migrations = yield* product
        const stores = yield* folderOf("stores", { "0002_lids.sql": lids, "0001_crates.sql": crates, "notes.md": "x" })
        const further = [stores, yield* folderOf("yard", { "0001_yard.sql": "CREATE TABLE yards (name text);" })]
        const names = ["stores/0001_crates.sql", "stores/0002_lids.sql", "yard/0001_yard.sql"]
        const options = { migrations, further }
        assert.deepStrictEqual((yield* Migrate.status(options)).pending.slice(-3), names)
        assert.deepStrictEqual(yield* Migrate.run(options), [...migrations.map(({ name }) => name), ...names])
        assert.deepStrictEqual(yield* Migrate.run(options), [])
        const { applied, pending } = yield* Migrate.status(options)
        assert.deepStrictEqual(
          applied.slice(-3).map(({ name }) => name),
          names
        )
        assert.deepStrictEqual(pending, [])
        const kept = yield* sql<{ readonly name: string }>`SELECT name FROM itsm_migrations_stores ORDER BY name`
        assert.deepStrictEqual(
          kept.map(({ name }) => name),
          ["0001_crates.sql", "0002_lids.sql"]
        )
        // the role of the store works behind the wall with its tables, and may ask what was applied
        yield* ApplicationRole.ensure
        const [held] = yield* sql`
          SELECT relrowsecurity AND relforcerowsecurity AS "isWalled",
            has_table_privilege(role, 'crates', 'SELECT, INSERT, UPDATE, DELETE') AS "mayWrite",
            has_table_privilege(role, 'itsm_migrations_stores', 'SELECT') AS "mayAsk",
            has_table_privilege(role, 'itsm_migrations_stores', 'INSERT') AS "mayClaim"
          FROM pg_class, (SELECT 'itsm_application_' || current_database() AS role) named WHERE oid = 'crates'::regclass`
        assert.deepStrictEqual(held, { isWalled: true, mayWrite: true, mayAsk: true, mayClaim: false })
      })
    )
  )

  it.effect("leave their tables alone once the module is gone, and go on when it is back", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const migrations = yield* product
        const first = yield* folderOf("stores", { "0001_crates.sql": crates })
        yield* Migrate.run({ migrations, further: [first] })
        assert.deepStrictEqual(yield* Migrate.run({ migrations }), [])
        assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS "count" FROM crates`, [{ count: 0 }])
        const second = yield* folderOf("stores", { "0001_crates.sql": crates, "0002_lids.sql": lids })
        assert.deepStrictEqual(yield* Migrate.run({ migrations, further: [second] }), ["stores/0002_lids.sql"])
        // an earlier version of the module
        const error = yield* Effect.flip(Migrate.run({ migrations, further: [first] }))
        assert.deepInclude(error, { _tag: "SchemaTooNew", names: ["stores/0002_lids.sql"] })
      })
    )
  )

  it.effect("are refused where they were edited, and leave nothing behind where they fail", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const migrations = [{ name: "0001_first.sql", sql: "CREATE TABLE things (name text);" }]
        const broken = { "0001_yard.sql": "INSERT INTO things VALUES ('lost'); SELECT 1 / 0;" }
        const failed = yield* Effect.flip(Migrate.run({ migrations, further: [yield* folderOf("yard", broken)] }))
        assert.deepInclude(failed, { _tag: "MigrationFailed", name: "yard/0001_yard.sql" })
        assert.deepStrictEqual(yield* sql`SELECT name FROM things`, [])

        const mended = { "0001_yard.sql": "INSERT INTO things VALUES ('kept');" }
        yield* Migrate.run({ migrations, further: [yield* folderOf("yard", mended)] })
        const edited = yield* folderOf("yard", { "0001_yard.sql": `${mended["0001_yard.sql"]} -- better` })
        assert.deepInclude(yield* Effect.flip(Migrate.run({ migrations, further: [edited] })), {
          _tag: "MigrationChanged",
          name: "yard/0001_yard.sql"
        })
      })
    )
  )

  it.effect("of several processes that start at once are applied once each", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const url = yield* freshDatabase
        const migrations = [{ name: "0001_first.sql", sql: "CREATE TABLE things (name text);" }]
        const further = [
          yield* folderOf("yard", {
            "0001_a.sql": "INSERT INTO things VALUES ('a');",
            "0002_b.sql": "INSERT INTO things VALUES ('b');"
          })
        ]
        const applied = yield* Effect.forEach(
          Array.from({ length: 4 }),
          () => Effect.provide(Migrate.run({ migrations, further }), PgStore.clientLayer({ url, maxConnections: 1 })),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(applied.flat().toSorted(), ["0001_first.sql", "yard/0001_a.sql", "yard/0002_b.sql"])
      })
    )
  )

  it.effect("have a name that a table can bear, a folder, and files in it", () =>
    onEmptyDatabase(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const good = yield* folderOf("yard", { "0001_yard.sql": "SELECT 1;" })
        mkdirSync(new URL("empty", `${good.migrations.href}/`))
        const refused = (further: ReadonlyArray<Migrate.Further>) =>
          Effect.flip(Migrate.run({ migrations: [], further }))
        for (const name of ["", "Yard", "1yard", "yard; DROP TABLE users", "y".repeat(41)])
          assert.deepInclude(yield* refused([{ ...good, name }]), { _tag: "MigrationsUnusable", name })
        assert.match((yield* refused([good, good])).message, /"yard".*two modules/)
        assert.match(
          (yield* refused([{ ...good, migrations: new URL("none", `${good.migrations.href}/`) }])).message,
          /cannot be read/
        )
        assert.match(
          (yield* refused([{ ...good, migrations: new URL("empty", `${good.migrations.href}/`) }])).message,
          /holds no file/
        )
        assert.deepStrictEqual(yield* sql`SELECT 1 FROM pg_class WHERE relname LIKE 'itsm_migrations%'`, [])
      })
    )
  )
})
