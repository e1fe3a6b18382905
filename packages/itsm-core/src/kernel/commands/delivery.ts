import { Schema } from "effect"
import * as Entity from "../model/entity.ts"
import type { RecordOf } from "../model/entity.ts"
import { ActorId, PastId } from "../model/id.ts"
import { Instant } from "../model/instant.ts"
import { Text, Whole } from "../model/text.ts"
import type { OutboxEvent } from "./event.ts"

/**
 * One event on its way to one reaction. It is deleted when the reaction has run; after the last attempt that failed it
 * is dead, and an operator has it tried again or drops it.
 */
export const Delivery = Entity.define("Delivery", {
  plural: "deliveries",
  role: "queue",
  fields: {
    eventId: Entity.managed(Text(36, 36)),
    type: Entity.managed(Text(1, 255)),
    /** The name of the reaction: `identity.mail_link`. */
    reaction: Entity.managed(Text(1, 255)),
    aggregateType: Entity.managed(Text(1, 255)),
    aggregateId: Entity.managed(Text(36, 36)),
    aggregateVersion: Entity.managed(Whole(1, Number.MAX_SAFE_INTEGER)),
    occurredAt: Entity.managed(Instant),
    actorId: Entity.managed(Schema.NullOr(ActorId)),
    requestId: Entity.managed(Schema.NullOr(Schema.String)),
    causationId: Entity.managed(Schema.NullOr(Schema.String)),
    correlationId: Entity.managed(Schema.String),
    depth: Entity.managed(Whole(0, 100)),
    onBehalfOfId: Entity.managed(Schema.NullOr(PastId)),
    /** What the event says; it may hold what is for the reaction alone. */
    eventData: Entity.secret(Schema.Unknown as Schema.Codec<unknown, unknown, never, never>),
    /** Deliveries of one lane run one after another, in the order of their places; without one, in no order. */
    lane: Entity.managed(Schema.NullOr(Text(1, 512))),
    place: Entity.managed(Text(1, 255)),
    state: Entity.managed(Schema.Literals(["waiting", "dead", "dropped"]), "waiting"),
    /** `null` where it waits for nothing. */
    dueAt: Entity.managed(Schema.NullOr(Instant)),
    leaseUntil: Entity.managed(Schema.NullOr(Instant)),
    /** How often it has failed since it was last set going. */
    attempts: Entity.managed(Whole(0, 1000), 0),
    lastError: Entity.managed(Schema.NullOr(Schema.String)),
    /** When an operator gave it up. */
    droppedAt: Entity.managed(Schema.NullOr(Instant))
  },
  indexes: [["lane"], ["state", "createdAt"]],
  indexesEverywhere: ["droppedAt"]
})
export type Delivery = RecordOf<typeof Delivery>

/** The event as a reaction gets it. */
export type DeliveredEvent = Pick<
  OutboxEvent,
  | "id"
  | "organizationId"
  | "type"
  | "aggregateType"
  | "aggregateId"
  | "aggregateVersion"
  | "occurredAt"
  | "actorId"
  | "requestId"
  | "causationId"
  | "correlationId"
  | "depth"
  | "onBehalfOfId"
  | "data"
>

export const eventOf = (delivery: Delivery): DeliveredEvent => ({
  ...delivery,
  id: delivery.eventId as OutboxEvent["id"],
  data: delivery.eventData
})

const digits = 16

/** The order of events about one record: its version, then time, then the order in which a command gave them. */
export const placeOf = (event: OutboxEvent): string =>
  [
    String(event.aggregateVersion).padStart(digits, "0"),
    event.occurredAt,
    String(event.sequence).padStart(4, "0"),
    event.id
  ].join(" ")

export const laneOf = (reaction: string, event: Pick<OutboxEvent, "aggregateId">): string =>
  `${reaction} ${event.aggregateId}`
