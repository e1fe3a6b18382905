import { Schema } from "effect"
import type { ErrorKind } from "../model/errors.ts"
import { maxDepth } from "./cause.ts"
import * as Event from "./event.ts"

/** Reactions have answered each other's events too often: the command wrote nothing. */
export class DepthExceeded extends Schema.TaggedError<DepthExceeded>()("DepthExceeded", { depth: Schema.Int }) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `One request led to events that led to events, more than ${maxDepth} times.`
  }
}

/** A chain of reactions was cut off: the reaction that would have gone on is dead until an operator looks at it. */
export const AutomationDepthExceeded = Event.define(
  "automation.depth_exceeded",
  Schema.Struct({ reaction: Schema.String, eventId: Schema.String, eventType: Schema.String })
)
