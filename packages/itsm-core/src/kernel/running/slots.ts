import { Cause, Deferred, Duration, Effect, Exit, FiberSet } from "effect"
import type { AnyEntity, RecordOf } from "../model/entity.ts"
import type { Held, Work } from "../commands/held.ts"
import * as C from "../model/condition.ts"
import type { Leases } from "./leases.ts"

/** Ends a pause before its time. */
export class Bell {
  private rung = Deferred.makeUnsafe<void>()

  ring(): void {
    Deferred.doneUnsafe(this.rung, Effect.void)
  }

  /** Ends when the bell rings, or has rung since the last pause, or after so many milliseconds. */
  pause(ms: number): Effect.Effect<void> {
    return Effect.suspend(() => Effect.raceFirst(Deferred.await(this.rung), Effect.sleep(Duration.millis(ms)))).pipe(
      Effect.andThen(
        Effect.sync(() => {
          if (Deferred.isDoneUnsafe(this.rung)) this.rung = Deferred.makeUnsafe<void>()
        })
      )
    )
  }
}

/** Takes work that is due and begins it; how much that was, and how it goes on when some of it ends. */
export interface Source {
  readonly step: Effect.Effect<number>
  readonly bell: Bell
}

/** Begins what is due again and again; a store that is down is asked again. */
export const keepTaking = ({ step, bell }: Source, everyMs: number): Effect.Effect<never> =>
  step.pipe(
    Effect.catchCause((cause) =>
      Effect.as(Effect.logError("the worker could not reach the store", Cause.pretty(cause)), 0)
    ),
    Effect.flatMap((begun) => (begun > 0 ? Effect.yieldNow : bell.pause(everyMs))),
    Effect.forever
  )

/** Work of one queue, so many at once, the earliest due first. */
export const slots = <E extends AnyEntity>(
  { leases, fibers }: { readonly leases: Leases; readonly fibers: FiberSet.FiberSet },
  entity: E,
  size: number,
  run: (held: Held<RecordOf<E> & Work>) => Effect.Effect<void>
): Source => {
  const bell = new Bell()
  let running = 0
  let mayBeMore = false
  const begin = (held: Held<RecordOf<E> & Work>) => {
    running++
    const end = (exit: Exit.Exit<void>) =>
      Effect.sync(() => {
        running--
        // what is interrupted is given back with all else that is held
        if (!Exit.hasInterrupts(exit)) leases.release(held)
        if (mayBeMore) bell.ring()
      })
    return FiberSet.run(fibers, Effect.onExit(run(held), end))
  }
  const step = Effect.gen(function* () {
    if (running >= size) return 0
    const due = yield* leases.claim(entity, C.always, size - running)
    mayBeMore = due.length === size - running
    for (const held of due) yield* begin(held)
    return due.length
  })
  return { step, bell }
}
