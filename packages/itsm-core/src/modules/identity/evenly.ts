import { Clock, Effect } from "effect"

const leastMs = 200
// how long an answer takes is a matter of real time, whatever clock the domain lives by
const realClock = Clock.Clock.defaultValue()

/** Takes no less than 200 ms, whatever there was to do: how long it took says nothing of what was found. */
export const evenly = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.map(
    Effect.all([effect, Effect.provideService(Effect.sleep(leastMs), Clock.Clock, realClock)], { concurrency: 2 }),
    ([done]) => done
  )
