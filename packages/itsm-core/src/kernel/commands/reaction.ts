import { Effect } from "effect"
import type { PlannedChange } from "./change.ts"
import type { Event, EventDefinition, OutboxEvent } from "./event.ts"
import type { Moment } from "./command.ts"
import type { Reader } from "../storage/reader.ts"
import type { TimerRequest } from "./timer.ts"

/** What an inside reaction adds to the commit that its event is part of. */
export interface Addition {
  readonly also?: ReadonlyArray<PlannedChange>
  readonly timers?: ReadonlyArray<TimerRequest>
}

/** Runs in the commit of the command that raised the event: the two never disagree. */
export interface InsideReaction {
  readonly type: string
  readonly react: (event: Event, read: Reader, moment: Moment) => Effect.Effect<Addition>
}

/** Runs after the commit, from the outbox: at least once, so it must be idempotent by the event's id. */
export interface AfterReaction<R> {
  readonly type: string
  readonly react: (event: OutboxEvent) => Effect.Effect<void, unknown, R>
}

/** May the two disagree for a second? If not, react inside. The reads come first, the decision is pure. */
export const inside = <T extends string, D, F>(
  definition: EventDefinition<T, D>,
  gather: (data: D, read: Reader) => Effect.Effect<F>,
  decide: (data: D, facts: F, moment: Moment) => Addition
): InsideReaction => ({
  type: definition.type,
  react: (event, read, moment) =>
    Effect.map(gather(event.data as D, read), (facts) => decide(event.data as D, facts, moment))
})

export const after = <T extends string, D, R>(
  definition: EventDefinition<T, D>,
  react: (data: D, event: OutboxEvent) => Effect.Effect<void, unknown, R>
): AfterReaction<R> => ({ type: definition.type, react: (event) => react(event.data as D, event) })
