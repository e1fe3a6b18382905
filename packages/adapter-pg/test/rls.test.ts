import { assert, layer } from "@effect/vitest"
import { ApplicationRole, PgStore } from "@itsm/adapter-pg"
import { Department } from "@itsm/core/identity"
import { Condition, Store } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type * as Query from "../src/query-sql.ts"
import { within } from "../src/reach-sql.ts"
import { freshDatabase, freshStore, prepared } from "./database.ts"
import { type OrganizationId, twoOrganizations } from "./two-organizations.ts"

type Row = Readonly<Record<string, unknown>>
type Change = "SELECT" | "INSERT" | "UPDATE" | "DELETE"

/** Tables that hold nothing of an organization, with the rights of the application's role on them. */
const exceptions: Readonly<Record<string, ReadonlyArray<Change>>> = {
  // keys of the installation, which the server reads at its start, as the user who connects
  installation_secrets: [],
  // the history of the schema: a server whose user did not migrate asks whether all is applied
  itsm_migrations: ["SELECT"],
  // counts of requests: their keys are digests of addresses, people and organizations
  rate_limits: ["SELECT", "INSERT", "UPDATE", "DELETE"]
}

/** As the store sends it, for one organization; `undefined` names none. */
const send = (organizationId: OrganizationId | undefined, statement: Query.Statement) =>
  PgStore.StoreClient.use((sql) => {
    const { text, parameters } =
      organizationId === undefined
        ? { ...statement, text: `${statement.parts === undefined ? "" : `WITH ${statement.parts} `}${statement.text}` }
        : within({ organizationId }, statement)
    return sql.unsafe<Row>(text, parameters)
  })

const read = (organizationId: OrganizationId | undefined, text: string, ...parameters: ReadonlyArray<unknown>) =>
  send(organizationId, { text, parameters })

/** The organizations of the rows that a write touched; nothing of it is kept. */
const touched = (organizationId: OrganizationId | undefined, write: string, ...parameters: ReadonlyArray<unknown>) =>
  PgStore.StoreClient.use((sql) =>
    sql.withTransaction(
      send(organizationId, {
        parts: `w AS (${write} RETURNING organization_id)`,
        text: "SELECT organization_id FROM w",
        parameters
      }).pipe(Effect.flatMap((rows) => Effect.fail({ rows })))
    )
  ).pipe(
    Effect.flip,
    Effect.flatMap((failure) => ("rows" in failure ? Effect.succeed(failure.rows) : Effect.fail(failure)))
  )

const codeOf = ({ reason }: SqlError.SqlError) => (reason.cause as { readonly code?: string }).code

/** Insufficient privilege: what row-level security and missing rights answer. */
const assertRefused = (statement: Effect.Effect<unknown, SqlError.SqlError, PgStore.StoreClient>, what: string) =>
  Effect.map(Effect.flip(Effect.scoped(statement)), (error) => assert.strictEqual(codeOf(error), "42501", what))

const onlyOf = (organizationId: OrganizationId, rows: ReadonlyArray<Row>, table: string) => {
  assert.isNotEmpty(rows, table)
  for (const row of rows) assert.strictEqual(row["organization_id"], organizationId, table)
}

interface Table {
  readonly name: string
  readonly isWalled: boolean
  readonly changes: ReadonlyArray<Change>
}

/** Every table of the schema but the exceptions, with what the application's role may do to it. */
const tables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const role = yield* PgStore.StoreClient.use((own) => own<{ readonly role: string }>`SELECT current_user AS "role"`)
  const all = yield* sql<Table>`
    SELECT relname AS "name",
      relrowsecurity AND relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) AS "isWalled",
      ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
        WHERE has_table_privilege(${role[0]!.role}, c.oid, p)) AS "changes"
    FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname`
  for (const [name, rights] of Object.entries(exceptions)) {
    assert.deepStrictEqual(all.find((table) => table.name === name)?.changes, rights, name)
  }
  return all.filter(({ name }) => !(name in exceptions))
})

