import { Effect, Semaphore } from "effect"
import type { Limiter } from "@itsm/core/kernel"
import { windowMs } from "./policy.ts"

/** How a policy stands for one subject after a request: what is left, as far as this process knows, and until when. */
export interface Standing {
  readonly isOver: boolean
  readonly remaining: number
  readonly endsInMs: number
}

/**
 * A twentieth of the limit, and never more than a tenth of what is left: few questions while there is much, and hardly
 * anything that lies in one process unused while another one refuses.
 */
const blockOf = (limit: number, left: number) => Math.max(1, Math.floor(Math.min(limit / 20, left / 10)))

/** The points of one subject that this process has reserved and not spent yet. */
export interface Allowance {
  /** Spends a point without asking anybody; `undefined` where that cannot be told from here. */
  readonly spend: (now: number) => Standing | undefined
  /** Spends a point, reserved a block at a time; with `exactly` each is counted where all processes see it. */
  readonly take: (exactly: boolean) => Effect.Effect<Standing>
  readonly isOld: (now: number) => boolean
}

export const makeAllowance = (limiter: Limiter.LimiterShape, key: string, limit: number): Allowance => {
  let reserved = 0
  /** Not reserved by any process, when this one last heard of it. */
  let free = limit
  let endsAt = Number.NEGATIVE_INFINITY
  let turn: Semaphore.Semaphore | undefined

  const standing = (now: number, isOver: boolean): Standing => ({
    isOver,
    remaining: reserved + free,
    endsInMs: Math.max(0, endsAt - now)
  })

  const spend = (now: number): Standing | undefined => {
    if (now >= endsAt) return undefined
    if (reserved > 0) {
      reserved--
      return standing(now, false)
    }
    return free === 0 ? standing(now, true) : undefined
  }

  const reserve = (points: number) =>
    Effect.suspend(() => {
      const asked = performance.now()
      return Effect.map(limiter.add(key, points, windowMs), (count) => {
        if (asked >= endsAt) reserved = 0
        reserved += Math.min(points, Math.max(0, limit - count.points + points))
        free = Math.max(0, limit - count.points)
        endsAt = asked + count.endsInMs
        if (reserved === 0) return standing(asked, true)
        reserved--
        return standing(asked, false)
      })
    })

  const reserveBlock = Effect.suspend(() => {
    const now = performance.now()
    const spent = spend(now)
    return spent === undefined ? reserve(blockOf(limit, now < endsAt ? free : limit)) : Effect.succeed(spent)
  })

  return {
    spend,
    take: (exactly) =>
      exactly
        ? Effect.suspend(() => {
            const now = performance.now()
            const isSpent = now < endsAt && reserved === 0 && free === 0
            return isSpent ? Effect.succeed(standing(now, true)) : reserve(1)
          })
        : (turn ??= Semaphore.makeUnsafe(1)).withPermits(1)(reserveBlock),
    isOld: (now) => now >= endsAt
  }
}
