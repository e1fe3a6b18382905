import { Cause, Effect, FiberSet, Schedule } from "effect"
import { Job } from "../commands/job.ts"
import { Timer } from "../commands/timer.ts"
import { Bell, keepTaking, slots, type Source } from "./slots.ts"
import { Completions } from "./completions.ts"
import { deliveries } from "./delivering.ts"
import { dispatch } from "./dispatching.ts"
import { jobsAtOnce, perform } from "./jobs.ts"
import { Kernel } from "./kernel.ts"
import { Leases, usualLeaseMs } from "./leases.ts"
import { tidy } from "./tidying.ts"
import { fire, timersAtOnce } from "./timing.ts"

export { tidy } from "./tidying.ts"

/** What a worker takes its work from, each by itself: none waits for another. What it has begun ends with the scope. */
const open = Effect.fnUntraced(function* (leaseMs: number) {
  const kernel = yield* Kernel
  const leases = new Leases(kernel.store, leaseMs)
  // after the work has been interrupted: others need not wait for the leases to end
  yield* Effect.addFinalizer(() => leases.giveBack)
  const fibers = yield* FiberSet.make()
  const completions = new Completions(kernel.store, leases, fibers)
  const means = { leases, completions, fibers }
  const events = deliveries(kernel, means)
  const dispatching: Source = {
    step: Effect.tap(dispatch(kernel, leaseMs), (dispatched) =>
      Effect.sync(() => dispatched > 0 && events.bell.ring())
    ),
    bell: new Bell()
  }
  const timers = slots(means, Timer, timersAtOnce, fire(kernel, completions))
  const jobs = slots(means, Job, jobsAtOnce, perform(kernel, means))
  yield* Effect.forkScoped(Effect.repeat(leases.renew, Schedule.spaced(leaseMs / 3)))
  const idle: Effect.Effect<void> = Effect.gen(function* () {
    while (leases.size > 0) yield* FiberSet.awaitEmpty(fibers)
  })
  return { sources: [timers, dispatching, events, jobs], idle }
})

/** Does everything that is due now, until nothing is: timers, reactions to events, and jobs. Returns how much it did. */
export const drain: Effect.Effect<number, never, Kernel> = Effect.scoped(
  Effect.gen(function* () {
    const { sources, idle } = yield* open(usualLeaseMs)
    let total = 0
    while (true) {
      let done = 0
      for (const { step } of sources) done += yield* step
      yield* idle
      if (done === 0) return total
      total += done
    }
  })
)

const tidyEveryMs = 600_000

/**
 * Looks for work every so many milliseconds and tidies up every ten minutes; any number of processes may run it on one
 * store. A store that is down is asked again. What a process that ends without a word was doing is taken up by another
 * when its lease is over.
 */
export const run = (everyMs: number, leaseMs = usualLeaseMs): Effect.Effect<never, never, Kernel> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { sources } = yield* open(leaseMs)
      const tidying = tidy.pipe(
        Effect.catchCause((cause) => Effect.logError("the worker could not tidy up", Cause.pretty(cause))),
        Effect.repeat(Schedule.spaced(tidyEveryMs))
      )
      const taking = sources.map((source) => keepTaking(source, everyMs))
      yield* Effect.all([...taking, tidying], { concurrency: "unbounded" })
      return yield* Effect.never
    })
  )
