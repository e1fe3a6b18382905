import { Clock, Effect } from "effect"
import { LoginThrottled } from "./authentication-errors.ts"

const freeFailures = 5
const longestMs = 15 * 60_000

interface Failures {
  count: number
  until: number
}

/** Slows down guessing at one account, whether or not it exists: five failures are free, then each doubles the wait. */
export interface Throttle {
  readonly check: (account: string) => Effect.Effect<void, LoginThrottled>
  readonly failed: (account: string) => Effect.Effect<void>
  readonly succeeded: (account: string) => Effect.Effect<void>
}

export const make = (): Throttle => {
  const accounts = new Map<string, Failures>()
  const forgetOld = (now: number) => {
    for (const [account, failures] of accounts) if (failures.until + longestMs < now) accounts.delete(account)
  }
  return {
    check: Effect.fnUntraced(function* (account: string) {
      const now = yield* Clock.currentTimeMillis
      const failures = accounts.get(account)
      if (failures !== undefined && failures.count >= freeFailures && failures.until > now) {
        return yield* new LoginThrottled({ retryAfterSeconds: Math.max(1, Math.ceil((failures.until - now) / 1000)) })
      }
    }),
    failed: (account) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        if (accounts.size > 10_000) forgetOld(now)
        const count = (accounts.get(account)?.count ?? 0) + 1
        const wait = count < freeFailures ? 0 : Math.min(1000 * 2 ** (count - freeFailures), longestMs)
        accounts.set(account, { count, until: now + wait })
      }),
    succeeded: (account) => Effect.sync(() => void accounts.delete(account))
  }
}
