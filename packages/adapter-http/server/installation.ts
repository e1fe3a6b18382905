import { Effect, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql"
import { hkdfSync, randomBytes } from "node:crypto"
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
import { SigningKeys } from "../src/auth/index.ts"
import type { Config } from "./config/config.ts"
import { CommandFailed } from "./failure.ts"
import type { OpenStorage } from "./storage.ts"

/** The secrets of one installation: every process of it has the same. */
export interface Installation {
  readonly signingKeys: SigningKeys.SigningKeys
  /** Authenticates the cursors of lists. */
  readonly cursorKey: Uint8Array
  /** Encrypts what is stored and must be read again. */
  readonly secretKey: Uint8Array
  /** What was encrypted with one of these is still read. */
  readonly earlierSecretKeys: ReadonlyArray<Uint8Array>
}

const atRest = "itsm secrets at rest"

export const secretsFolder = (dataDir: string) => join(dataDir, "secrets")

/** Of several processes that start at once, one writes, and all read what it wrote. */
const inDatabase = (name: string, generate: () => string) =>
  SqlClient.SqlClient.use((sql) =>
    Effect.gen(function* () {
      yield* sql`INSERT INTO installation_secrets (name, value) VALUES (${name}, ${generate()}) ON CONFLICT (name) DO NOTHING`
      const [row] = yield* sql<{ readonly value: string }>`SELECT value FROM installation_secrets WHERE name = ${name}`
      return row!.value
    })
  )

/** The folder has one owner at a time, and a file is there in full or not at all. */
const inFolder = (folder: string, name: string, generate: () => string) =>
  Effect.try({
    try: () => {
      const file = join(folder, name)
      if (existsSync(file)) return readFileSync(file, "utf8")
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      chmodSync(folder, 0o700)
      const value = generate()
      const handle = openSync(`${file}.unfinished`, "w", 0o600)
      writeSync(handle, value)
      fsyncSync(handle)
      closeSync(handle)
      renameSync(`${file}.unfinished`, file)
      return value
    },
    catch: (error) => new CommandFailed({ reason: `The secret ${name} cannot be kept in ${folder}: ${String(error)}` })
  })

const kept = (
  { database, dataDir }: OpenStorage,
  name: string,
  generate: () => string
): Effect.Effect<string, CommandFailed> => {
  if (database === undefined) return Effect.sync(generate)
  if (dataDir !== undefined) return inFolder(secretsFolder(dataDir), name, generate)
  return inDatabase(name, generate).pipe(
    Effect.mapError(
      ({ message }) => new CommandFailed({ reason: `The secret ${name} cannot be kept in the database: ${message}` })
    ),
    Effect.provideContext(database)
  )
}

/** The secrets that the settings give; those that they leave out are made once, and kept with the data. */
export const installation = Effect.fnUntraced(function* (
  config: Pick<Config, "signingKeys" | "encryptionKey" | "earlierEncryptionKeys">,
  storage: OpenStorage
) {
  const keep = (name: string, generate: () => string) => kept(storage, name, generate)
  const signingKeys =
    config.signingKeys === undefined
      ? SigningKeys.read(yield* keep("signing-keys", SigningKeys.generate))
      : Result.succeed(Redacted.value(config.signingKeys))
  if (Result.isFailure(signingKeys)) {
    return yield* new CommandFailed({
      reason: `The signing keys that were kept cannot be read: the text ${signingKeys.failure}.`
    })
  }
  const encryptionKey =
    config.encryptionKey === undefined
      ? Buffer.from(yield* keep("encryption-key", () => randomBytes(32).toString("base64")), "base64")
      : Redacted.value(config.encryptionKey)
  const keyFor = (purpose: string, key: Uint8Array = encryptionKey) =>
    new Uint8Array(hkdfSync("sha256", key, "", purpose, 32))
  const earlier = config.earlierEncryptionKeys === undefined ? [] : Redacted.value(config.earlierEncryptionKeys)
  return {
    signingKeys: signingKeys.success,
    cursorKey: keyFor("itsm list cursors"),
    secretKey: keyFor(atRest),
    earlierSecretKeys: earlier.map((key) => keyFor(atRest, key))
  } satisfies Installation
})
