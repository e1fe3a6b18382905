import { Timer } from "../../kernel/index.ts"
import { autoCloseTimer, closingSoonTimer, followUpTimer, reminderTimer } from "./clockwork.ts"
import { announceClosing, remind } from "./reminding.ts"
import { resume } from "./waiting.ts"
import { close } from "./resolution.ts"

/** A follow-up that is due resumes the incident; a resolution that nobody objected to closes it, after a warning. */
export const timers = [
  Timer.runs(followUpTimer, resume),
  Timer.runs(reminderTimer, remind),
  Timer.runs(closingSoonTimer, announceClosing),
  Timer.runs(autoCloseTimer, close)
]
