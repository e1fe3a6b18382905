import { Cause as Causes, Clock, Effect, Exit, Option, Schema } from "effect"
import * as ActorOf from "../access/actor.ts"
import { type Cause, CurrentCause } from "../commands/cause.ts"
import type { Held, Work } from "../commands/held.ts"
import type { Job, JobDefinition, Progress, Run } from "../commands/job.ts"
import type { Id } from "../model/id.ts"
import * as Instant from "../model/instant.ts"
import { isUnstorable, storable } from "../model/text.ts"
import type { Completions } from "./completions.ts"
import { Kernel, type KernelShape } from "./kernel.ts"
import { type Leases, whileHeld } from "./leases.ts"

/** How many jobs a process runs at once. */
export const jobsAtOnce = 4

/** How long at least one write of a job's progress is from the next. */
const progressEveryMs = 1000

type HeldJob = Held<Job & Work>
type Patch = Partial<Job & Work>

const causeOf = ({ id, correlationId, depth, requestedById }: Job): Cause => ({
  causationId: null,
  correlationId: correlationId ?? id,
  depth,
  onBehalfOfId: requestedById as Id<"User"> | null
})

/** What whoever asked for a job is told of its failure; the rest is for the log. */
const reasonOf = (cause: Causes.Cause<unknown>): string => {
  const error = Option.getOrUndefined(Causes.findErrorOption(cause))
  if (Causes.isTimeoutError(error)) return "It took longer than it may."
  const told = error instanceof Error ? error.message : typeof error === "string" ? error : ""
  return storable((told === "" ? "It ended unexpectedly." : told).slice(0, 2000))
}

const mustBeStorable = (text: string): void => {
  if (isUnstorable(text)) throw new Error("No store keeps this text.")
}

/** What a job gives, as JSON that every store can keep. */
const resultOf = (given: unknown) =>
  Effect.try({
    try: (): unknown =>
      JSON.parse(JSON.stringify(given ?? null), (key, value: unknown) => {
        mustBeStorable(key)
        if (typeof value === "string") mustBeStorable(value)
        return value
      }),
    catch: () => new Error("Its result cannot be kept.")
  })

/** What a job reports of itself: kept at once, stored now and then. */
const reporter = (leases: Leases, held: HeldJob, since: number) => {
  let latest = held.current.progress
  let storedAt = since
  const progress = (reported: Progress): Effect.Effect<void> =>
    Effect.gen(function* () {
      latest = reported
      const now = yield* Clock.currentTimeMillis
      if (now - storedAt < progressEveryMs) return
      storedAt = now
      yield* leases.write(held, { progress: reported })
      // whoever runs it is interrupted here
      if (held.isLost) yield* Effect.never
    })
  return { progress, latest: () => latest }
}

const runOf = (kernel: KernelShape, held: HeldJob, definition: JobDefinition | undefined, run: Run) => {
  const { kind, input, organizationId } = held.current
  if (definition === undefined) return Effect.fail(new Error(`There is no job "${kind}".`))
  const decoded = Schema.decodeUnknownEffect(definition.input)(input)
  const work = Effect.flatMap(decoded, (asked) => Effect.flatMap(definition.run(asked, run), resultOf))
  return whileHeld(held, Effect.timeout(work, definition.timeoutMs)).pipe(
    ActorOf.provide(ActorOf.system(organizationId)),
    Effect.provideService(CurrentCause, causeOf(held.current)),
    Effect.provideService(Kernel, kernel)
  )
}

const endingOf = Effect.fnUntraced(function* (
  { current: { id, kind, attempts: before } }: HeldJob,
  exit: Exit.Exit<unknown, unknown>,
  retriesMs: ReadonlyArray<number>
): Effect.fn.Return<Patch> {
  const now = yield* Instant.now
  const over = { dueAt: null, leaseUntil: null, endedAt: now }
  if (Exit.isSuccess(exit)) return { ...over, state: "succeeded", result: exit.value, lastError: null }
  const attempts = Math.min(before + 1, 1000)
  const lastError = reasonOf(exit.cause)
  const delayMs = retriesMs[attempts - 1]
  yield* Effect.logWarning(delayMs === undefined ? "a job has failed" : "an attempt at a job failed", {
    kind,
    id,
    attempts,
    error: Causes.pretty(exit.cause)
  })
  return delayMs === undefined
    ? { ...over, state: "failed", attempts, lastError }
    : { state: "waiting", attempts, lastError, dueAt: Instant.plusMs(now, delayMs), leaseUntil: null }
})

/** Runs a job once, and writes what became of it. */
export const perform =
  (kernel: KernelShape, { leases, completions }: { readonly leases: Leases; readonly completions: Completions }) =>
  (held: HeldJob) =>
    Effect.gen(function* () {
      const definition = kernel.catalogue.job(held.current.kind)
      const startedAt = yield* Instant.now
      yield* leases.write(held, { state: "running", startedAt, endedAt: null })
      if (held.isLost) return
      const { progress, latest } = reporter(leases, held, Instant.toEpochMs(startedAt))
      const exit = yield* Effect.exit(runOf(kernel, held, definition, { job: held.current, progress }))
      if (held.isLost) return
      const ending = yield* endingOf(held, exit, definition?.retriesMs ?? [])
      yield* Effect.flatten(completions.end(held, { ...ending, progress: latest() }))
    })
