import { Effect, Schema } from "effect"
import type { Actor, Errors, Limiter } from "@itsm/core/kernel"
import type { Headers } from "../environment.ts"
import { bucketOf } from "./address.ts"
import { type Allowance, makeAllowance, type Standing } from "./allowance.ts"
import { type Charge, chargesOf, type Entrance, isGuarded, type Limits, type PolicyName, windowMs } from "./policy.ts"

/** More requests than a policy allows in its window. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  retryAfterSeconds: Schema.Int,
  headers: Schema.Record(Schema.String, Schema.String)
}) {
  static readonly kind = "limited" satisfies Errors.ErrorKind
  readonly kind = "limited" satisfies Errors.ErrorKind
  override get message() {
    return "Too many requests. Try again later."
  }
}

/** What there is to count about limits. */
export interface Watch {
  readonly limited: (policy: PolicyName) => void
  readonly failed: () => void
}

interface Charged extends Charge {
  readonly standing: Standing
}

/** After a failure the limiter is not asked for so long, where a request goes on without it. */
const pauseMs = 1000
const manyAllowances = 10_000

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000))

/** As draft-ietf-httpapi-ratelimit-headers has them: lists of structured fields. */
const headersOf = (limits: Limits, charged: ReadonlyArray<Charged>): Headers => {
  if (charged.length === 0) return {}
  let policies = ""
  let standings = ""
  for (const { policy, standing } of charged) {
    const separator = policies === "" ? "" : ", "
    policies += `${separator}"${policy}";q=${limits[policy]};w=${windowMs / 1000}`
    standings += `${separator}"${policy}";r=${standing.remaining};t=${seconds(standing.endsInMs)}`
  }
  return { "RateLimit-Policy": policies, RateLimit: standings }
}

/**
 * Admits requests as far as the limits go, which all processes on one limiter share. Callers who are known spend points
 * that their process has reserved; others are counted one by one, and so is everything where guessing pays. Where the
 * limiter fails, these are refused, and the rest goes on uncounted.
 */
export const makeRateLimits = (limiter: Limiter.LimiterShape, limits: Limits, watch: Watch) => {
  const allowances = new Map<string, Allowance>()
  let sweepAt = manyAllowances
  let silentUntil = Number.NEGATIVE_INFINITY

  const sweep = () => {
    const now = performance.now()
    for (const [key, allowance] of allowances) if (allowance.isOld(now)) allowances.delete(key)
    sweepAt = Math.max(manyAllowances, 2 * allowances.size)
  }

  const allowanceOf = ({ policy, subject }: Charge): Allowance => {
    const key = `${policy} ${subject}`
    const known = allowances.get(key)
    if (known !== undefined) return known
    if (allowances.size >= sweepAt) sweep()
    const made = makeAllowance(limiter, key, limits[policy])
    allowances.set(key, made)
    return made
  }

  const refuse = (charged: ReadonlyArray<Charged>, { policy, standing }: Charged) => {
    watch.limited(policy)
    return Effect.fail(
      new RateLimited({
        retryAfterSeconds: seconds(standing.endsInMs),
        headers: { ...headersOf(limits, charged) }
      })
    )
  }

  const chargeAll = Effect.fnUntraced(function* (charges: ReadonlyArray<Charge>, exactly: boolean) {
    const charged: Array<Charged> = []
    for (const charge of charges) {
      const allowance = allowanceOf(charge)
      const spent = exactly ? undefined : allowance.spend(performance.now())
      const now: Charged = { ...charge, standing: spent ?? (yield* allowance.take(exactly)) }
      charged.push(now)
      if (now.standing.isOver) return yield* refuse(charged, now)
    }
    return headersOf(limits, charged)
  })

  return (entrance: Entrance, actor: Actor.Actor | null): Effect.Effect<Headers, RateLimited> => {
    const charges = chargesOf(entrance, actor, bucketOf).filter(({ policy }) => limits[policy] > 0)
    if (charges.length === 0) return Effect.succeed({})
    const guarded = isGuarded(entrance)
    if (!guarded && performance.now() < silentUntil) {
      watch.failed()
      return Effect.succeed({})
    }
    return Effect.catchDefect(chargeAll(charges, guarded || actor === null), (defect) => {
      watch.failed()
      silentUntil = performance.now() + pauseMs
      const told = Effect.logWarning("the limiter fails", { route: entrance.route, goesOn: !guarded })
      return Effect.andThen(told, guarded ? Effect.die(defect) : Effect.succeed({}))
    })
  }
}
