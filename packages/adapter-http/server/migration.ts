import { Context, Effect } from "effect"
import { Store } from "@itsm/core/kernel"
import { ApplicationRole, Migrate } from "@itsm/adapter-pg"
import { CommandFailed } from "./failure.ts"
import type { OpenStorage } from "./storage.ts"

const explain = (error: { readonly _tag: string; readonly message: string }) =>
  new CommandFailed({ reason: error.message })

/** The role that the store works in is there, and row-level security holds it. */
const walled = ({ store }: OpenStorage) =>
  Effect.andThen(ApplicationRole.ensure, Context.get(store, Store.Store).ping).pipe(
    Effect.catchDefect((defect) =>
      defect instanceof ApplicationRole.RowLevelSecurityBypassed ? Effect.fail(defect) : Effect.die(defect)
    )
  )

/**
 * Brings the schema up to date, and returns the names of the migrations that this call applied. Fails where row-level
 * security is on and would not hold.
 */
export const migrate = (storage: OpenStorage): Effect.Effect<ReadonlyArray<string>, CommandFailed> =>
  storage.database === undefined
    ? Effect.succeed([])
    : Effect.tap(Migrate.run({ further: storage.further }), () =>
        storage.isWalled ? walled(storage) : Effect.void
      ).pipe(Effect.mapError(explain), Effect.provideContext(storage.database))

/** What has been applied to the database, and what has not. */
export const migrationStatus = ({ database, further }: OpenStorage): Effect.Effect<Migrate.Status, CommandFailed> =>
  database === undefined
    ? Effect.succeed({ applied: [], pending: [] })
    : Migrate.status({ further }).pipe(Effect.mapError(explain), Effect.provideContext(database))
