import { Data, Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { createHash } from "node:crypto"
import {
  type Further,
  type Migration,
  type MigrationsUnusable,
  productHistory,
  readAll,
  shipped,
  type Source
} from "./migration-source.ts"

export { type Further, type Migration, MigrationsUnusable, shipped } from "./migration-source.ts"

export interface Applied {
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
}

/** What is migrated. */
export interface Options {
  /** Those of this package where it is left out. */
  readonly migrations?: ReadonlyArray<Migration>
  /** Those of modules that are not part of the product, which come after them. */
  readonly further?: ReadonlyArray<Further>
}

export interface Status {
  readonly applied: ReadonlyArray<Applied>
  /** What `run` would apply, in its order; further migrations as `<module>/<file>`. */
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

const sourcesOf = Effect.fnUntraced(function* ({ migrations, further = [] }: Options) {
  const own: Source = { prefix: "", history: productHistory, migrations: migrations ?? (yield* shipped) }
  return [own, ...(yield* readAll(further))]
})

const checksum = (sql: string) => createHash("sha256").update(sql).digest("hex")

const lockKey = 4_775_181_909

const appliedOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, { history }: Source) {
  const [table] = yield* sql<{ readonly isThere: boolean }>`SELECT to_regclass(${history}) IS NOT NULL AS "isThere"`
  if (table?.isThere !== true) return []
  return yield* sql<Applied>`SELECT name, checksum, applied_at AS "appliedAt" FROM ${sql(history)} ORDER BY name`
})

const compare = ({ prefix, migrations }: Source, applied: ReadonlyArray<Applied>) =>
  Effect.gen(function* () {
    const known = new Map(migrations.map((migration) => [migration.name, migration]))
    const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => `${prefix}${name}`)
    if (unknown.length > 0) return yield* new SchemaTooNew({ names: unknown })
    const changed = applied.find(({ name, checksum: then }) => checksum(known.get(name)!.sql) !== then)
    if (changed !== undefined) return yield* new MigrationChanged({ name: `${prefix}${changed.name}` })
    const done = new Set(applied.map(({ name }) => name))
    return migrations.filter(({ name }) => !done.has(name))
  })

const statusOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, source: Source) {
  const applied = yield* appliedOf(sql, source)
  const pending = yield* compare(source, applied)
  return {
    applied: applied.map((each) => ({ ...each, name: `${source.prefix}${each.name}` })),
    pending: pending.map(({ name }) => `${source.prefix}${name}`)
  } satisfies Status
})

type StatusError = SqlError.SqlError | SchemaTooNew | MigrationChanged | MigrationsUnusable

/** What has been applied to the database, and what has not. */
export const status = (options: Options = {}): Effect.Effect<Status, StatusError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const all = yield* Effect.forEach(yield* sourcesOf(options), (source) => statusOf(sql, source))
    return { applied: all.flatMap(({ applied }) => applied), pending: all.flatMap(({ pending }) => pending) }
  })

// the driver takes one statement a call, and EXECUTE takes many: the file is the body of a block
const asBlock = (text: string) => {
  const tag = `$itsm_${checksum(text).slice(0, 16)}`
  return `DO ${tag}_block$ BEGIN EXECUTE ${tag}$${text}${tag}$; END ${tag}_block$`
}

const apply = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, source: Source, migration: Migration) {
  const failed = ({ reason }: SqlError.SqlError) =>
    new MigrationFailed({
      name: `${source.prefix}${migration.name}`,
      reason: reason.cause instanceof Error ? reason.cause.message : reason.message
    })
  yield* Effect.mapError(sql.unsafe(asBlock(migration.sql)).unprepared, failed)
  yield* sql`INSERT INTO ${sql(source.history)} (name, checksum) VALUES (${migration.name}, ${checksum(migration.sql)})`
})

/** In a transaction of its own: the first migration that is pending then, or nothing. */
const applyNext = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, source: Source) {
  yield* sql`SET LOCAL statement_timeout = 0`
  // what a migration does to data, it does to that of all organizations
  yield* sql`SET LOCAL itsm.organization_id = 'everywhere'`
  yield* sql`SELECT pg_advisory_xact_lock(${lockKey})::text`
  yield* sql`CREATE TABLE IF NOT EXISTS ${sql(source.history)} (
    name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`
  const [next] = yield* compare(source, yield* appliedOf(sql, source))
  if (next === undefined) return undefined
  yield* apply(sql, source, next)
  return `${source.prefix}${next.name}`
})

/**
 * Brings the schema of the database up to date, each migration in a transaction of its own, and returns the names of
 * those that this call applied. Any number of processes may call it at once: each migration is applied once. The tables
 * of a module whose migrations are not given any more stay as they are.
 */
export const run = (
  options: Options = {}
): Effect.Effect<ReadonlyArray<string>, StatusError | MigrationFailed, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const sources = yield* sourcesOf(options)
    const names: Array<string> = []
    for (const source of sources) {
      // where nothing is pending, nothing is asked that only the owner of the schema may do
      if ((yield* statusOf(sql, source)).pending.length === 0) continue
      while (true) {
        const name = yield* sql.withTransaction(applyNext(sql, source))
        if (name === undefined) break
        names.push(name)
      }
    }
    return names
  })
