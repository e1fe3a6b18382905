import { Effect } from "effect"
import type { CurrentActor } from "../access/actor.ts"
import type { Kernel } from "../running/kernel.ts"
import { answer, type Asked } from "./answer.ts"
import type { PlannedChange } from "./change.ts"
import { type DeliveredEvent, type Delivery, eventOf } from "./delivery.ts"
import type { DataOf, Event, EventDefinition } from "./event.ts"
import type { AnyCommand, Moment } from "./command.ts"
import type { Held } from "./held.ts"
import type { AnyView, FaceOf } from "./published.ts"
import type { Reader } from "../storage/reader.ts"
import type { TimerRequest } from "./timer.ts"

/** What an inside reaction adds to the commit that its event is part of. */
export interface Addition<V extends AnyView = AnyView> {
  /** Fields of the event's subject. */
  readonly change?: Partial<FaceOf<V>>
  readonly also?: ReadonlyArray<PlannedChange>
  /** They are reacted to in turn. */
  readonly events?: ReadonlyArray<Event>
  readonly timers?: ReadonlyArray<TimerRequest>
}

/** What a reaction knows of an event: its data, and its subject as it is stored and as it will be. */
export interface Facts<D, V extends AnyView> {
  readonly data: D
  /** `undefined` for a record that the commit makes. */
  readonly before: FaceOf<V> | undefined
  readonly after: FaceOf<V>
}

/** Runs in the commit of the command that raised the event: the two never disagree. */
export interface InsideReaction {
  /** `sla.start_clocks`: how errors and the audit log speak of it. */
  readonly name: string
  readonly event: EventDefinition
  readonly type: string
  /** Reads; then gives the pure decision, which knows the subject as the round found it. */
  readonly react: (facts: Facts<any, AnyView>, read: Reader, moment: Moment) => Effect.Effect<Addition>
}

interface InsideSpec<D, V extends AnyView, F> {
  readonly name: string
  /** The only part that touches the store; what it reads is as it was before the command. */
  readonly gather?: (facts: Facts<D, V>, read: Reader, moment: Moment) => Effect.Effect<F>
  /** Pure: the same facts give the same addition. */
  readonly decide: (facts: Facts<D, V>, gathered: F, moment: Moment) => Addition<V>
}

/** May the two disagree for a second? If not, react inside. */
export const inside = <E extends EventDefinition, F = undefined>(
  event: E,
  { name, gather, decide }: InsideSpec<DataOf<E>, E["view"], F>
): InsideReaction => ({
  name,
  event,
  type: event.type,
  react: (facts, read, moment) =>
    Effect.map(
      gather?.(facts as Facts<DataOf<E>, E["view"]>, read, moment) ?? Effect.succeed(undefined as F),
      (gathered) => decide(facts as Facts<DataOf<E>, E["view"]>, gathered, moment)
    )
})

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

/** 1 s, 2 s, 4 s, up to an hour. */
export const retryDelayMs = (failures: number): number => Math.min(1000 * 2 ** (failures - 1), 3_600_000)

const usualAttempts = 12
const usualRetriesMs = Array.from({ length: usualAttempts - 1 }, (_, index) => retryDelayMs(index + 1))

export interface Delivered {
  readonly event: DeliveredEvent
  /** A command that `answers` it is committed once, however often the event is delivered. */
  readonly delivery: Held<Delivery>
}

export const after = <E extends EventDefinition, R>(
  definition: E,
  options: AfterOptions & {
    readonly react: (data: DataOf<E>, delivered: Delivered) => Effect.Effect<void, unknown, R>
  }
): AfterReaction<R> => ({
  timeoutMs: 30_000,
  concurrency: 4,
  ordered: false,
  retriesMs: usualRetriesMs,
  ...options,
  type: definition.type,
  react: (delivery) =>
    options.react(delivery.current.eventData as DataOf<E>, { event: eventOf(delivery.current), delivery })
})

/**
 * A reaction that runs one command, once for each event. A record that is gone, or has moved on, calls for nothing any
 * more.
 */
export const runs = <E extends EventDefinition>(
  definition: E,
  command: AnyCommand,
  options: AfterOptions & { readonly ask: (data: DataOf<E>, event: DeliveredEvent) => Asked | null }
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
