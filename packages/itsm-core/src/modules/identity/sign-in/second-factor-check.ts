import { Effect, Option } from "effect"
import { Condition, Entity, Instant, type Kernel, type Store } from "../../../kernel/index.ts"
import { LoginThrottled, MfaCodeInvalid } from "../records/authentication-errors.ts"
import { recoveryHash } from "./recovery-codes.ts"
import { failed, SecondFactor, useRecovery, useStep, waitSeconds } from "../records/second-factor.ts"
import { SecretBox } from "../records/secret-box.ts"
import { asUser, denier, recorded, revised, seldomDenier } from "../records/sign-in-records.ts"
import { Totp } from "./totp.ts"
import type { User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

/** What a user shows of their second factor: the code of their app, or a recovery code. */
export type Proof = { readonly code: string } | { readonly recoveryCode: string }

interface With {
  /** What else changes in the factor with a code that is taken. */
  readonly patch?: Partial<SecondFactor>
  /** The ticket that the code is shown with: it is used with it, or counts the failure. */
  readonly ticket?: VerificationToken
}

/** The methods of a session that began with password and second factor, RFC 8176. */
export const bothFactors: ReadonlyArray<string> = ["pwd", "otp", "mfa"]

export const make = (kernel: Kernel.KernelShape) => {
  const denied = denier(kernel)
  const seldomDenied = seldomDenier(kernel)

  const of = (user: User) =>
    Effect.map(
      kernel.store.find({ organizationId: user.organizationId }, SecondFactor, {
        where: Condition.all([Condition.eq("userId", user.id), Entity.notDeleted(SecondFactor)]),
        sort: [],
        limit: 1
      }),
      (page) => Option.fromNullishOr(page.items[0])
    )

  /** The second factor that a sign-in of the user needs. */
  const active = (user: User) =>
    Effect.map(
      of(user),
      Option.filter(({ enabledAt }) => enabledAt !== null)
    )

  const match = Effect.fnUntraced(function* (factor: SecondFactor, proof: Proof) {
    if ("recoveryCode" in proof) return useRecovery(factor, yield* recoveryHash(proof.recoveryCode))
    if (factor.sealedSecret === null) return Option.none()
    const box = yield* SecretBox
    const totp = yield* Totp
    const secret = yield* box.open(factor.sealedSecret, factor.userId)
    const step = yield* totp.stepOf(secret, proof.code)
    const used = Option.flatMap(step, (found) => useStep(factor, found))
    if (Option.isNone(used) || box.isCurrent(factor.sealedSecret)) return used
    return Option.some({ ...used.value, sealedSecret: yield* box.seal(secret, factor.userId) })
  })

  /**
   * What a commit must hold to use the proof up: of several that show the same, the commit of one succeeds. A wrong one
   * is counted, and ten in an hour are the last for a while.
   */
  const check = Effect.fnUntraced(function* (
    user: User,
    factor: SecondFactor,
    proof: Proof,
    { patch = {}, ticket }: With = {}
  ) {
    const now = yield* Instant.now
    const retryAfterSeconds = waitSeconds(factor, now)
    if (retryAfterSeconds > 0) {
      yield* seldomDenied(user, "user.second_factor", "too many attempts")
      return yield* new LoginThrottled({ retryAfterSeconds })
    }
    const by = asUser(user)
    const onTicket = (change: Partial<VerificationToken>): ReadonlyArray<Store.Change> =>
      ticket === undefined ? [] : [revised(VerificationToken, by, now, ticket, change)]
    const used = yield* match(factor, proof)
    if (Option.isSome(used)) {
      return [
        revised(SecondFactor, by, now, factor, { ...used.value, ...patch }),
        ...onTicket({ usedAt: now }),
        ...("recoveryCode" in proof ? [yield* recorded(user, "user.recovery_code_used", "allow", null)] : [])
      ]
    }
    // where another answer came first, that one counts, and this one has not been tried
    yield* Effect.ignore(
      kernel.store.commit({ organizationId: user.organizationId }, [
        revised(SecondFactor, by, now, factor, failed(factor, now)),
        ...onTicket({ failures: (ticket?.failures ?? 0) + 1 })
      ])
    )
    yield* denied(user, "user.second_factor", "wrong code")
    return yield* new MfaCodeInvalid({})
  })

  return { of, active, check }
}

export type SecondFactorCheck = ReturnType<typeof make>
