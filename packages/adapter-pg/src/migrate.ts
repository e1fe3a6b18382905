import { Data, Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"

/** One file of SQL, run once in each database. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

export interface Applied {
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
}

export interface Status {
  readonly applied: ReadonlyArray<Applied>
  /** What `run` would apply, in its order. */
  readonly pending: ReadonlyArray<string>
}

/** A migration was edited after it had been applied: what the database holds is no longer what the file says. */
export class MigrationChanged extends Data.TaggedError("MigrationChanged")<{ readonly name: string }> {
  override get message() {
    return `The migration ${this.name} has changed since it was applied to this database. Restore it, and put the change into a new migration.`
  }
}

/** The database has migrations that this version does not know: it was used by a newer one. */
export class SchemaTooNew extends Data.TaggedError("SchemaTooNew")<{ readonly names: ReadonlyArray<string> }> {
  override get message() {
    return `The schema of the database is newer than this version of the server: it does not know ${this.names.join(", ")}.`
  }
}

/** The database refused a migration; nothing of it was kept. */
export class MigrationFailed extends Data.TaggedError("MigrationFailed")<{
  readonly name: string
  readonly reason: string
}> {
  override get message() {
    return `The migration ${this.name} failed: ${this.reason}`
  }
}

const folder = fileURLToPath(new URL("../migrations/", import.meta.url))

/** The migrations of this package, in their order. */
export const shipped: Effect.Effect<ReadonlyArray<Migration>> = Effect.promise(async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted()
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(`${folder}${name}`, "utf8") })))
})

const checksum = (sql: string) => createHash("sha256").update(sql).digest("hex")

const lockKey = 4_775_181_909

const history = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.gen(function* () {
    const [table] = yield* sql<{
      readonly isThere: boolean
    }>`SELECT to_regclass('itsm_migrations') IS NOT NULL AS "isThere"`
    if (table?.isThere !== true) return []
    return yield* sql<Applied>`SELECT name, checksum, applied_at AS "appliedAt" FROM itsm_migrations ORDER BY name`
  })
)

const compare = (migrations: ReadonlyArray<Migration>, applied: ReadonlyArray<Applied>) =>
  Effect.gen(function* () {
    const known = new Map(migrations.map((migration) => [migration.name, migration]))
    const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name)
    if (unknown.length > 0) return yield* new SchemaTooNew({ names: unknown })
    const changed = applied.find(({ name, checksum: then }) => checksum(known.get(name)!.sql) !== then)
    if (changed !== undefined) return yield* new MigrationChanged({ name: changed.name })
    const done = new Set(applied.map(({ name }) => name))
    return migrations.filter(({ name }) => !done.has(name))
  })

/** What has been applied to the database, and what has not. */
export const status = (migrations?: ReadonlyArray<Migration>) =>
  Effect.gen(function* () {
    const all = migrations ?? (yield* shipped)
    const applied = yield* history
    const pending = yield* compare(all, applied)
    return { applied, pending: pending.map(({ name }) => name) } satisfies Status
  })

// the driver takes one statement a call, and EXECUTE takes many: the file is the body of a block
const asBlock = (text: string) => {
  const tag = `$itsm_${checksum(text).slice(0, 16)}`
  return `DO ${tag}_block$ BEGIN EXECUTE ${tag}$${text}${tag}$; END ${tag}_block$`
}

const apply = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, migration: Migration) {
  const failed = ({ reason }: SqlError.SqlError) =>
    new MigrationFailed({
      name: migration.name,
      reason: reason.cause instanceof Error ? reason.cause.message : reason.message
    })
  yield* Effect.mapError(sql.unsafe(asBlock(migration.sql)).unprepared, failed)
  yield* sql`INSERT INTO itsm_migrations (name, checksum) VALUES (${migration.name}, ${checksum(migration.sql)})`
})

/** In a transaction of its own: the first migration that is pending then, or nothing. */
const applyNext = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, migrations: ReadonlyArray<Migration>) {
  yield* sql`SET LOCAL statement_timeout = 0`
  // what a migration does to data, it does to that of all organizations
  yield* sql`SET LOCAL itsm.organization_id = 'everywhere'`
  yield* sql`SELECT pg_advisory_xact_lock(${lockKey})::text`
  yield* sql`CREATE TABLE IF NOT EXISTS itsm_migrations (
    name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`
  const [next] = yield* compare(migrations, yield* history)
  if (next !== undefined) yield* apply(sql, next)
  return next?.name
})

/**
 * Brings the schema of the database up to date, each migration in a transaction of its own, and returns the names of
 * those that this call applied. Any number of processes may call it at once: each migration is applied once.
 */
export const run = (migrations?: ReadonlyArray<Migration>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const all = migrations ?? (yield* shipped)
    // where nothing is pending, nothing is asked that only the owner of the schema may do
    if ((yield* compare(all, yield* history)).length === 0) return []
    const names: Array<string> = []
    while (true) {
      const name = yield* sql.withTransaction(applyNext(sql, all))
      if (name === undefined) return names
      names.push(name)
    }
  })
