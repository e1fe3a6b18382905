import { Schema } from "effect"
import * as Entity from "../model/entity.ts"
import type { RecordOf } from "../model/entity.ts"
import type { AnySchema } from "../model/field.ts"
import { ActorId, PastId } from "../model/id.ts"
import { Instant } from "../model/instant.ts"
import { type SnakeCase, Text, Whole } from "../model/text.ts"
import type { AnyView, FaceOf, View } from "./published.ts"

/** Something that happened to a record, its subject, as other modules see it. */
export interface Event<T extends string = string, D = unknown> {
  readonly type: T
  readonly subject: { readonly entity: string; readonly id: string }
  readonly data: D
}

/** What every event says of its subject: the id, and the number where the view has one. */
type Named<V extends AnyView> =
  FaceOf<V> extends { readonly number: string } ? Pick<FaceOf<V>, "id" | "number"> : Pick<FaceOf<V>, "id">

type Shape = Readonly<Record<string, AnySchema>>
type Own<F extends Shape> = { readonly [K in keyof F]: F[K]["Type"] }
type Simplify<T> = { readonly [K in keyof T]: T[K] }

/** A type of event, registered by the module that publishes it. */
export interface EventDefinition<T extends string = string, V extends AnyView = AnyView, F extends Shape = any> {
  readonly "~published": "event"
  readonly type: T
  /** What it happens to. */
  readonly view: V
  readonly data: Schema.Codec<Simplify<Named<V> & Own<F>>, any, never, never>
  /** The event of one record, which need not be stored before. */
  readonly make: (
    subject: Named<V>,
    ...own: {} extends Own<F> ? [] : [own: Own<F>]
  ) => Event<T, Simplify<Named<V> & Own<F>>>
}

export type DataOf<E extends EventDefinition> = E["data"]["Type"]

type TypeName<V extends AnyView, Name extends string> = `${SnakeCase<V["entity"]>}.${Name}.v1`

/** Defines what happens to the records of a view: `define(IncidentView, "resolved", {…})` is `incident.resolved.v1`. */
export const define = <V extends AnyView, const Name extends string, const F extends Shape = {}>(
  of: V,
  name: Name,
  fields?: F
): EventDefinition<TypeName<V, Name>, V, F> => {
  const named = of.fields.filter((field) => field.name === "id" || field.name === "number")
  const type = `${of.resource}.${name}.v1`
  return {
    "~published": "event",
    type,
    view: of,
    data: Schema.Struct({ ...Object.fromEntries(named.map((field) => [field.name, field.schema])), ...fields }),
    make: (subject: Readonly<Record<string, unknown>>, own?: object) => ({
      type,
      subject: { entity: of.entity, id: subject["id"] },
      data: { ...Object.fromEntries(named.map((field) => [field.name, subject[field.name]])), ...own }
    })
  } as unknown as EventDefinition<TypeName<V, Name>, V, F>
}

/** What happens to every record that people create, change, delete and restore. */
export const crud = <V extends AnyView>(of: V) => ({
  created: define(of, "created"),
  updated: define(of, "updated"),
  deleted: define(of, "deleted"),
  restored: define(of, "restored")
})

export type CrudEvents = ReturnType<typeof crud<View<any, any>>>

/** The outbox: an event is written here in its command's commit, and from here delivered to its reactions. */
export const OutboxEvent = Entity.define("OutboxEvent", {
  plural: "outboxEvents",
  role: "queue",
  queue: { doneAt: "processedAt", isSequenced: true },
  fields: {
    type: Entity.managed(Text(1, 255)),
    aggregateType: Entity.managed(Text(1, 255)),
    aggregateId: Entity.managed(Text(36, 36)),
    aggregateVersion: Entity.managed(Whole(1, Number.MAX_SAFE_INTEGER)),
    /** Which of the events of its commit it is, from 0. */
    sequence: Entity.managed(Whole(0, 10_000), 0),
    occurredAt: Entity.managed(Instant),
    actorId: Entity.managed(Schema.NullOr(ActorId)),
    requestId: Entity.managed(Schema.NullOr(Schema.String)),
    /** The event that led to this one; null where no event did. */
    causationId: Entity.managed(Schema.NullOr(Schema.String)),
    /** The same for everything that one request led to. */
    correlationId: Entity.managed(Schema.String),
    /** How many events stand between this one and the command of a person. */
    depth: Entity.managed(Whole(0, 100)),
    /** For whom the platform acted. */
    onBehalfOfId: Entity.managed(Schema.NullOr(PastId)),
    data: Entity.managed(Schema.Unknown as Schema.Codec<unknown, unknown, never, never>),
    dueAt: Entity.managed(Instant),
    leaseUntil: Entity.managed(Schema.NullOr(Instant)),
    /** Set once there is a delivery to each of its reactions; from the start where none waits for this type. */
    processedAt: Entity.managed(Schema.NullOr(Instant))
  },
  indexes: [["aggregateId"]]
})
export type OutboxEvent = RecordOf<typeof OutboxEvent>
