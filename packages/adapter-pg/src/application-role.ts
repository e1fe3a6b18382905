import { Data, Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { createHash } from "node:crypto"
import { productHistory } from "./migration-source.ts"

/** The application's role cannot be made, or not be taken, by the user who connects. */
export class ApplicationRoleMissing extends Data.TaggedError("ApplicationRoleMissing")<{
  readonly role: string
  readonly user: string
  readonly reason: string
}> {
  override get message() {
    const role = `"${this.role}"`
    return `Row-level security needs the role ${role}, and "${this.user}" may not provide it: ${this.reason}. Have an administrator of the database run: CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO "${this.user}"; or start with ITSM_ROW_LEVEL_SECURITY=off, where all data belongs to one organization.`
  }
}

/** Statements would pass by row-level security unseen: nothing is read or written like this. */
export class RowLevelSecurityBypassed extends Data.TaggedError("RowLevelSecurityBypassed")<{
  readonly role: string
  readonly reason: string
}> {
  override get message() {
    return `Row-level security is on, but it would not hold the role "${this.role}": ${this.reason}. Take that from the role, let the connection take the application's role, or start with ITSM_ROW_LEVEL_SECURITY=off, where all data belongs to one organization.`
  }
}

const prefix = "itsm_application_"
/** PostgreSQL cuts longer names off. */
const longestName = 63

/**
 * The role in which the store works on a database. Every database has its own: roles belong to the whole cluster, and the
 * user of one database must not get into another.
 */
export const nameFor = (database: string): string => {
  const name = `${prefix}${database}`
  return Buffer.byteLength(name) <= longestName
    ? name
    : `${prefix}${createHash("sha256").update(database).digest("hex").slice(0, 32)}`
}

/** The database that a URL leads to, as the driver reads it. */
export const databaseOf = (url: string): string => {
  if (!URL.canParse(url)) return ""
  const { pathname, username, searchParams } = new URL(url)
  const named = [searchParams.get("dbname"), decodeURIComponent(pathname.slice(1))]
  const users = [searchParams.get("user"), decodeURIComponent(username), process.env["USER"], process.env["USERNAME"]]
  return [...named, ...users].find((part) => part !== null && part !== undefined && part !== "") ?? ""
}

const lockKey = 4_775_181_910

const noPrivilege = "42501"

const fieldsOf = ({ reason }: SqlError.SqlError) =>
  (reason.cause ?? {}) as { readonly code?: string; readonly message?: string }

/** A server whose user did not migrate asks whether the migrations of further modules are applied, too. */
const showHistories = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, role: string) {
  const histories = yield* sql<{ readonly name: string }>`
    SELECT relname AS "name" FROM pg_class
    WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('organizations'))
      AND relkind = 'r' AND starts_with(relname, ${`${productHistory}_`}) AND NOT has_table_privilege(${role}, oid, 'SELECT')`
  yield* Effect.forEach(histories, ({ name }) => sql`GRANT SELECT ON ${sql(name)} TO ${sql(role)}`)
})

/**
 * Provides the role of the database, with the rights that the store needs on every table behind the wall: to be called
 * after the migrations, by the user who runs them. Any number of processes may call it at once.
 */
export const ensure = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [here] = yield* sql<{ readonly database: string; readonly user: string }>`
    SELECT current_database() AS "database", current_user AS "user"`
  const role = nameFor(here!.database)
  yield* sql
    .withTransaction(
      Effect.gen(function* () {
        yield* sql`SELECT pg_advisory_xact_lock(${lockKey})::text`
        yield* sql`SELECT itsm_admit(${role})::text`
        yield* showHistories(sql, role)
        yield* sql`SELECT itsm_trust_lists()::text`
      })
    )
    .pipe(
      Effect.catch((error): Effect.Effect<never, SqlError.SqlError | ApplicationRoleMissing> => {
        const { code, message = "" } = fieldsOf(error)
        return Effect.fail(
          code === noPrivilege ? new ApplicationRoleMissing({ role, user: here!.user, reason: message }) : error
        )
      })
    )
})

/** Fails where the role that statements run as is not held by row-level security, or a table is without it. */
export const check = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{
    readonly role: string
    readonly isSuperuser: boolean
    readonly mayBypass: boolean
    readonly isOwner: boolean
    readonly open: string | null
  }>`
    SELECT rolname AS "role", rolsuper AS "isSuperuser", rolbypassrls AS "mayBypass",
    EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND oid = to_regclass('organizations')) AS "isOwner", (
      SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE a.attname = 'organization_id' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('organizations'))
        AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')
    ) AS "open"
    FROM pg_roles r WHERE rolname = current_user`
  const { role, isSuperuser, mayBypass, isOwner, open } = found!
  const reason = isSuperuser
    ? "it is a superuser"
    : mayBypass
      ? "it has BYPASSRLS"
      : isOwner
        ? "it owns the tables"
        : open === null
          ? undefined
          : `row-level security is not forced on ${open}`
  if (reason !== undefined) return yield* new RowLevelSecurityBypassed({ role, reason })
})

/** The functions behind the operators of indexes on words and on the items of lists. */
const trusted = [
  "pg_catalog.ts_match_vq(tsvector, tsquery)",
  "pg_catalog.arraycontains(anyarray, anyarray)",
  "pg_catalog.arrayoverlap(anyarray, anyarray)"
]

/** What a superuser has to run where the user who migrates is none, so that those indexes serve behind the wall. */
export const searchRemedy = trusted.map((signature) => `ALTER FUNCTION ${signature} LEAKPROOF`).join("; ")

/** Whether a search for words or items uses its index behind the wall; else it reads all records of an organization. */
export const searchIsIndexed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ readonly isIndexed: boolean }>`
    SELECT bool_and(proleakproof) AS "isIndexed" FROM pg_proc
    WHERE oid = ANY(SELECT signature::regprocedure::oid FROM unnest(${trusted}::text[]) AS signature)`
  return found!.isIndexed
})
