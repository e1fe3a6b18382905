import { Schema } from "effect"
import * as Event from "./event.ts"
import { view } from "./published.ts"

/** A chain of reactions was cut off: the delivery that would have gone on is dead until an operator looks at it. */
export const AutomationDepthExceeded = Event.define(
  { ...view("Delivery", {}), resource: "automation" },
  "depth_exceeded",
  { reaction: Schema.String, eventId: Schema.String, eventType: Schema.String }
)

/** A chain of timers that set each other at once was cut off: the one that would have gone on is gone. */
export const TimerDepthExceeded = Event.define(view("Timer", {}), "depth_exceeded", {
  kind: Schema.String,
  ref: Schema.String
})
