import { Effect, Schema } from "effect"
import { Nothing } from "./command.ts"
import { assemble, type Query } from "./query.ts"
import type { AnyEntity } from "../model/entity.ts"
import { Kernel } from "../running/kernel.ts"

/** The actions of the present state of a record. */
export const Transitions = Schema.Struct({
  currentState: Schema.String,
  transitions: Schema.Array(
    Schema.Struct({
      action: Schema.String,
      /** Where it leads; several states where the facts decide. */
      to: Schema.Array(Schema.String),
      allowed: Schema.Boolean,
      guard: Schema.optionalKey(Schema.String),
      reason: Schema.optionalKey(Schema.String)
    })
  )
}).annotate({ identifier: "Transitions" })
export type Transitions = typeof Transitions.Type

/** `GET /<entities>/{id}/transitions/`, which each kind of record with a lifecycle has. */
export const transitionsOf = <E extends AnyEntity>(entity: E): Query<{}, Transitions, never, E, "record"> =>
  assemble<{}, typeof Transitions, never, E, "record">(
    "record",
    entity,
    "transitions",
    {
      description: "The actions of the present state, each with what stands against it.",
      input: Nothing,
      output: Transitions
    },
    (seen, _input, _read, { actor, now }) =>
      Effect.map(Kernel, ({ catalogue }) => ({
        currentState: String(seen?.record[entity.lifecycle?.field ?? "state"]),
        transitions: seen === undefined ? [] : (catalogue.actions.get(entity.name)?.transitions(actor, seen, now) ?? [])
      }))
  )
