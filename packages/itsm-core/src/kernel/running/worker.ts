import { Cause, Effect, Schedule } from "effect"
import * as ActorOf from "../access/actor.ts"
import * as C from "../model/condition.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { OutboxEvent } from "../commands/event.ts"
import { IdempotencyRecord } from "../commands/idempotency.ts"
import * as Instant from "../model/instant.ts"
import { Kernel, type KernelShape } from "./kernel.ts"
import { Timer } from "../commands/timer.ts"

const leaseMs = 30_000
const batch = 50
const maxAttempts = 20

/** 1 s, 2 s, 4 s, up to an hour. */
export const retryDelayMs = (attempts: number): number => Math.min(1000 * 2 ** attempts, 3_600_000)

type Work = Pick<AnyRecord, "id" | "organizationId" | "version"> & {
  readonly attempts: number
  readonly lastError: string | null
}

const write = (kernel: KernelShape, entity: AnyEntity, work: Work, patch: Readonly<Record<string, unknown>>) =>
  // the lease that was taken raised the version; a conflict says that someone else has dealt with it
  Effect.ignore(
    kernel.store.commit({ organizationId: work.organizationId }, [
      {
        kind: "update",
        entity,
        record: { ...work, ...patch, version: work.version + 1 },
        expectedVersion: work.version
      }
    ])
  )

/** Runs one piece of work as the system; a failure puts it off, longer each time. */
const attempt = Effect.fnUntraced(function* (
  kernel: KernelShape,
  entity: AnyEntity,
  work: Work,
  run: Effect.Effect<void, unknown, Kernel>,
  done: (now: Instant.Instant) => Effect.Effect<unknown>
) {
  const exit = yield* Effect.exit(Effect.provideService(run, Kernel, kernel))
  const now = yield* Instant.now
  if (exit._tag === "Success") return yield* done(now)
  const lastError = Cause.pretty(exit.cause).slice(0, 2000)
  const attempts = work.attempts + 1
  yield* Effect.logWarning("background work failed", { entity: entity.name, id: work.id, attempts, error: lastError })
  const dueAt = Instant.plusMs(now, attempts >= maxAttempts ? 3_600_000 : retryDelayMs(work.attempts))
  return yield* write(kernel, entity, work, { attempts: Math.min(attempts, 1000), lastError, dueAt, leaseUntil: null })
})

const fireTimers = Effect.fnUntraced(function* (kernel: KernelShape, now: Instant.Instant) {
  const due = yield* kernel.store.claim(Timer, C.always, now, Instant.plusMs(now, leaseMs), batch)
  yield* Effect.forEach(due, (timer) => {
    const handler = kernel.catalogue.timer(timer.kind)
    const fire =
      handler === undefined
        ? Effect.die(new Error(`No handler for the timer kind "${timer.kind}".`))
        : handler.fire(timer)
    const consume = Effect.ignore(
      kernel.store.commit({ organizationId: timer.organizationId }, [
        { kind: "consume", entity: Timer, id: timer.id, expectedVersion: timer.version }
      ])
    )
    return attempt(
      kernel,
      Timer,
      timer,
      fire.pipe(ActorOf.provide(ActorOf.system(timer.organizationId))),
      () => consume
    )
  })
  return due.length
})

const deliverEvents = Effect.fnUntraced(function* (kernel: KernelShape, now: Instant.Instant) {
  const due = yield* kernel.store.claim(OutboxEvent, C.isNull("processedAt"), now, Instant.plusMs(now, leaseMs), batch)
  yield* Effect.forEach(due, (event) => {
    const reactions = kernel.catalogue.after(event.type)
    const run = Effect.forEach(reactions, (reaction) => reaction.react(event), { discard: true })
    return attempt(kernel, OutboxEvent, event, run.pipe(ActorOf.provide(ActorOf.system(event.organizationId))), (at) =>
      write(kernel, OutboxEvent, event, { processedAt: at, leaseUntil: null })
    )
  })
  return due.length
})

/** Does everything that is due now, until nothing is: timers, and reactions to events. Returns how much it did. */
export const drain: Effect.Effect<number, never, Kernel> = Effect.gen(function* () {
  const kernel = yield* Kernel
  let total = 0
  while (true) {
    const now = yield* Instant.now
    const done = (yield* fireTimers(kernel, now)) + (yield* deliverEvents(kernel, now))
    if (done === 0) return total
    total += done
  }
})

const keptEventsMs = 7 * Instant.dayMs

const pageSize = 500

const removeSome = Effect.fnUntraced(function* (kernel: KernelShape, entity: AnyEntity, where: C.Condition) {
  const page = yield* kernel.store.find("everywhere", entity, { where, sort: [], limit: pageSize })
  // another worker may be tidying the same records
  yield* Effect.forEach(page.items as ReadonlyArray<AnyRecord>, (record) =>
    Effect.ignore(
      kernel.store.commit({ organizationId: record.organizationId }, [
        { kind: "consume", entity, id: record.id, expectedVersion: record.version }
      ])
    )
  )
  return page.items.length
})

const mostPages = 20

/** At most ten thousand at a time: the rest is removed when it is tidied up again. */
const remove = Effect.fnUntraced(function* (kernel: KernelShape, entity: AnyEntity, where: C.Condition) {
  let total = 0
  for (let page = 0; page < mostPages; page++) {
    const removed = yield* removeSome(kernel, entity, where)
    total += removed
    if (removed < pageSize) break
  }
  return total
})

/**
 * Removes what has served its time: answers kept for idempotency keys, events that were delivered a week ago, and what
 * the modules say.
 */
export const tidy: Effect.Effect<number, never, Kernel> = Effect.gen(function* () {
  const kernel = yield* Kernel
  const now = yield* Instant.now
  const answers = yield* remove(kernel, IdempotencyRecord, { field: "expiresAt", op: "lte", value: now })
  const events = yield* remove(kernel, OutboxEvent, {
    field: "processedAt",
    op: "lt",
    value: Instant.plusMs(now, -keptEventsMs)
  })
  // in their order: what refers to other records is removed before them
  const others = yield* Effect.forEach(kernel.catalogue.expiries, ({ entity, when }) =>
    remove(kernel, entity, when(now))
  )
  return others.reduce((sum, removed) => sum + removed, answers + events)
})

/**
 * Drains every so many milliseconds and tidies up every ten minutes; any number of processes may run it on one store. A
 * store that is down is asked again.
 */
export const run = (everyMs: number): Effect.Effect<never, never, Kernel> => {
  const again = (work: Effect.Effect<number, never, Kernel>, ms: number) =>
    work.pipe(
      Effect.catchCause((cause) => Effect.logError("the worker could not reach the store", Cause.pretty(cause))),
      Effect.repeat(Schedule.spaced(ms))
    )
  return Effect.andThen(Effect.all([again(drain, everyMs), again(tidy, 600_000)], { concurrency: 2 }), Effect.never)
}
