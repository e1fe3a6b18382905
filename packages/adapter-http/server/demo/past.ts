import { type Clock, Effect } from "effect"

/** A clock that stands still until it is moved, and never waits. */
export interface PastClock extends Clock.Clock {
  readonly moveTo: (epochMs: number) => void
}

export const pastClock = (start: number): PastClock => {
  let at = start
  const nanos = () => BigInt(at) * 1_000_000n
  return {
    moveTo: (epochMs) => void (at = epochMs),
    currentTimeMillisUnsafe: () => at,
    currentTimeMillis: Effect.sync(() => at),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    sleep: () => Effect.void
  }
}

/** Draws the same numbers for the same seed: the demo is the same each time, and ends on the day it is made. */
export interface Dice {
  /** From 0 up to, not including, 1. */
  readonly roll: () => number
  readonly between: (minimum: number, maximum: number) => number
  readonly pick: <A>(list: ReadonlyArray<A>) => A
}

export const dice = (seed: number): Dice => {
  let state = seed
  const roll = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    roll,
    between: (minimum, maximum) => minimum + roll() * (maximum - minimum),
    pick: (list) => list[Math.floor(roll() * list.length)]!
  }
}
