import { Effect } from "effect"
import type { CurrentActor } from "../access/actor.ts"
import { answer, type Asked } from "./answer.ts"
import type { PlannedChange } from "./change.ts"
import { type DeliveredEvent, type Delivery, eventOf } from "./delivery.ts"
import type { Event, EventDefinition } from "./event.ts"
import type { AnyCommand, Moment } from "./command.ts"
import type { Held } from "./held.ts"
import type { Kernel } from "../running/kernel.ts"
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

/** How a reaction is delivered. */
export interface AfterOptions {
  /** `<module>.<what>`; no two reactions have the same, and deliveries that wait find their reaction by it. */
  readonly name: string
  /** How long it may take; 30 seconds where nothing is said. */
  readonly timeoutMs?: number
  /** How many of it run at once in each process; 4 where nothing is said. */
  readonly concurrency?: number
  /** The events of one record come one after another, in their order, across all processes. */
  readonly ordered?: boolean
  /** How long to wait after each attempt that fails; once all are used up the delivery is dead. */
  readonly retriesMs?: ReadonlyArray<number>
}

/**
 * Runs after the commit, as the system: at least once, so that it must be idempotent by the event's id, or answer its
 * delivery with the commit of a command.
 */
export interface AfterReaction<R> extends Required<AfterOptions> {
  readonly type: string
  readonly react: (delivery: Held<Delivery>) => Effect.Effect<void, unknown, R>
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

/** 1 s, 2 s, 4 s, up to an hour. */
export const retryDelayMs = (failures: number): number => Math.min(1000 * 2 ** (failures - 1), 3_600_000)

const usualAttempts = 12
const usualRetriesMs = Array.from({ length: usualAttempts - 1 }, (_, index) => retryDelayMs(index + 1))

export interface Delivered {
  readonly event: DeliveredEvent
  /** A command that `answers` it is committed once, however often the event is delivered. */
  readonly delivery: Held<Delivery>
}

export const after = <T extends string, D, R>(
  definition: EventDefinition<T, D>,
  options: AfterOptions & {
    readonly react: (data: D, delivered: Delivered) => Effect.Effect<void, unknown, R>
  }
): AfterReaction<R> => ({
  timeoutMs: 30_000,
  concurrency: 4,
  ordered: false,
  retriesMs: usualRetriesMs,
  ...options,
  type: definition.type,
  react: (delivery) => options.react(delivery.current.data as D, { event: eventOf(delivery.current), delivery })
})

/**
 * A reaction that runs one command, once for each event. A record that is gone, or has moved on, calls for nothing any
 * more.
 */
export const runs = <T extends string, D>(
  definition: EventDefinition<T, D>,
  command: AnyCommand,
  options: AfterOptions & { readonly ask: (data: D, event: DeliveredEvent) => Asked | null }
): AfterReaction<Kernel | CurrentActor> => {
  const { ask, ...rest } = options
  return after(definition, {
    ...rest,
    react: (data, { event, delivery }) => {
      const asked = ask(data, event)
      return asked === null ? Effect.void : answer(command, asked, delivery)
    }
  })
}
