import { Schema } from "effect"
import * as Entity from "../model/entity.ts"
import { Id } from "../model/id.ts"
import { Instant } from "../model/instant.ts"
import type { RecordOf } from "../model/entity.ts"
import { Text, Whole } from "../model/text.ts"

/** Something that happened, as other modules see it. */
export interface Event<T extends string = string, D = unknown> {
  readonly type: T
  readonly data: D
}

export interface EventDefinition<T extends string = string, D = any> {
  /** The type without its version. */
  readonly name: string
  readonly type: T
  readonly data: Schema.Codec<D, any, never, never>
  readonly make: (data: D) => Event<T, D>
}

/** Defines `incident.resolved` as the event type `incident.resolved.v1`. */
export const define = <const Name extends string, D>(
  name: Name,
  data: Schema.Codec<D, any, never, never>
): EventDefinition<`${Name}.v1`, D> => {
  const type = `${name}.v1` as const
  return { name, type, data, make: (value) => ({ type, data: value }) }
}

/** The outbox: an event is written here in its command's commit, and from here delivered to its reactions. */
export const OutboxEvent = Entity.define("OutboxEvent", {
  plural: "outboxEvents",
  fields: {
    type: Entity.managed(Text(1, 255)),
    aggregateType: Entity.managed(Text(1, 255)),
    aggregateId: Entity.managed(Text(36, 36)),
    aggregateVersion: Entity.managed(Whole(1, Number.MAX_SAFE_INTEGER)),
    /** Which of the events of its command it is, from 0. */
    sequence: Entity.managed(Whole(0, 10_000), 0),
    occurredAt: Entity.managed(Instant),
    actorId: Entity.managed(Schema.NullOr(Id("User"))),
    requestId: Entity.managed(Schema.NullOr(Schema.String)),
    causationId: Entity.managed(Schema.NullOr(Schema.String)),
    correlationId: Entity.managed(Schema.String),
    /** How many events stand between this one and the command of a person. */
    depth: Entity.managed(Whole(0, 100)),
    data: Entity.managed(Schema.Unknown as Schema.Codec<unknown, unknown, never, never>),
    dueAt: Entity.managed(Instant),
    leaseUntil: Entity.managed(Schema.NullOr(Instant)),
    /** Set once there is a delivery to each of its reactions; from the start where none waits for this type. */
    processedAt: Entity.managed(Schema.NullOr(Instant))
  },
  indexes: [["aggregateId"]]
})
export type OutboxEvent = RecordOf<typeof OutboxEvent>
