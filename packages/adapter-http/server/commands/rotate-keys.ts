import { Clock, Effect, Result } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { SigningKeys } from "../../src/auth/index.ts"
import type { Config } from "../config/config.ts"
import { substituteFolder, usualFolder } from "../data-folder.ts"
import type { Extension } from "../extensions.ts"
import { CommandFailed } from "../failure.ts"
import { kept, type Place, placeOf, replaceKept, secretsFolder, signingKeysName } from "../kept-secrets.ts"
import { migrate } from "../migration.ts"
import { openStorage } from "../storage.ts"
import { say } from "../terminal.ts"

type Lasting = Exclude<Place, { readonly kind: "process" }>

/** The folder of the embedded database is the running server's own; the keys in it may be replaced beside it. */
const folderOf = ({ dataDir }: Config): Effect.Effect<Lasting, CommandFailed> => {
  const folders = (dataDir === undefined ? [usualFolder, substituteFolder()] : [dataDir]).map(secretsFolder)
  const folder = folders.find((each) => existsSync(join(each, signingKeysName)))
  return folder === undefined
    ? Effect.fail(new CommandFailed({ reason: "There are no keys yet: they are made when the server starts." }))
    : Effect.succeed({ kind: "folder", folder })
}

const placeFor = Effect.fnUntraced(function* (config: Config, extensions: ReadonlyArray<Extension>) {
  switch (config.storage.kind) {
    case "memory":
      return yield* new CommandFailed({ reason: "A store in memory keeps no keys: they are new with each start." })
    case "embedded":
      return yield* folderOf(config)
    case "given": {
      const storage = yield* openStorage(config, extensions)
      yield* migrate(storage)
      return placeOf(storage) as Lasting
    }
  }
})

const told = ({ kid, signsFrom, retired }: SigningKeys.Rotation, atOnce: boolean): string =>
  [
    atOnce
      ? `The key ${kid} signs now. Every access token from before is refused within a minute; sessions go on with their refresh tokens.`
      : `The key ${kid} is published now, and signs from ${new Date(signsFrom * 1000).toISOString()}. Tokens of the keys before it stay good until they expire.`,
    ...(retired.length === 0 ? [] : [`Removed: ${retired.join(", ")}.`])
  ].join("\n")

/** Adds a new signing key to those that are kept, or with `atOnce` puts it in their place. */
export const rotateKeys = (config: Config, extensions: ReadonlyArray<Extension>, atOnce: boolean) =>
  Effect.gen(function* () {
    if (config.signingKeys !== undefined)
      return yield* new CommandFailed({
        reason:
          "The signing keys are given by ITSM_SIGNING_KEYS: put a new key last in the set, restart all processes, then put it first, restart them, and remove the old one 20 minutes later."
      })
    const place = yield* placeFor(config, extensions)
    const before = yield* kept(place, signingKeysName, SigningKeys.generate)
    const rotation = SigningKeys.rotate(before, yield* Clock.currentTimeMillis, atOnce)
    if (Result.isFailure(rotation)) return yield* new CommandFailed({ reason: rotation.failure })
    if (!(yield* replaceKept(place, signingKeysName, before, rotation.success.text)))
      return yield* new CommandFailed({ reason: "The keys were changed by someone else at the same time: look again." })
    return yield* say(told(rotation.success, atOnce))
  }).pipe(Effect.scoped)
