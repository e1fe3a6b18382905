import { Schema } from "effect"
import type { AnyCommand, Moment } from "./command.ts"
import * as Entity from "../model/entity.ts"
import type { RecordOf } from "../model/entity.ts"
import type { Instant as InstantType } from "../model/instant.ts"
import { Instant, plusMs } from "../model/instant.ts"
import { Text, Whole } from "../model/text.ts"

/**
 * A deadline that survives restarts. There is one for each `key` (kind and record); setting it again moves it. It fires
 * at least once; the commit of what it does consumes it, so its effect happens once.
 */
export const Timer = Entity.define("Timer", {
  plural: "timers",
  role: "queue",
  queue: { key: "key" },
  fields: {
    kind: Entity.managed(Text(1, 255)),
    key: Entity.managed(Text(1, 512)),
    ref: Entity.managed(Text(36, 36)),
    dueAt: Entity.managed(Instant),
    leaseUntil: Entity.managed(Schema.NullOr(Instant)),
    attempts: Entity.managed(Whole(0, 1000), 0),
    lastError: Entity.managed(Schema.NullOr(Schema.String)),
    /** The same for everything that one request led to. */
    correlationId: Entity.managed(Schema.NullOr(Schema.String)),
    /** How many events and timers stand between a request and what the timer does. */
    depth: Entity.managed(Whole(0, 100), 0)
  },
  indexes: [["ref"]]
})
export type Timer = RecordOf<typeof Timer>

/** What a decision asks for: a deadline set, or (with `at: null`) taken away. */
export interface TimerRequest {
  readonly kind: string
  readonly ref: string
  readonly at: InstantType | null
}

/** A deadline that is farther off than this is no answer to what led to it, and what it does is the first of its chain. */
const soonMs = 60_000

/** How deep in its chain that is which a deadline leads to; one that is taken away leads to nothing. */
export const depthOf = ({ at }: TimerRequest, { now, cause }: Pick<Moment, "now" | "cause">): number =>
  at !== null && at <= plusMs(now, soonMs) ? cause.depth + 1 : 0

export const timerKey = (kind: string, ref: string): string => `${kind}:${ref}`

/** What happens when a timer of this kind is due. */
export interface TimerHandler {
  readonly kind: string
  readonly command: AnyCommand
}

/**
 * A timer of this kind that is due runs the command on the record that it names, as the system. The commit consumes the
 * timer; a record that is gone, or has moved on, is left alone.
 */
export const runs = (kind: string, command: AnyCommand): TimerHandler => ({ kind, command })
