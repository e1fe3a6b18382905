import { Clock, Context, Effect } from "effect"
import { Id } from "./kernel/index.ts"

/** The time as the embedder has it: a test that keeps it in a variable lets a month pass in one line. */
export interface TimeSource {
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Fills bytes with the randomness of new ids. */
export type IdSource = (bytes: Uint8Array<ArrayBuffer>) => void

/** What the domain takes from outside beside its store. */
export interface Surroundings {
  /** That of the machine where it is left out. */
  readonly clock?: TimeSource
  /** Random where it is left out. */
  readonly ids?: IdSource
}

/** The same ids for the same seed, where the times are the same, too: for tests that compare whole answers. */
export const seededIds = (seed: number): IdSource => {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
  return (bytes) => bytes.forEach((_, at) => (bytes[at] = next()))
}

/** Tells the embedder's time; what waits a moment before it tries again waits in that of the machine. */
const telling = ({ now }: TimeSource): Clock.Clock => {
  const machine = Clock.Clock.defaultValue()
  const nanos = () => BigInt(Math.trunc(now())) * 1_000_000n
  return {
    currentTimeMillisUnsafe: now,
    currentTimeMillis: Effect.sync(now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => machine.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: machine.monotonicTimeNanos,
    sleep: (duration) => machine.sleep(duration)
  }
}

/** As the context that operations run in. */
export const contextOf = ({ clock, ids }: Surroundings): Context.Context<never> => {
  const timed = clock === undefined ? Context.empty() : Context.make(Clock.Clock, telling(clock))
  return ids === undefined ? timed : Context.add(timed, Id.RandomBytes, ids)
}
