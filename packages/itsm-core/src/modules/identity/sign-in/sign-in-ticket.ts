import { Effect, Option } from "effect"
import { Id, Instant, type Kernel, Stamp } from "../../../kernel/index.ts"
import { MfaCodeInvalid } from "../records/authentication-errors.ts"
import type { Proof, SecondFactorCheck } from "./second-factor-check.ts"
import { digest, newSecret } from "../records/secret.ts"
import { asUser, first, recorded, seldomDenier } from "../records/sign-in-records.ts"
import { User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

const prefix = "itsm_mt_"
const lifetimeSeconds = 300
const mostFailures = 5

/** A sign-in whose password was right, and which waits for the second factor: there is no session yet. */
export interface SignInTicket {
  readonly mfaToken: string
  readonly expiresIn: number
}

export const make = (kernel: Kernel.KernelShape, factors: SecondFactorCheck) => {
  const seldomDenied = seldomDenier(kernel)

  const issue = Effect.fnUntraced(function* (user: User) {
    const now = yield* Instant.now
    const fresh = yield* Id.idSource
    const mfaToken = yield* newSecret(prefix)
    const record = Stamp.stamp(
      VerificationToken,
      { now, actor: asUser(user) },
      fresh(),
      VerificationToken.make({
        userId: user.id,
        purpose: "sign_in",
        email: user.email,
        signInEpoch: user.signInEpoch,
        tokenHash: yield* digest(mfaToken),
        expiresAt: Instant.plusMs(now, lifetimeSeconds * 1000),
        usedAt: null
      })
    )
    yield* Effect.orDie(
      kernel.store.commit({ organizationId: user.organizationId }, [
        { kind: "insert", entity: VerificationToken, record },
        yield* recorded(user, "user.second_factor_asked", "allow", null)
      ])
    )
    return { mfaToken, expiresIn: lifetimeSeconds } satisfies SignInTicket
  })

  /** The user whose ticket this is, and what a commit must hold to use ticket and proof up. */
  const redeem = Effect.fnUntraced(function* (mfaToken: string, proof: Proof) {
    const ticket = Option.getOrUndefined(yield* first(kernel, VerificationToken, "tokenHash", yield* digest(mfaToken)))
    if (ticket?.purpose !== "sign_in") return yield* new MfaCodeInvalid({})
    const reach = { organizationId: ticket.organizationId }
    const user = Option.getOrUndefined(yield* kernel.store.get(reach, User, ticket.userId))
    if (user === undefined) return yield* new MfaCodeInvalid({})
    const isGood =
      ticket.usedAt === null &&
      (yield* Instant.now) < ticket.expiresAt &&
      ticket.failures < mostFailures &&
      ticket.signInEpoch === user.signInEpoch
    const factor = isGood ? yield* factors.active(user) : Option.none()
    if (Option.isNone(factor)) {
      yield* seldomDenied(user, "user.second_factor", "the sign-in is used, expired or overtaken", ticket.id)
      return yield* new MfaCodeInvalid({})
    }
    const changes = yield* factors.check(user, factor.value, proof, { ticket })
    return { user, changes }
  })

  return { issue, redeem }
}
