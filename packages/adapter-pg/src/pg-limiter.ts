import { Limiter, Store } from "@itsm/core/kernel"
import { Clock, type Context, Effect, Layer, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { createHash } from "node:crypto"
import { RateLimiterPostgres, type RateLimiterRes } from "rate-limiter-flexible"
import { withDeadline } from "./failure.ts"

/** Callers wait for an answer that does not need the limiter: a database that hangs must not hold them for long. */
const deadlineMs = 1000
const clearEvery = "5 minutes"

/** What the library needs of a client of PostgreSQL. */
const clientOn = (sql: SqlClient.SqlClient, context: Context.Context<never>) => {
  const run = Effect.runPromiseWith(context)
  return {
    query: ({ text, values }: { readonly text: string; readonly values: ReadonlyArray<unknown> }) =>
      run(
        Effect.map(withDeadline(sql.unsafe<Record<string, unknown>>(text, values), deadlineMs), (rows) => ({
          rows,
          rowCount: rows.length
        }))
      )
  }
}

/** Names of people and addresses of machines are not kept, and keys are of one length. */
const keyOf = (key: string) => createHash("sha256").update(key).digest("base64url")

const countOf = (res: RateLimiterRes | null): Limiter.Count =>
  res === null ? { points: 0, endsInMs: 0 } : { points: res.consumedPoints, endsInMs: Math.max(0, res.msBeforeNext) }

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const client = clientOn(sql, yield* Effect.context<never>())
  const points = new RateLimiterPostgres({
    storeClient: client,
    storeType: "client",
    tableName: "rate_limits",
    tableCreated: true,
    // its own timer would outlive the scope
    clearExpiredByTimeout: false,
    keyPrefix: "",
    // windows are given with each call, and what is too many is the caller's to say
    points: 1,
    duration: 60
  })
  const attempt = <A>(ask: () => Promise<A>) =>
    Effect.tryPromise({ try: ask, catch: (cause) => new Store.StorageUnavailable({ cause }) }).pipe(Effect.orDie)
  yield* Effect.forkScoped(
    Effect.schedule(
      Effect.ignore(
        Effect.flatMap(Clock.currentTimeMillis, (now) => sql`DELETE FROM rate_limits WHERE expire < ${now}`)
      ),
      Schedule.spaced(clearEvery)
    )
  )
  return Limiter.Limiter.of({
    add: (key, count, windowMs) =>
      Effect.map(
        attempt(() => points.penalty(keyOf(key), count, { customDuration: windowMs / 1000 })),
        countOf
      ),
    read: (key) =>
      Effect.map(
        attempt(() => points.get(keyOf(key))),
        countOf
      ),
    clear: (key) => Effect.asVoid(attempt(() => points.delete(keyOf(key))))
  })
})

/** Counts in the table `rate_limits`, for every process on this database. */
export const layer: Layer.Layer<Limiter.Limiter, never, SqlClient.SqlClient> = Layer.effect(Limiter.Limiter, make)
