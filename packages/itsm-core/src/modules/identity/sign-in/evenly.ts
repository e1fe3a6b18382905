import { Clock, Effect } from "effect"

const leastMs = 200
// how long an answer takes is a matter of real time, whatever clock the domain lives by
const realClock = Clock.Clock.defaultValue()

const elapsed = () => Number(realClock.monotonicTimeNanosUnsafe()) / 1_000_000
const pause = (ms: number) => Effect.provideService(Effect.sleep(ms), Clock.Clock, realClock)

/** Takes no less than 200 ms, whatever there was to do: how long it took says nothing of what was found. */
export const evenly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.map(Effect.all([effect, pause(leastMs)], { concurrency: 2 }), ([done]) => done)

/** A failure takes no less than 200 ms, whatever led to it; a success comes when it is there. */
export const refusingEvenly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const begun = elapsed()
    return Effect.tapError(effect, () => pause(Math.max(0, begun + leastMs - elapsed())))
  })
