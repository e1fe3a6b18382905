import { Data, Effect, Option, Result } from "effect"
import { type Entity, Id, Instant, type Kernel, Stamp, type Store } from "../../../kernel/index.ts"
import { AccountPolicy } from "../records/account-policy.ts"
import { RefreshTokenInvalid, RefreshTokenReused } from "../records/authentication-errors.ts"
import { UserNotified } from "../published.ts"
import { digest, newSecret } from "../records/secret.ts"
import { RefreshToken, Session } from "../records/session.ts"
import { asUser, first, raised, recorded, revised, seldomDenier } from "../records/sign-in-records.ts"
import type { Standing } from "./standing.ts"
import { User } from "../records/user.ts"

export const refreshPrefix = "itsm_rt_"
const idleMs = 14 * Instant.dayMs

/** A sign-in that succeeded, or was continued: what the tokens are made from. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  readonly refreshToken: string
  readonly refreshExpiresAt: Instant.Instant
}

/** Another request has used the token first. */
class Overtaken extends Data.TaggedError("Overtaken")<{ readonly reused: Effect.Effect<never, RefreshTokenReused> }> {}

/** How a session goes on and ends. */
export const make = (kernel: Kernel.KernelShape, standing: Standing) => {
  const seldomDenied = seldomDenier(kernel)

  const newToken = Effect.fnUntraced(function* (user: User, session: Session, now: Instant.Instant) {
    const fresh = yield* Id.idSource
    const refreshToken = yield* newSecret(refreshPrefix)
    const idle = Instant.plusMs(now, idleMs)
    const refreshExpiresAt = idle < session.expiresAt ? idle : session.expiresAt
    const record = Stamp.stamp(
      RefreshToken,
      { now, actor: asUser(user) },
      fresh(),
      RefreshToken.make({
        sessionId: session.id,
        tokenHash: yield* digest(refreshToken),
        expiresAt: refreshExpiresAt,
        usedAt: null,
        successorId: null
      })
    )
    return { refreshToken, refreshExpiresAt, change: { kind: "insert", entity: RefreshToken, record } as const }
  })

  const endSession = Effect.fnUntraced(function* (
    session: Session,
    user: User,
    reason: NonNullable<Session["endReason"]>
  ) {
    const now = yield* Instant.now
    const by = asUser(user)
    const notice = UserNotified.make(user, { to: user.email, notice: "refresh_token_reused" })
    const told = reason === "refresh_reused" ? [yield* raised(kernel, by, now, user, notice)] : []
    const reach = { organizationId: session.organizationId }
    let present: Session | undefined = session
    // another request may have ended it first: that is the same end
    while (present !== undefined && present.endedAt === null) {
      const ended = yield* Effect.result(
        kernel.store.commit(reach, [
          revised(Session, by, now, present, { endedAt: now, endReason: reason }),
          ...told,
          yield* recorded(user, "user.session_ended", "allow", reason)
        ])
      )
      if (Result.isSuccess(ended)) return
      present = Option.getOrUndefined(yield* kernel.store.get(reach, Session, session.id))
    }
  })

  /** The token that the used one was exchanged for, where that may be taken back: it is not used yet, and it was a moment ago. */
  const takenBack = Effect.fnUntraced(function* (token: RefreshToken, now: Instant.Instant) {
    const { refreshGraceSeconds } = yield* AccountPolicy
    const isInGrace =
      token.usedAt !== null &&
      token.successorId !== null &&
      Instant.elapsedMs(token.usedAt, now) < refreshGraceSeconds * 1000
    if (!isInGrace) return Option.none()
    const successor = yield* kernel.store.get(
      { organizationId: token.organizationId },
      RefreshToken,
      token.successorId ?? ""
    )
    return Option.filter(successor, ({ usedAt }) => usedAt === null)
  })

  const exchange = Effect.fnUntraced(function* (refreshToken: string) {
    const found = yield* first(kernel, RefreshToken, "tokenHash", yield* digest(refreshToken))
    if (Option.isNone(found)) return yield* new RefreshTokenInvalid({})
    const token = found.value
    const reach = { organizationId: token.organizationId }
    const now = yield* Instant.now
    const session = Option.getOrUndefined(yield* kernel.store.get(reach, Session, token.sessionId))
    const user =
      session === undefined ? undefined : Option.getOrUndefined(yield* kernel.store.get(reach, User, session.userId))
    if (session === undefined || user === undefined) return yield* new RefreshTokenInvalid({})
    const denied = (reason: string) => seldomDenied(user, "user.token_refreshed", reason, session.id)
    const refuse = (reason: string) => Effect.andThen(denied(reason), Effect.fail(new RefreshTokenInvalid({})))
    const reused = Effect.gen(function* () {
      yield* endSession(session, user, "refresh_reused")
      yield* denied("the token was used before")
      return yield* new RefreshTokenReused({})
    })
    if (token.usedAt === null && session.endReason === "refresh_reused") {
      // of those who use one token at once, another may have been told already: then it was used since it was read
      const present = yield* kernel.store.get(reach, RefreshToken, token.id)
      const isUsed = Option.isSome(present) && present.value.usedAt !== null
      return yield* isUsed ? reused : refuse("the session has ended")
    }
    const successor = yield* takenBack(token, now)
    if (token.usedAt !== null && Option.isNone(successor)) return yield* reused
    if (session.endedAt !== null || session.signInEpoch !== user.signInEpoch)
      return yield* refuse("the session has ended")
    if (now >= token.expiresAt || now >= session.expiresAt) return yield* refuse("the token has expired")
    if (!(yield* standing.isActive(user))) return yield* refuse("the account is not active")
    const by = asUser(user)
    const next = yield* newToken(user, session, now)
    const used: ReadonlyArray<Store.Change> = Option.match(successor, {
      onNone: () => [revised(RefreshToken, by, now, token, { usedAt: now, successorId: next.change.record.id })],
      onSome: (dead) => [
        revised(RefreshToken, by, now, token, { successorId: null }),
        revised(RefreshToken, by, now, dead, { usedAt: now })
      ]
    })
    const rotated = yield* Effect.result(
      kernel.store.commit(reach, [...used, next.change, yield* recorded(user, "user.token_refreshed", "allow", null)])
    )
    if (Result.isFailure(rotated)) {
      const { refreshGraceSeconds } = yield* AccountPolicy
      return yield* refreshGraceSeconds > 0 ? Effect.fail(new Overtaken({ reused })) : reused
    }
    return {
      user,
      session,
      refreshToken: next.refreshToken,
      refreshExpiresAt: next.refreshExpiresAt
    } satisfies SignedIn
  })

  /**
   * A new token for an old one, once: of many that try, one succeeds, and the reuse by the others ends the session. Where
   * the policy has a grace, the old one is taken once more, and the token that it was exchanged for is dead.
   */
  const refresh = (refreshToken: string) =>
    exchange(refreshToken).pipe(
      // where a grace is given, whoever came second in a race is taken once more
      Effect.catchTag("Overtaken", () => exchange(refreshToken)),
      Effect.catchTag("Overtaken", ({ reused }) => reused)
    )

  const insertion = (session: Session): Store.Change => ({
    kind: "insert",
    entity: Session,
    record: session as unknown as Entity.AnyRecord
  })

  return { newToken, refresh, endSession, insertion }
}
