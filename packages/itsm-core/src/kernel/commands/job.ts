import { type Effect, Schema } from "effect"
import type { CurrentActor } from "../access/actor.ts"
import * as Entity from "../model/entity.ts"
import type { DraftOf, RecordOf } from "../model/entity.ts"
import { PastId } from "../model/id.ts"
import { Instant } from "../model/instant.ts"
import { Text, Whole } from "../model/text.ts"
import type { Kernel } from "../running/kernel.ts"
import type { Codec, Moment } from "./command.ts"

/** How far a job has come; `total` is `null` where nobody knows it. */
export const Progress = Schema.Struct({
  done: Whole(0, Number.MAX_SAFE_INTEGER),
  total: Schema.NullOr(Whole(0, Number.MAX_SAFE_INTEGER))
}).annotate({ identifier: "JobProgress" })
export type Progress = typeof Progress.Type

const Json = Schema.Unknown as Schema.Codec<unknown, unknown, never, never>

/**
 * Work that takes longer than a request may: an import, an export, a report. It is done by a worker, again where it
 * failed, and stays to be looked at when it is over.
 */
export const Job = Entity.define("Job", {
  plural: "jobs",
  role: "queue",
  fields: {
    /** What is done: `incidents.import`. */
    kind: Entity.managed(Text(1, 255)),
    /** What the job was asked for. Whoever sees the job sees it: it is no place for secrets. */
    input: Entity.managed(Json),
    state: Entity.managed(Schema.Literals(["waiting", "running", "succeeded", "failed", "cancelled"]), "waiting"),
    progress: Entity.managed(Schema.NullOr(Progress)),
    /** What came of it, once it has succeeded. */
    result: Entity.managed(Schema.NullOr(Json)),
    /** `null` where nothing is left to be done. */
    dueAt: Entity.managed(Schema.NullOr(Instant)),
    leaseUntil: Entity.managed(Schema.NullOr(Instant)),
    /** How often it has failed since it was last set going. */
    attempts: Entity.managed(Whole(0, 1000), 0),
    lastError: Entity.managed(Schema.NullOr(Schema.String)),
    /** When its last attempt began. */
    startedAt: Entity.managed(Schema.NullOr(Instant)),
    endedAt: Entity.managed(Schema.NullOr(Instant)),
    requestedById: Entity.managed(Schema.NullOr(PastId)),
    /** The same for everything that one request led to. */
    correlationId: Entity.managed(Schema.NullOr(Schema.String)),
    /** How many events stand between a request and what the job does. */
    depth: Entity.managed(Whole(0, 100))
  },
  indexes: [
    ["requestedById", "createdAt"],
    ["state", "createdAt"]
  ],
  indexesEverywhere: ["endedAt"],
  relations: { own: ["requestedById"] }
})
export type Job = RecordOf<typeof Job>

/** What a job has at hand while it runs. */
export interface Run {
  /** As it was when this attempt began: `attempts` and `progress` tell of those before. */
  readonly job: Job
  /**
   * Tells how far the job has come; it is stored at most once a second. A job that was cancelled, or is somebody else's
   * by now, ends here.
   */
  readonly progress: (progress: Progress) => Effect.Effect<void>
}

/** How a job is run. */
export interface JobOptions {
  /** How long one attempt may take; an hour where nothing is said. */
  readonly timeoutMs?: number
  /** How long to wait after each attempt that fails; once all are used up the job has failed. */
  readonly retriesMs?: ReadonlyArray<number>
}

/** A kind of job, registered by the module that does it. */
export interface JobDefinition<In = any> extends Required<JobOptions> {
  /** `<module>.<what>`; no two kinds have the same, and jobs that wait find their work by it. */
  readonly name: string
  readonly input: Codec<In>
  readonly run: (input: In, run: Run) => Effect.Effect<unknown, unknown, Kernel | CurrentActor>
}

/**
 * Defines a kind of job. It runs as the platform, on behalf of whoever asked for it, at least once: what it does must be
 * as good the second time. What it gives, as JSON, is the job's result.
 */
export const define = <const Name extends string, In>(
  name: Name,
  spec: JobOptions & Pick<JobDefinition<In>, "input" | "run">
): JobDefinition<In> => ({ timeoutMs: 3_600_000, retriesMs: [1000, 10_000, 60_000], ...spec, name })

/**
 * The job as a command makes it: `makes: Job.Job`, and `made: Job.enqueue(importing, input, moment)`. The caller gets
 * it at once, and it begins after the commit.
 */
export const enqueue = <In>(
  { name, input: schema }: Pick<JobDefinition<In>, "name" | "input">,
  input: In,
  { actor, now, cause }: Moment
): DraftOf<typeof Job> => ({
  kind: name,
  input: Schema.encodeSync(schema)(input),
  dueAt: now,
  requestedById: actor.id ?? cause.onBehalfOfId,
  correlationId: cause.correlationId,
  depth: cause.depth + 1
})
