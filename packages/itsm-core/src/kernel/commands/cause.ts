import { Context } from "effect"
import type { Id } from "../model/id.ts"

/** What led to a command: nothing for a request of a person or a program, an event for what a reaction asks for. */
export interface Cause {
  /** The event that is answered; `null` at the beginning of a chain. */
  readonly causationId: string | null
  /** The same for everything that one request led to; `null` where the events of the command begin a chain. */
  readonly correlationId: string | null
  /** How many events stand between the request and this: 0 for the request itself. */
  readonly depth: number
  /** For whom the platform acts, where it does not act for itself. */
  readonly onBehalfOfId: Id<"User"> | null
}

export const CurrentCause = Context.Reference<Cause>("@itsm/core/CurrentCause", {
  defaultValue: () => ({ causationId: null, correlationId: null, depth: 0, onBehalfOfId: null })
})

/** The longest chain of events that reactions may make of one request. */
export const maxDepth = 10
