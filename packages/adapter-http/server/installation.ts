import { Effect, Redacted, Result } from "effect"
import { hkdfSync, randomBytes } from "node:crypto"
import { SigningKeys } from "../src/auth/index.ts"
import type { Config } from "./config/config.ts"
import { CommandFailed } from "./failure.ts"
import { kept, type Place, placeOf, signingKeysName } from "./kept-secrets.ts"
import type { OpenStorage } from "./storage.ts"

/** The secrets of one installation: every process of it has the same. */
export interface Installation {
  readonly signingKeys: SigningKeys.SigningKeys
  /** Takes up what has been changed about the keys that are kept. */
  readonly follow: Effect.Effect<void>
  /** Authenticates the cursors of lists. */
  readonly cursorKey: Uint8Array
  /** Encrypts what is stored and must be read again. */
  readonly secretKey: Uint8Array
  /** What was encrypted with one of these is still read. */
  readonly earlierSecretKeys: ReadonlyArray<Uint8Array>
}

const atRest = "itsm secrets at rest"

const readKept = (place: Place) =>
  Effect.flatMap(kept(place, signingKeysName, SigningKeys.generate), (text) =>
    Result.match(SigningKeys.read(text), {
      onFailure: (reason) =>
        Effect.fail(
          new CommandFailed({ reason: `The signing keys that were kept cannot be read: the text ${reason}.` })
        ),
      onSuccess: (keys) => Effect.succeed({ text, keys })
    })
  )

/** The keys that are kept, as they were read last; `follow` reads them again, and leaves them where that fails. */
const keptKeys = Effect.fnUntraced(function* (place: Place) {
  let known = yield* readKept(place)
  const follow = readKept(place).pipe(
    Effect.tap((read) => (read.text === known.text ? Effect.void : Effect.logInfo("the signing keys have changed"))),
    Effect.map((read) => void (known = read.text === known.text ? known : read)),
    Effect.catch(({ reason }) => Effect.logWarning("the signing keys could not be read again", { reason }))
  )
  return {
    signingKeys: { at: (nowMs: number) => known.keys.at(nowMs) } satisfies SigningKeys.SigningKeys,
    // what only this process has, nobody else changes, and read again it would be made anew
    follow: place.kind === "process" ? Effect.void : follow
  }
})

/** The secrets that the settings give; those that they leave out are made once, and kept with the data. */
export const installation = Effect.fnUntraced(function* (
  config: Pick<Config, "signingKeys" | "encryptionKey" | "earlierEncryptionKeys">,
  storage: Pick<OpenStorage, "database" | "dataDir">
) {
  const place = placeOf(storage)
  const { signingKeys, follow } =
    config.signingKeys === undefined
      ? yield* keptKeys(place)
      : { signingKeys: Redacted.value(config.signingKeys), follow: Effect.void }
  const encryptionKey =
    config.encryptionKey === undefined
      ? Buffer.from(yield* kept(place, "encryption-key", () => randomBytes(32).toString("base64")), "base64")
      : Redacted.value(config.encryptionKey)
  const keyFor = (purpose: string, key: Uint8Array = encryptionKey) =>
    new Uint8Array(hkdfSync("sha256", key, "", purpose, 32))
  const earlier = config.earlierEncryptionKeys === undefined ? [] : Redacted.value(config.earlierEncryptionKeys)
  return {
    signingKeys,
    follow,
    cursorKey: keyFor("itsm list cursors"),
    secretKey: keyFor(atRest),
    earlierSecretKeys: earlier.map((key) => keyFor(atRest, key))
  } satisfies Installation
})