/** A row of an organization as it lies in the table, read past the wall. */
const rowOf = (organizationId: OrganizationId, table: string) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.map(
      sql.unsafe<{ readonly row: unknown }>(
        `SELECT to_jsonb(t)::text AS "row" FROM "${table}" t WHERE organization_id = $1 LIMIT 1`,
        [organizationId]
      ),
      ([found]) => {
        assert.isDefined(found, `no row of ${table} to try: let two-organizations.ts write one`)
        return found.row
      }
    )
  )

class Two extends Context.Service<Two, readonly [OrganizationId, OrganizationId]>()("Two") {}

const furnished = Layer.provideMerge(Layer.effect(Two, Effect.orDie(twoOrganizations)), freshStore)

const eachTable = <E, R>(
  check: (table: Table, ours: OrganizationId, theirs: OrganizationId) => Effect.Effect<unknown, E, R>
) =>
  Effect.gen(function* () {
    const all = yield* tables
    assert.isAtLeast(all.length, 20)
    const [a, b] = yield* Two
    for (const table of all) {
      yield* check(table, a, b)
      yield* check(table, b, a)
    }
  })

const populate = (table: string) =>
  `INSERT INTO "${table}" SELECT * FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`

layer(furnished, { excludeTestServices: true, timeout: "1 minute" })(
  "with no filter in any statement, of every table an organization",
  (it) => {
    it.effect("has the wall around it, and rows to try it on", () =>
      eachTable(({ name, isWalled, changes }, ours) => {
        assert.isTrue(isWalled, `${name} has no wall: let its migration call itsm_protect`)
        assert.deepStrictEqual(
          changes,
          name === "audit_logs" ? ["SELECT", "INSERT"] : ["SELECT", "INSERT", "UPDATE", "DELETE"],
          name
        )
        return rowOf(ours, name)
      })
    )

    it.effect("reads its own rows alone", () =>
      eachTable(
        Effect.fnUntraced(function* ({ name }, ours, theirs) {
          onlyOf(ours, yield* read(ours, `SELECT * FROM "${name}"`), name)
          onlyOf(ours, yield* read(ours, `SELECT b.* FROM "${name}" a JOIN "${name}" b ON true`), name)
          const others = "organization_id <> $1"
          assert.deepStrictEqual(yield* read(ours, `SELECT * FROM "${name}" WHERE ${others}`, ours), [], name)
          const [seen] = yield* read(
            ours,
            `SELECT EXISTS (SELECT FROM "${name}" WHERE organization_id = $1) AS "one",
              (SELECT count(*)::int FROM "${name}" WHERE ${others.replace("$1", "$2")}) AS "all"`,
            theirs,
            ours
          )
          assert.deepStrictEqual(seen, { one: false, all: 0 }, name)
        })
      )
    )

    it.effect("changes its own rows alone, and moves none to another organization", () =>
      eachTable(
        Effect.fnUntraced(function* ({ name, changes }, ours, theirs) {
          const update = `UPDATE "${name}" SET organization_id = organization_id`
          const move = touched(ours, `UPDATE "${name}" SET organization_id = $1`, theirs)
          yield* assertRefused(move, name)
          if (!changes.includes("UPDATE")) return yield* assertRefused(touched(ours, update), name)
          onlyOf(ours, yield* touched(ours, update), name)
          return assert.deepStrictEqual(yield* touched(ours, `${update} WHERE organization_id = $1`, theirs), [], name)
        })
      )
    )

    it.effect("deletes nothing of another", () =>
      eachTable(
        Effect.fnUntraced(function* ({ name, changes }, ours, theirs) {
          const all = touched(ours, `DELETE FROM "${name}"`)
          const others = touched(ours, `DELETE FROM "${name}" WHERE organization_id = $1`, theirs)
          if (!changes.includes("DELETE")) return yield* assertRefused(all, name)
          assert.deepStrictEqual(yield* others, [], name)
          // its own rows may be referred to; no other reason stops it
          const outcome = yield* Effect.result(all)
          if (outcome._tag === "Failure") return assert.strictEqual(codeOf(outcome.failure), "23503", name)
          return onlyOf(ours, outcome.success, name)
        })
      )
    )

    it.effect("adds nothing to another, by no kind of insert", () =>
      eachTable(
        Effect.fnUntraced(function* ({ name, changes }, ours, theirs) {
          const row = yield* rowOf(theirs, name)
          for (const otherwise of [
            "",
            " ON CONFLICT DO NOTHING",
            ...(changes.includes("UPDATE")
              ? [
                  ` ON CONFLICT (organization_id, ${name === "number_sequences" ? "sequence" : "id"}) DO UPDATE SET organization_id = EXCLUDED.organization_id`
                ]
              : [])
          ]) {
            yield* assertRefused(touched(ours, `${populate(name)}${otherwise}`, row), `${name}${otherwise}`)
          }
        })
      )
    )

    it.effect("is not there where no organization is named", () =>
      eachTable(
        Effect.fnUntraced(function* ({ name, changes }, ours) {
          const none = undefined
          assert.deepStrictEqual(yield* read(none, `SELECT * FROM "${name}"`), [], name)
          yield* assertRefused(touched(none, populate(name), yield* rowOf(ours, name)), name)
          if (changes.includes("UPDATE"))
            assert.deepStrictEqual(yield* touched(none, `UPDATE "${name}" SET organization_id = $1`, ours), [], name)
          if (changes.includes("DELETE"))
            assert.deepStrictEqual(yield* touched(none, `DELETE FROM "${name}"`), [], name)
        })
      )
    )
  }
)

