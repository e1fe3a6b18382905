import { Effect } from "effect"
import type { Config } from "../config/config.ts"
import type { Extension } from "../extensions.ts"
import { CommandFailed } from "../failure.ts"
import { migrate, migrationStatus } from "../migration.ts"
import { openStorage } from "../storage.ts"
import { say } from "../terminal.ts"

/** Applies what is pending, or with `--status` only tells it. */
export const migrateCommand = (config: Config, extensions: ReadonlyArray<Extension>, onlyStatus: boolean) =>
  Effect.gen(function* () {
    if (config.storage.kind === "memory")
      return yield* new CommandFailed({ reason: "A store in memory has no migrations: leave ITSM_STORE out." })
    const storage = yield* openStorage(config, extensions)
    if (!onlyStatus) {
      const names = yield* migrate(storage)
      return yield* say(
        names.length === 0 ? "The schema is up to date." : names.map((name) => `applied  ${name}`).join("\n")
      )
    }
    const { applied, pending } = yield* migrationStatus(storage)
    const lines = [
      ...applied.map(({ name, appliedAt }) => `applied  ${name}  ${appliedAt.toISOString()}`),
      ...pending.map((name) => `pending  ${name}`)
    ]
    return yield* say(lines.join("\n"))
  }).pipe(Effect.scoped)
