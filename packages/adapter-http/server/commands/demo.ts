import { Effect, Redacted } from "effect"
import type { Config } from "../config/config.ts"
import { makeDemo, rehearse } from "../demo/demo.ts"
import type { Extension } from "../extensions.ts"
import { CommandFailed } from "../failure.ts"
import { migrate } from "../migration.ts"
import { openStorage } from "../storage.ts"
import { say } from "../terminal.ts"

/** Makes the demo organizations in storage that holds none yet. */
export const demo = (config: Config, extensions: ReadonlyArray<Extension>) =>
  Effect.gen(function* () {
    if (config.storage.kind === "memory")
      return yield* new CommandFailed({ reason: "A store in memory ends with this command: leave ITSM_STORE out." })
    const storage = yield* openStorage(config, extensions)
    yield* migrate(storage)
    const password = yield* makeDemo(storage, rehearse(config, extensions))
    if (password === undefined)
      return yield* new CommandFailed({
        reason: "The database holds organizations already: the demo is only made in an empty one."
      })
    return yield* say(
      `Acme and Globex are in place: sign in as admin, manager, agent or user at acme.example or globex.example.\nThe password: ${Redacted.value(password)}`
    )
  }).pipe(Effect.scoped)
