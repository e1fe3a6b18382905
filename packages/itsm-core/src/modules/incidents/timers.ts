import { Effect } from "effect"
import { type Command, type Kernel, Shell, type Timer } from "../../kernel/index.ts"
import { autoCloseTimer, closingSoonTimer, followUpTimer, reminderTimer } from "./clockwork.ts"
import { announceClosing, remind } from "./reminding.ts"
import { resume } from "./waiting.ts"
import { close } from "./resolution.ts"

/** Runs the command as the system and consumes the timer in its commit. An incident that has moved on is left alone. */
const firing = (kind: string, command: Command.AnyCommand): Timer.TimerHandler<Kernel.Kernel> => ({
  kind,
  fire: (timer) =>
    Shell.execute(command, { id: timer.ref, input: Effect.succeed({}), timer }).pipe(
      Effect.asVoid,
      Effect.catchTag(["StateConflict", "NotFound"], () => Effect.void)
    ) as Effect.Effect<void, unknown, Kernel.Kernel>
})

/** A follow-up that is due resumes the incident; a resolution that nobody objected to closes it, after a warning. */
export const timers = [
  firing(followUpTimer, resume),
  firing(reminderTimer, remind),
  firing(closingSoonTimer, announceClosing),
  firing(autoCloseTimer, close)
]
