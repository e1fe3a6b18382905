import { type Context, Effect } from "effect"
import { SqlClient } from "effect/sql"
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { CommandFailed } from "./failure.ts"
import type { OpenStorage } from "./storage.ts"

export const signingKeysName = "signing-keys"

/** Where the secrets of an installation are kept: in a folder, in a database, or not at all. */
export type Place =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "database"; readonly database: Context.Context<SqlClient.SqlClient> }
  | { readonly kind: "process" }

export const secretsFolder = (dataDir: string) => join(dataDir, "secrets")

export const placeOf = ({ database, dataDir }: Pick<OpenStorage, "database" | "dataDir">): Place =>
  database === undefined
    ? { kind: "process" }
    : dataDir === undefined
      ? { kind: "database", database }
      : { kind: "folder", folder: secretsFolder(dataDir) }

const unkept = (name: string, where: string) => (error: unknown) =>
  new CommandFailed({
    reason: `The secret ${name} cannot be kept in ${where}: ${error instanceof Error ? error.message : String(error)}`
  })

/** The file is there in full or not at all. */
const writeFile = (folder: string, name: string, value: string) => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const file = join(folder, name)
  const handle = openSync(`${file}.unfinished`, "w", 0o600)
  writeSync(handle, value)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(`${file}.unfinished`, file)
}

/** The folder has one owner at a time. */
const inFolder = (folder: string, name: string, generate: () => string) => {
  const file = join(folder, name)
  if (existsSync(file)) return readFileSync(file, "utf8")
  const value = generate()
  writeFile(folder, name, value)
  return value
}

/** Of several processes that start at once, one writes, and all read what it wrote. */
const inDatabase = (name: string, generate: () => string) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.gen(function* () {
      const known = sql<{ readonly value: string }>`SELECT value FROM installation_secrets WHERE name = ${name}`
      const [row] = yield* known
      if (row !== undefined) return row.value
      yield* sql`INSERT INTO installation_secrets (name, value) VALUES (${name}, ${generate()}) ON CONFLICT (name) DO NOTHING`
      return (yield* known)[0]!.value
    })
  )

/** The secret as it is kept, made where there is none. */
export const kept = (place: Place, name: string, generate: () => string): Effect.Effect<string, CommandFailed> => {
  switch (place.kind) {
    case "process":
      return Effect.sync(generate)
    case "folder":
      return Effect.try({
        try: () => inFolder(place.folder, name, generate),
        catch: unkept(name, place.folder)
      })
    case "database":
      return inDatabase(name, generate).pipe(
        Effect.mapError(unkept(name, "the database")),
        Effect.provideContext(place.database)
      )
  }
}

/** Puts `value` in the place of `before`; false where someone else has replaced that meanwhile. */
export const replaceKept = (
  place: Exclude<Place, { readonly kind: "process" }>,
  name: string,
  before: string,
  value: string
): Effect.Effect<boolean, CommandFailed> => {
  if (place.kind === "folder")
    return Effect.try({
      try: () => {
        if (readFileSync(join(place.folder, name), "utf8") !== before) return false
        writeFile(place.folder, name, value)
        return true
      },
      catch: unkept(name, place.folder)
    })
  return SqlClient.SqlClient.use(
    (sql) =>
      sql`UPDATE installation_secrets SET value = ${value} WHERE name = ${name} AND value = ${before} RETURNING name`
  ).pipe(
    Effect.map((rows) => rows.length === 1),
    Effect.mapError(unkept(name, "the database")),
    Effect.provideContext(place.database)
  )
}
