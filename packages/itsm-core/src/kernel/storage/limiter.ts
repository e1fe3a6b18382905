import { Clock, Context, Effect } from "effect"

/** The points of a key in its present window, and when that window ends: 0 where there is none. */
export interface Count {
  readonly points: number
  readonly endsInMs: number
}

/** Counts what is done under a key, for every process that shares the storage. Where it cannot be reached: `StorageUnavailable`, as a defect. */
export interface LimiterShape {
  /**
   * Adds points, also negative ones. The first open a window of `windowMs`, at whose end all are forgotten. Of any number
   * of callers at once each gets a count that no other gets.
   */
  readonly add: (key: string, points: number, windowMs: number) => Effect.Effect<Count>
  readonly read: (key: string) => Effect.Effect<Count>
  readonly clear: (key: string) => Effect.Effect<void>
}

/** Where none is provided, each domain counts for itself, in memory. */
export class Limiter extends Context.Service<Limiter, LimiterShape>()("@itsm/core/Limiter") {}

const none: Count = { points: 0, endsInMs: 0 }
const manyKeys = 10_000

export const inMemory = (): LimiterShape => {
  const windows = new Map<string, { points: number; readonly endsAt: number }>()
  const forgetEnded = (now: number) => {
    for (const [key, { endsAt }] of windows) if (endsAt <= now) windows.delete(key)
  }
  return {
    add: (key, points, windowMs) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const open = windows.get(key)
        if (open !== undefined && open.endsAt > now)
          return { points: (open.points += points), endsInMs: open.endsAt - now }
        if (windows.size >= manyKeys) forgetEnded(now)
        windows.set(key, { points, endsAt: now + windowMs })
        return { points, endsInMs: windowMs }
      }),
    read: (key) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const open = windows.get(key)
        return open === undefined || open.endsAt <= now ? none : { points: open.points, endsInMs: open.endsAt - now }
      }),
    clear: (key) => Effect.sync(() => void windows.delete(key))
  }
}
