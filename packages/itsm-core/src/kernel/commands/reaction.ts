import { Effect } from "effect"
import type { PlannedChange } from "./change.ts"
import type { DataOf, Event, EventDefinition, OutboxEvent } from "./event.ts"
import type { Moment } from "./command.ts"
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

/** Runs after the commit, from the outbox: at least once, so it must be idempotent by the event's id. */
export interface AfterReaction<R> {
  readonly type: string
  readonly react: (event: OutboxEvent) => Effect.Effect<void, unknown, R>
}

export const after = <E extends EventDefinition, R>(
  definition: E,
  react: (data: DataOf<E>, event: OutboxEvent) => Effect.Effect<void, unknown, R>
): AfterReaction<R> => ({ type: definition.type, react: (event) => react(event.data as DataOf<E>, event) })
