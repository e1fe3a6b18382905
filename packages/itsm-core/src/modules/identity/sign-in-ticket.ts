import { Effect, Option } from "effect"
import { Id, Instant, type Kernel, Stamp } from "../../kernel/index.ts"
import { MfaCodeInvalid } from "./authentication-errors.ts"
import type { Proof, SecondFactorCheck } from "./second-factor-check.ts"
import { digest, newSecret } from "./secret.ts"
import { asUser, first } from "./sign-in-records.ts"
import { User } from "./user.ts"
import { VerificationToken } from "./verification-token.ts"

const prefix = "itsm_mt_"
const lifetimeSeconds = 300
const mostFailures = 5

/** A sign-in whose password was right, and which waits for the second factor: there is no session yet. */
export interface SignInTicket {
  readonly mfaToken: string
  readonly expiresIn: number
}

export const make = (kernel: Kernel.KernelShape, factors: SecondFactorCheck) => {
  const issue = Effect.fnUntraced(function* (user: User) {
    const now = yield* Instant.now
    const fresh = yield* Id.idSource
    const mfaToken = yield* newSecret(prefix)
    const record = Stamp.stamp(
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
        { kind: "insert", entity: VerificationToken, record }
      ])
    )
    return { mfaToken, expiresIn: lifetimeSeconds } satisfies SignInTicket
  })

  /** The user whose ticket this is, and what a commit must hold to use ticket and proof up. */
  const redeem = Effect.fnUntraced(function* (mfaToken: string, proof: Proof) {
    const found = yield* first(kernel, VerificationToken, "tokenHash", yield* digest(mfaToken))
    const now = yield* Instant.now
    const ticket = Option.filter(
      found,
      ({ purpose, usedAt, expiresAt, failures }) =>
        purpose === "sign_in" && usedAt === null && now < expiresAt && failures < mostFailures
    )
    if (Option.isNone(ticket)) return yield* new MfaCodeInvalid({})
    const reach = { organizationId: ticket.value.organizationId }
    const user = yield* kernel.store.get(reach, User, ticket.value.userId)
    if (Option.isNone(user)) return yield* new MfaCodeInvalid({})
    const isStale = user.value.signInEpoch !== ticket.value.signInEpoch
    const factor = yield* factors.active(user.value)
    if (isStale || Option.isNone(factor)) return yield* new MfaCodeInvalid({})
    const changes = yield* factors.check(user.value, factor.value, proof, { ticket: ticket.value })
    return { user: user.value, changes }
  })

  return { issue, redeem }
}