layer(furnished, { excludeTestServices: true, timeout: "1 minute" })("the role of the application", (it) => {
  it.effect("can neither pass by the wall nor take it down", () =>
    Effect.gen(function* () {
      const sql = yield* PgStore.StoreClient
      const [user] = yield* sql<{ readonly user: string; readonly canLogin: boolean; readonly owned: number }>`
        SELECT current_user AS "user", rolcanlogin AS "canLogin", (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS "owned"
        FROM pg_roles r WHERE rolname = current_user`
      assert.match(user!.user, /^itsm_application_/)
      assert.deepInclude(user, { canLogin: false, owned: 0 })
      yield* assertRefused(
        sql.withTransaction(Effect.andThen(sql`SET LOCAL row_security = off`, sql`SELECT * FROM incidents`)),
        "row_security"
      )
      for (const text of [
        "ALTER TABLE incidents DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE incidents NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE incidents OWNER TO CURRENT_USER",
        "DROP POLICY organization ON incidents",
        "ALTER POLICY organization ON incidents USING (true)",
        "CREATE POLICY open ON incidents USING (true)",
        "DROP TABLE incidents",
        "TRUNCATE incidents",
        "CREATE TABLE copies (name text)",
        "SELECT * FROM installation_secrets",
        "DELETE FROM itsm_migrations",
        "UPDATE audit_logs SET reason = 'changed'",
        "DELETE FROM audit_logs",
        "ALTER ROLE CURRENT_USER BYPASSRLS"
      ]) {
        yield* assertRefused(sql.unsafe(text).unprepared, text)
      }
    })
  )

  it.effect("is refused where it would pass by the wall, before anything is read", () =>
    Effect.gen(function* () {
      const url = yield* freshDatabase
      const admin = yield* Layer.build(PgStore.clientLayer({ url, maxConnections: 1 }))
      yield* Effect.provideContext(prepared, admin)
      const role = ApplicationRole.nameFor(ApplicationRole.databaseOf(Redacted.value(url)))
      const alter = (text: string) =>
        Effect.provideContext(
          SqlClient.SqlClient.use((sql) => sql.unsafe(text).unprepared),
          admin
        )
      const ping = Effect.scoped(
        Effect.flatMap(Layer.build(PgStore.layerFromUrl({ url })), (context) =>
          Effect.catchDefect(Context.get(context, Store.Store).ping, Effect.fail)
        )
      )
      yield* ping
      yield* alter("CREATE TABLE things (organization_id uuid)")
      for (const [spoil, mend, says] of [
        [`ALTER ROLE ${role} BYPASSRLS`, `ALTER ROLE ${role} NOBYPASSRLS`, /has BYPASSRLS/],
        [`ALTER ROLE ${role} SUPERUSER`, `ALTER ROLE ${role} NOSUPERUSER`, /is a superuser/],
        ["ALTER TABLE teams NO FORCE ROW LEVEL SECURITY", "ALTER TABLE teams FORCE ROW LEVEL SECURITY", /on teams/],
        [
          `ALTER TABLE organizations OWNER TO ${role}`,
          "ALTER TABLE organizations OWNER TO CURRENT_USER",
          /owns the tables/
        ],
        [`GRANT SELECT ON things TO ${role}`, "SELECT itsm_protect('things')", /on things/]
      ] as const) {
        yield* alter(spoil)
        const error = yield* Effect.flip(ping)
        assert.instanceOf(error, ApplicationRole.RowLevelSecurityBypassed)
        assert.match(error.message, says)
        yield* alter(mend)
        yield* ping
      }
    })
  )
})

