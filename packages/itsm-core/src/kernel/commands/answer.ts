import { Effect } from "effect"
import type { CurrentActor } from "../access/actor.ts"
import type { Kernel } from "../running/kernel.ts"
import type { AnyCommand } from "./command.ts"
import type { Held } from "./held.ts"
import { execute } from "./shell.ts"

/** What held work asks of a command. */
export interface Asked {
  readonly id?: string
  readonly input?: unknown
}

/** Runs the command in answer to held work; what somebody else has answered, or a record has outlived, is done. */
export const answer = (
  command: AnyCommand,
  { id, input = {} }: Asked,
  answers: Held
): Effect.Effect<void, unknown, Kernel | CurrentActor> =>
  execute(command, {
    ...(id === undefined ? {} : { id }),
    input: Effect.succeed(input),
    answers
  }).pipe(
    Effect.asVoid,
    Effect.catchTag(["StateConflict", "NotFound", "AlreadyAnswered"], () => Effect.void)
  ) as Effect.Effect<void, unknown, Kernel | CurrentActor>
