import { Effect, Semaphore } from "effect"
import { Instant, type Limiter } from "../../../kernel/index.ts"
import { LoginThrottled } from "../records/authentication-errors.ts"

const freeFailures = 5
const longestMs = 15 * 60_000
/** Counted from the first of them; a success forgets them at once. */
const rememberedMs = Instant.dayMs

const waitAfter = (failures: number) => Math.min(1000 * 2 ** (failures - freeFailures), longestMs)
const tooSoon = (endsInMs: number) => new LoginThrottled({ retryAfterSeconds: Math.max(1, Math.ceil(endsInMs / 1000)) })

/** Lets the attempts at one account come one after the other: of several right ones at once, none stands in another's way. */
const makeTurns = () => {
  const turns = new Map<string, { readonly semaphore: Semaphore.Semaphore; holders: number }>()
  return <A, E, R>(account: string, attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const turn = turns.get(account) ?? { semaphore: Semaphore.makeUnsafe(1), holders: 0 }
        turn.holders++
        turns.set(account, turn)
        return turn
      }),
      ({ semaphore }) => semaphore.withPermits(1)(attempt),
      (turn) => Effect.sync(() => void (--turn.holders === 0 && turns.delete(account)))
    )
}

/**
 * Slows down guessing at one account, whether or not it exists, in all processes together: five failures are free, then
 * each doubles the wait, up to a quarter of an hour. An attempt counts as a failure from its beginning until it succeeds,
 * so that many at once are no way around.
 */
export const make = (limiter: Limiter.LimiterShape) => {
  const inTurn = makeTurns()

  const enter = Effect.fnUntraced(function* (account: string) {
    const [failuresKey, waitKey] = [`failures ${account}`, `wait ${account}`]
    const before = yield* limiter.read(failuresKey)
    if (before.points >= freeFailures) {
      // of all that come when the wait is over, one begins the next wait, and may try
      const wait = yield* limiter.add(waitKey, 1, waitAfter(before.points + 1))
      if (wait.points > 1) return yield* tooSoon(wait.endsInMs)
      return void (yield* limiter.add(failuresKey, 1, rememberedMs))
    }
    const { points } = yield* limiter.add(failuresKey, 1, rememberedMs)
    if (points < freeFailures) return
    if (points === freeFailures) return void (yield* limiter.add(waitKey, 1, waitAfter(freeFailures)))
    yield* limiter.add(failuresKey, -1, rememberedMs)
    return yield* tooSoon((yield* limiter.read(waitKey)).endsInMs)
  })

  /** Forgets the failures: to be called when everything is proven that is asked for. */
  const forget = (account: string) =>
    Effect.andThen(limiter.clear(`failures ${account}`), limiter.clear(`wait ${account}`))

  /**
   * Tries, or fails where it is too soon after the failures before. An attempt that succeeds counts no longer; those
   * before it do until the account is forgotten.
   */
  const guard = <A, E, R>(account: string, attempt: Effect.Effect<A, E, R>): Effect.Effect<A, E | LoginThrottled, R> =>
    inTurn(
      account,
      Effect.andThen(
        enter(account),
        Effect.tap(attempt, () => limiter.add(`failures ${account}`, -1, rememberedMs))
      )
    )

  return { guard, forget }
}

export type Throttle = ReturnType<typeof make>