layer(Layer.empty, { excludeTestServices: true })("on connections that organizations share", (it) => {
  const shared = (maxConnections: number) =>
    Effect.gen(function* () {
      const url = yield* freshDatabase
      const context = yield* Layer.build(PgStore.layerFromUrl({ url, maxConnections }))
      yield* Effect.provideContext(prepared, context)
      const organizations = yield* Effect.provideContext(twoOrganizations, context)
      return { context, organizations, store: Context.get(context, Store.Store) }
    })

  it.effect("nothing of a statement's reach is left for the next, whatever became of it", () =>
    Effect.gen(function* () {
      const { context, organizations, store } = yield* shared(1)
      const [ours] = organizations
      const left = Effect.provideContext(
        read(
          undefined,
          "SELECT current_setting('itsm.organization_id', true) AS s, (SELECT count(*)::int FROM teams) AS n"
        ),
        context
      )
      const all = { where: Condition.always, sort: [], limit: 10 }
      assert.isNotEmpty((yield* store.find({ organizationId: ours }, Department, all)).items)
      assert.deepStrictEqual(yield* left, [{ s: "", n: 0 }])
      const record = { ...Factories.department(ours), version: 8 }
      const conflict = store.commit({ organizationId: ours }, [
        { kind: "update", entity: Department, record, expectedVersion: 7 }
      ])
      assert.strictEqual((yield* Effect.flip(conflict))._tag, "VersionConflict")
      assert.deepStrictEqual(yield* left, [{ s: "", n: 0 }])
      assert.isAtLeast((yield* store.find("everywhere", Department, all)).items.length, 2)
      assert.deepStrictEqual(yield* left, [{ s: "", n: 0 }])
      const slow = Effect.provideContext(read(ours, "SELECT pg_sleep(5)"), context)
      assert.isTrue((yield* Effect.timeoutOption(slow, "50 millis"))._tag === "None")
      assert.deepStrictEqual(yield* left, [{ s: "", n: 0 }])
    })
  )

  it.effect(
    "64 callers of two organizations each get their own",
    () =>
      Effect.gen(function* () {
        const { context, organizations, store } = yield* shared(2)
        const caller = Effect.fnUntraced(function* (at: number) {
          const organizationId = organizations[at % 2]!
          for (let round = 0; round < 10; round++) {
            const record = Factories.department(organizationId)
            yield* store.commit({ organizationId }, [{ kind: "insert", entity: Department, record }])
            onlyOf(organizationId, yield* read(organizationId, "SELECT organization_id FROM departments"), String(at))
            const [page, known] = yield* Effect.all([
              store.find({ organizationId }, Department, { where: Condition.always, sort: [], limit: 5 }),
              store.get({ organizationId: organizations[(at + 1) % 2]! }, Department, record.id)
            ])
            for (const item of page.items) assert.strictEqual(item.organizationId, organizationId)
            assert.strictEqual(known._tag, "None")
          }
        })
        const callers = Effect.forEach(Array.from({ length: 64 }).keys(), caller, { concurrency: "unbounded" })
        yield* Effect.provideContext(callers, context)
      }),
    60_000
  )
})
