import { Effect } from "effect"
import { Migrate } from "@itsm/adapter-pg"
import { CommandFailed } from "./failure.ts"
import type { OpenStorage } from "./storage.ts"

const explain = (error: { readonly _tag: string; readonly message: string }) =>
  new CommandFailed({ reason: error.message })

/** Brings the schema up to date, and returns the names of the migrations that this call applied. */
export const migrate = ({ database }: OpenStorage): Effect.Effect<ReadonlyArray<string>, CommandFailed> =>
  database === undefined
    ? Effect.succeed([])
    : Migrate.run().pipe(Effect.mapError(explain), Effect.provideContext(database))

/** What has been applied to the database, and what has not. */
export const migrationStatus = ({ database }: OpenStorage): Effect.Effect<Migrate.Status, CommandFailed> =>
  database === undefined
    ? Effect.succeed({ applied: [], pending: [] })
    : Migrate.status().pipe(Effect.mapError(explain), Effect.provideContext(database))
