import { type Context, Effect, Layer, Redacted, Schedule, type Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { Store } from "@itsm/core/kernel"
import { MemoryStore } from "@itsm/adapter-memory"
import { type Migrate, PgStore } from "@itsm/adapter-pg"
import { type EmbeddedError, ensureDatabase, startEmbedded } from "@itsm/adapter-pg/embedded"
import type { Config } from "./config/config.ts"
import { substituteFolder, usualFolder } from "./data-folder.ts"
import { type Extension, migrationsOf } from "./extensions.ts"
import { CommandFailed } from "./failure.ts"

/** The store that the settings name, open as long as the scope. */
export interface OpenStorage {
  readonly kind: Config["storage"]["kind"]
  readonly store: Context.Context<Store.Store>
  /** Clients of the database behind it, for migrations and of the store; a store in memory has none. */
  readonly database: Context.Context<SqlClient.SqlClient | PgStore.StoreClient> | undefined
  /** The migrations of modules beside those of the product. */
  readonly further: ReadonlyArray<Migrate.Further>
  /** Whether the database, too, keeps organizations apart. */
  readonly isWalled: boolean
  /** The folder that the embedded database and its secrets are in; other stores keep nothing in folders. */
  readonly dataDir: string | undefined
  /** Fails when the embedded database ends before its time; else never completes. */
  readonly ended: Effect.Effect<never, CommandFailed>
}

const databaseName = "itsm"

const describe = (url: string) => {
  const { hostname, port, pathname, username } = new URL(url)
  return `${pathname.slice(1)} on ${hostname}:${port === "" ? 5432 : port} as ${username === "" ? "the default user" : username}`
}

/** What the database said. */
export const reasonOf = ({ reason }: SqlError.SqlError) =>
  reason.cause instanceof Error && reason.cause.message !== "" ? reason.cause.message : reason.message

/** A database that is restarting is waited for, some ten seconds; one that refuses the server is not. */
const patience = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("2 seconds")]).pipe(
  Schedule.upTo({ times: 8 })
)

const unusable = (url: string) => (error: SqlError.SqlError) =>
  new CommandFailed({
    reason: `The database ${describe(url)} cannot be used: ${reasonOf(error)}. Check DATABASE_URL, and that the database runs and takes connections from here.`
  })

const connected = (url: Redacted.Redacted<string>, rowLevelSecurity: boolean) => {
  const question = SqlClient.SqlClient.use((sql) => sql`SELECT 1`)
  const answers = Effect.provide(question, PgStore.clientLayer({ url, maxConnections: 1 })).pipe(
    Effect.tapError((error) => Effect.logWarning("the database does not answer yet", reasonOf(error))),
    Effect.retry({ schedule: patience, while: ({ reason }) => reason._tag === "ConnectionError" })
  )
  return Effect.andThen(answers, Layer.build(PgStore.layerFromUrl({ url, rowLevelSecurity }))).pipe(
    Effect.mapError(unusable(Redacted.value(url)))
  )
}

const failed = (error: EmbeddedError | SqlError.SqlError) =>
  new CommandFailed({
    reason: error._tag === "SqlError" ? `The embedded database cannot be opened: ${reasonOf(error)}` : error.message
  })

const startIn = (given: string | undefined) => {
  const start = (dataDir: string) => Effect.map(startEmbedded({ dataDir }), (server) => ({ server, dataDir }))
  if (given !== undefined) return start(given)
  return Effect.catchTag(start(usualFolder), "EmbeddedUnreachable", ({ message }) => {
    const substitute = substituteFolder()
    const told = Effect.logWarning("the data is kept elsewhere", { folder: substitute }, message)
    return Effect.andThen(told, start(substitute))
  })
}

const embedded = Effect.fnUntraced(function* (given: string | undefined, rowLevelSecurity: boolean) {
  const { server, dataDir } = yield* startIn(given)
  const url = yield* ensureDatabase(server.url, databaseName)
  const context = yield* Layer.build(PgStore.layerFromUrl({ url: Redacted.make(url), rowLevelSecurity }))
  return { context, server, dataDir }
}, Effect.mapError(failed))

const endedEarly = new CommandFailed({
  reason: "The embedded database has ended. Start the server again: nothing that was acknowledged is lost."
})

/** Opens the store. A database that is given and does not answer is an error: the server never takes another in its place. */
export const openStorage = Effect.fnUntraced(function* (
  { storage, dataDir, rowLevelSecurity }: Pick<Config, "storage" | "dataDir" | "rowLevelSecurity">,
  extensions: ReadonlyArray<Extension>
): Effect.fn.Return<OpenStorage, CommandFailed, Scope.Scope> {
  const further = migrationsOf(extensions)
  const isWalled = rowLevelSecurity === "on"
  switch (storage.kind) {
    case "memory": {
      const store = yield* Layer.build(MemoryStore.layer)
      return {
        kind: "memory",
        store,
        further,
        isWalled: false,
        database: undefined,
        dataDir: undefined,
        ended: Effect.never
      }
    }
    case "given": {
      const context = yield* connected(storage.url, isWalled)
      return {
        kind: "given",
        store: context,
        further,
        isWalled,
        database: context,
        dataDir: undefined,
        ended: Effect.never
      }
    }
    case "embedded": {
      const { context, server, dataDir: folder } = yield* embedded(dataDir, isWalled)
      const ended = Effect.andThen(server.exited, Effect.fail(endedEarly))
      return { kind: "embedded", store: context, further, isWalled, database: context, dataDir: folder, ended }
    }
  }
})
