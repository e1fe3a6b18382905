import { ApplicationRole, PgStore } from "@itsm/adapter-pg"
import { Context, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { existsSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import type { Config } from "../config/config.ts"
import type { Extension } from "../extensions.ts"
import { CommandFailed } from "../failure.ts"
import { installation } from "../installation.ts"
import { secretsFolder, signingKeysName } from "../kept-secrets.ts"
import { migrationStatus } from "../migration.ts"
import { openStorage, type OpenStorage, reasonOf } from "../storage.ts"
import { say } from "../terminal.ts"

interface Finding {
  readonly name: string
  readonly state: "good" | "bad" | "skipped"
  readonly text: string
}

const good = (name: string, text: string): Finding => ({ name, state: "good", text })
const bad = (name: string, text: string): Finding => ({ name, state: "bad", text })
const skipped = (name: string, text: string): Finding => ({ name, state: "skipped", text })

const secretsClosed = (dataDir: string | undefined): Finding => {
  const name = "key files"
  const file = join(secretsFolder(dataDir ?? ""), signingKeysName)
  if (dataDir === undefined || !existsSync(file)) return skipped(name, "there are none")
  return (statSync(file).mode & 0o077) === 0
    ? good(name, "closed to other users")
    : bad(name, `${file} is open to other users. Run: chmod 600 ${file}`)
}

const whereabouts = ({ kind, dataDir }: OpenStorage): string =>
  dataDir !== undefined
    ? `answers from ${resolve(dataDir)}`
    : kind === "memory"
      ? "in memory: it ends with the process"
      : "answers"

/** Whether row-level security holds the connections of the store. */
const isolation = (storage: OpenStorage, migrations: Finding) => {
  const name = "isolation"
  const { database, isWalled } = storage
  if (database === undefined) return Effect.succeed(skipped(name, "there is no database"))
  if (!isWalled) return Effect.succeed(skipped(name, "row-level security is off: all data belongs to one organization"))
  if (migrations.state === "bad") return Effect.succeed(skipped(name, "the migrations come first"))
  return Effect.gen(function* () {
    yield* ApplicationRole.check
    return (yield* ApplicationRole.searchIsIndexed)
      ? good(name, "row-level security holds every table")
      : good(
          name,
          `row-level security holds every table; a search reads all records of an organization until a superuser runs: ${ApplicationRole.searchRemedy}`
        )
  }).pipe(
    Effect.provideService(SqlClient.SqlClient, Context.get(database, PgStore.StoreClient)),
    Effect.catch((error) => Effect.succeed(bad(name, error._tag === "SqlError" ? reasonOf(error) : error.message)))
  )
}

const onStorage = (config: Config, storage: OpenStorage) =>
  Effect.gen(function* () {
    const migrations = yield* Effect.match(migrationStatus(storage), {
      onFailure: ({ reason }) => bad("migrations", reason),
      onSuccess: ({ applied, pending }) =>
        pending.length === 0
          ? good("migrations", `${applied.length} applied, none pending`)
          : bad("migrations", `pending: ${pending.join(", ")}. Run: itsm migrate`)
    })
    const keys =
      migrations.state === "bad"
        ? skipped("keys", "they are kept in the database, whose migrations come first")
        : yield* Effect.match(installation(config, storage), {
            onFailure: ({ reason }) =>
              bad(
                "keys",
                `${reason} Restore them from a backup, or remove them to have new ones made: everyone signs in again then.`
              ),
            onSuccess: ({ signingKeys }) => {
              const { verifying, signing } = signingKeys.at(Date.now())
              return good("keys", `${verifying.size} published; ${signing.kid} signs`)
            }
          })
    const walled = yield* isolation(storage, migrations)
    return [good("storage", whereabouts(storage)), migrations, walled, keys, secretsClosed(storage.dataDir)]
  })

/** Looks at everything that the server needs and has, tells what it found and what to do about it, and fails where something is wrong. */
export const doctor = (config: Config, extensions: ReadonlyArray<Extension>, unknown: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const settings =
      unknown.length === 0
        ? good("settings", "all are understood")
        : bad("settings", `unknown: ${unknown.join(", ")}. Correct the names, or remove them.`)
    const stored = yield* openStorage(config, extensions).pipe(
      Effect.flatMap((storage) => onStorage(config, storage)),
      Effect.scoped,
      Effect.catch(({ reason }) => Effect.succeed([bad("storage", reason)]))
    )
    const modules = extensions.map(({ module }) => good("modules", `${module.name}, beside those of the product`))
    const findings = [settings, ...modules, ...stored]
    for (const { name, state, text } of findings) yield* say(`${state.padEnd(8)} ${name.padEnd(12)} ${text}`)
    const wrong = findings.filter(({ state }) => state === "bad").length
    if (wrong > 0)
      return yield* new CommandFailed({ reason: wrong === 1 ? "One thing is wrong." : `${wrong} things are wrong.` })
  })
