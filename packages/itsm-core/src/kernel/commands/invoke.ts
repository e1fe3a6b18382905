import { Effect } from "effect"
import type { CurrentActor } from "../access/actor.ts"
import type { AnyRecord } from "../model/entity.ts"
import { type DomainError, UnknownOperation } from "../model/errors.ts"
import { Kernel } from "../running/kernel.ts"
import type { Command } from "./command.ts"
import { execute, type Outcome, type Request } from "./shell.ts"

type Options = Pick<Request, "expectedVersion" | "dryRun" | "answers">

/**
 * Runs a command by its name, as the current actor and through the shell as every caller does: what automation, bulk
 * operations and other modules do to records whose module they do not import. `id` is `null` for a creation. Gives the
 * record, or the one that the command made.
 */
export const command = Effect.fnUntraced(function* (
  name: string,
  id: string | null,
  input: unknown = {},
  options: Options = {}
): Effect.fn.Return<AnyRecord, DomainError, Kernel | CurrentActor> {
  const { catalogue } = yield* Kernel
  const found = catalogue.command(name)
  if (found === undefined) return yield* new UnknownOperation({ name })
  const request = { ...options, ...(id === null ? {} : { id }), input: Effect.succeed(input) }
  const outcome = (yield* execute(found as Command<any, unknown, DomainError, any>, request)) as Outcome
  return outcome.made ?? outcome.record
})
