import { PgClient } from "@effect/sql-pg"
import { type Entity, Id, Store } from "@itsm/core/kernel"
import { Context, Duration, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as ApplicationRole from "./application-role.ts"
import * as Commit from "./commit-sql.ts"
import { toCommitError, withDeadline } from "./failure.ts"
import * as PgLimiter from "./pg-limiter.ts"
import * as Query from "./query-sql.ts"
import { everywhere, plain, setting, within } from "./reach-sql.ts"
import { layoutOf } from "./row.ts"
import { watchWith } from "./watch.ts"

type Rows = ReadonlyArray<Record<string, unknown>>

const make = (sql: PgClient.PgClient, isWalled: boolean): Store.StoreShape => {
  const send = ({ text, parameters }: Query.Statement) =>
    withDeadline(sql.unsafe<Record<string, unknown>>(text, parameters))
  let isChecked = !isWalled
  /** Before the first statement: no connection is used whose role would pass by the wall. */
  const checked = withDeadline(
    ApplicationRole.check.pipe(
      Effect.catchTag("RowLevelSecurityBypassed", Effect.die),
      Effect.provideService(SqlClient.SqlClient, sql)
    )
  ).pipe(Effect.andThen(Effect.sync(() => (isChecked = true))))
  /** Every statement of the store goes through here, with the organization that it may reach. */
  const run = (reach: Store.Reach, statement: Query.Statement) => {
    const sent = send(isWalled ? within(reach, statement) : plain(statement))
    return isChecked ? sent : Effect.andThen(checked, sent)
  }
  const read = (reach: Store.Reach, statement: Query.Statement): Effect.Effect<Rows> =>
    Effect.orDie(run(reach, statement))
  return {
    get: <E extends Entity.AnyEntity>(reach: Store.Reach, entity: E, id: string) =>
      Id.isId(id)
        ? Effect.map(read(reach, Query.get(reach, entity, id)), (rows) =>
            Option.fromNullishOr(layoutOf(entity).toRecords(rows)[0] as Entity.RecordOf<E> | undefined)
          )
        : Effect.succeedNone,
    find: (reach, entity, query) =>
      Effect.suspend(() => {
        const find = Query.find(reach, entity, query)
        return Effect.map(read(reach, find), (rows) => find.toPage(rows) as Store.Page<never>)
      }),
    since: (reach, entity, position, limit) =>
      Effect.suspend(() =>
        Effect.map(read(reach, Query.since(reach.organizationId, entity, position, limit)), (rows) =>
          rows.map(({ "~position": at, ...row }) => ({
            record: layoutOf(entity).toRecords([row])[0] as never,
            position: String(at)
          }))
        )
      ),
    count: (reach, entity, where, upTo) =>
      Effect.suspend(() =>
        Effect.map(read(reach, Query.count(reach, entity, where, upTo)), (rows) => Number(rows[0]!["found"]))
      ),
    exists: (reach, probes) =>
      Effect.suspend(() => {
        const asked = probes.filter(({ id }) => Id.isId(id))
        if (asked.length === 0) return Effect.succeed(probes.map(() => false))
        return Effect.map(read(reach, Query.exists(reach, asked)), ([row]) => {
          const answers = new Map(asked.map((probe, at) => [probe, row![String(at)] === true]))
          return probes.map((probe) => answers.get(probe) ?? false)
        })
      }),
    commit: (reach, changes) =>
      changes.length === 0
        ? Effect.void
        : Effect.suspend(() => run(reach, Commit.commit(reach.organizationId, changes))).pipe(
            Effect.catch((error) => toCommitError(error, changes)),
            Effect.asVoid
          ),
    reserveNumbers: (reach, sequence, block) =>
      Effect.map(read(reach, Query.reserve(reach.organizationId, sequence, block)), (rows) =>
        Number(rows[0]!["first"])
      ),
    claim: (entity, where, now, leaseUntil, limit) =>
      Effect.suspend(() =>
        Effect.map(
          read("everywhere", Query.claim(entity, where, now, leaseUntil, limit)),
          (rows) => layoutOf(entity).toRecords(rows).toSorted(byDueAt) as ReadonlyArray<unknown> as ReadonlyArray<never>
        )
      ),
    ping: Effect.asVoid(read("everywhere", { text: "SELECT 1", parameters: [] })),
    watch: watchWith(sql)
  }
}

const byDueAt = (a: Entity.AnyRecord, b: Entity.AnyRecord) => {
  const [x, y] = [`${String(a["dueAt"])} ${a.id}`, `${String(b["dueAt"])} ${b.id}`]
  return x < y ? -1 : x > y ? 1 : 0
}

export interface Options {
  readonly url: Redacted.Redacted
  /** 10 where nothing is said. */
  readonly maxConnections?: number
  /** How long a statement may run in the database; 10 seconds where nothing is said. */
  readonly statementTimeout?: Duration.Input
  readonly applicationName?: string
  /**
   * Whether the database, too, keeps organizations apart, whatever a statement asks for: true where nothing is said.
   * The store then works in the application's role, which `ApplicationRole.ensure` provides.
   */
  readonly rowLevelSecurity?: boolean
}

const client = (
  { url, maxConnections = 10, statementTimeout = "10 seconds", applicationName = "itsm" }: Options,
  startupParameters: Readonly<Record<string, string>>
) =>
  PgClient.layer({
    url,
    maxConnections,
    applicationName,
    connectTimeout: "2 seconds",
    keepAlive: "1 second",
    preparedStatementCacheSize: 500,
    startupParameters: {
      ...startupParameters,
      statement_timeout: String(Duration.toMillis(statementTimeout)),
      timezone: "UTC"
    }
  })

/**
 * A pool of connections of the user that the URL names, for migrations and reports: opened when they are needed,
 * replaced when they break. They reach all organizations.
 */
export const clientLayer = (options: Options) => client(options, { [setting]: everywhere })

/** The client of the store's own connections: with row-level security, they reach only what a statement names. */
export class StoreClient extends Context.Service<StoreClient, PgClient.PgClient>()("@itsm/adapter-pg/StoreClient") {}

const storeClientLayer = (options: Options) => {
  const role = ApplicationRole.nameFor(ApplicationRole.databaseOf(Redacted.value(options.url)))
  const own = (options.rowLevelSecurity ?? true) ? client(options, { role }) : clientLayer(options)
  return Layer.effect(StoreClient, PgClient.PgClient).pipe(Layer.provide(own))
}

/**
 * The store, and the limiter, in the database of the URL, whose schema must be the current one; beside them a client of the user that the
 * URL names, for migrations and reports.
 */
export const layerFromUrl = (options: Options) =>
  Layer.merge(
    Layer.effect(
      Store.Store,
      Effect.map(StoreClient, (sql) => make(sql, options.rowLevelSecurity ?? true))
    ),
    PgLimiter.layer.pipe(Layer.provide(Layer.effect(SqlClient.SqlClient, StoreClient)))
  ).pipe(Layer.provideMerge(storeClientLayer(options)), Layer.merge(clientLayer({ ...options, maxConnections: 2 })))
