import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"

/** The server that the address names has a database of that name afterwards; returns the address of that database. */
export const ensureDatabase = (serverUrl: string, name: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const exists = sql`SELECT 1 FROM pg_database WHERE datname = ${name}`.pipe(Effect.map((rows) => rows.length > 0))
    if (!(yield* exists)) {
      const create = sql`CREATE DATABASE ${sql(name)}`
      // Another process may have been faster: what counts is that it is there.
      yield* create.pipe(
        Effect.catch((error) => Effect.flatMap(exists, (found) => (found ? Effect.void : Effect.fail(error))))
      )
    }
    const url = new URL(serverUrl)
    url.pathname = `/${encodeURIComponent(name)}`
    return url.href
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(serverUrl), maxConnections: 1 })))
