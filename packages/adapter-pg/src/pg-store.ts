import { PgClient } from "@effect/sql-pg"
import { type Entity, Id, type Limiter, Store } from "@itsm/core/kernel"
import { Duration, Effect, Layer, Option, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Commit from "./commit-sql.ts"
import { toCommitError, withDeadline } from "./failure.ts"
import * as PgLimiter from "./pg-limiter.ts"
import * as Query from "./query-sql.ts"
import { layoutOf } from "./row.ts"

type Rows = ReadonlyArray<Record<string, unknown>>

const make = Effect.map(SqlClient.SqlClient, (sql): Store.StoreShape => {
  /** Every statement of the store goes through here, with the organization that it may reach. */
  const run = (_reach: Store.Reach, { text, parameters }: Query.Statement) =>
    withDeadline(sql.unsafe<Record<string, unknown>>(text, parameters))
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
      Effect.map(read(reach, { text: reserve, parameters: [reach.organizationId, sequence, block] }), (rows) =>
        Number(rows[0]!["first"])
      ),
    claim: (entity, where, now, leaseUntil, limit) =>
      Effect.suspend(() =>
        Effect.map(
          read("everywhere", Query.claim(entity, where, now, leaseUntil, limit)),
          (rows) => layoutOf(entity).toRecords(rows).toSorted(byDueAt) as ReadonlyArray<unknown> as ReadonlyArray<never>
        )
      ),
    ping: Effect.asVoid(read("everywhere", { text: "SELECT 1", parameters: [] }))
  }
})

const reserve = `INSERT INTO number_sequences AS s (organization_id, sequence, next) VALUES ($1, $2, 1 + $3::bigint)
ON CONFLICT (organization_id, sequence) DO UPDATE SET next = s.next + $3::bigint
RETURNING (next - $3::bigint)::float8 AS "first"`

const byDueAt = (a: Entity.AnyRecord, b: Entity.AnyRecord) => {
  const [x, y] = [`${String(a["dueAt"])} ${a.id}`, `${String(b["dueAt"])} ${b.id}`]
  return x < y ? -1 : x > y ? 1 : 0
}

/** The store, and the limiter, in the database of the given client, whose schema must be the current one. */
export const layer: Layer.Layer<Store.Store | Limiter.Limiter, never, SqlClient.SqlClient> = Layer.merge(
  Layer.effect(Store.Store, make),
  PgLimiter.layer
)

export interface Options {
  readonly url: Redacted.Redacted
  /** 10 where nothing is said. */
  readonly maxConnections?: number
  /** How long a statement may run in the database; 10 seconds where nothing is said. */
  readonly statementTimeout?: Duration.Input
  readonly applicationName?: string
}

/** A pool of connections: opened when they are needed, replaced when they break. */
export const clientLayer = ({
  url,
  maxConnections = 10,
  statementTimeout = "10 seconds",
  applicationName = "itsm"
}: Options) =>
  PgClient.layer({
    url,
    maxConnections,
    applicationName,
    connectTimeout: "2 seconds",
    keepAlive: "1 second",
    preparedStatementCacheSize: 500,
    startupParameters: {
      statement_timeout: String(Duration.toMillis(statementTimeout)),
      timezone: "UTC"
    }
  })

/** The store with a pool of its own; the client is there too, for migrations and reports. */
export const layerFromUrl = (options: Options) => Layer.provideMerge(layer, clientLayer(options))
