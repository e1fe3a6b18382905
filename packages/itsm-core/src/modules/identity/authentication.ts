import { Context, Effect, Layer, Option, Result, Schema } from "effect"
import { Actor, Condition, type Entity, Id, Instant, Kernel, Stamp, type Store } from "../../kernel/index.ts"
import * as AccountKeeping from "./account-keeping.ts"
import {
  InvalidCredentials,
  MfaCodeInvalid,
  MfaCodeRequired,
  RefreshTokenInvalid,
  RefreshTokenReused,
  SessionRevoked
} from "./authentication-errors.ts"
import { Email } from "./email.ts"
import { actorOf, endOf, reading } from "./grants.ts"
import { Organization } from "./organization.ts"
import * as OwnUser from "./own-user.ts"
import { PasswordHasher } from "./password.ts"
import * as PasswordReset from "./password-reset.ts"
import * as SecondFactorCheck from "./second-factor-check.ts"
import * as SecondFactorKeeping from "./second-factor-keeping.ts"
import { newSecret, digest } from "./secret.ts"
import { RefreshToken, Session } from "./session.ts"
import { asUser, auditor, first, revised } from "./sign-in-records.ts"
import * as SignInTicket from "./sign-in-ticket.ts"
import * as Throttle from "./throttle.ts"
import { User } from "./user.ts"

export const refreshPrefix = "itsm_rt_"
const idleMs = 14 * Instant.dayMs
const absoluteMs = 30 * Instant.dayMs

/** A sign-in that succeeded, or was continued: what the tokens are made from. */
export interface SignedIn {
  readonly user: User
  readonly session: Session
  readonly refreshToken: string
  readonly refreshExpiresAt: Instant.Instant
}

const Credentials = Schema.Struct({
  email: Schema.String,
  password: Schema.String,
  mfaCode: Schema.optionalKey(Schema.String)
}).annotate({
  identifier: "Credentials"
})

const make = Effect.gen(function* () {
  const kernel = yield* Kernel.Kernel
  const throttle = Throttle.make(kernel.limiter)
  const decoy = yield* Effect.cached(
    Effect.flatMap(PasswordHasher, (hasher) => hasher.hash("a password that nobody has"))
  )

  const audit = auditor(kernel)
  const factors = SecondFactorCheck.make(kernel)
  const tickets = SignInTicket.make(kernel, factors)
  const own = OwnUser.make(kernel, throttle)

  const mayAct = (user: User, organization: Option.Option<Organization>) =>
    user.state === "active" &&
    user.deletedAt === null &&
    Option.isSome(organization) &&
    organization.value.status === "active"

  const isActive = (user: User) =>
    Effect.map(
      kernel.store.get({ organizationId: user.organizationId }, Organization, user.organizationId),
      (organization) => mayAct(user, organization)
    )

  const newToken = Effect.fnUntraced(function* (user: User, session: Session, now: Instant.Instant) {
    const fresh = yield* Id.idSource
    const refreshToken = yield* newSecret(refreshPrefix)
    const idle = Instant.plusMs(now, idleMs)
    const refreshExpiresAt = idle < session.expiresAt ? idle : session.expiresAt
    const record = Stamp.stamp(
      { now, actor: asUser(user) },
      fresh(),
      RefreshToken.make({
        sessionId: session.id,
        tokenHash: yield* digest(refreshToken),
        expiresAt: refreshExpiresAt,
        usedAt: null
      })
    )
    return { refreshToken, refreshExpiresAt, change: { kind: "insert", entity: RefreshToken, record } as const }
  })

  /** The user whose password this is. Every failure looks and lasts the same. */
  const recognized = Effect.fnUntraced(function* (account: string, password: string) {
    const hasher = yield* PasswordHasher
    const email = Schema.decodeUnknownOption(Email)(account)
    const found = Option.isSome(email) ? yield* first(kernel, User, "email", email.value) : Option.none()
    const hash = Option.flatMap(found, (user) => Option.fromNullishOr(user.passwordHash))
    const matches = yield* hasher.verify(Option.isSome(hash) ? hash.value : yield* decoy, password.normalize("NFC"))
    if (Option.isNone(found) || Option.isNone(hash) || !matches || !(yield* isActive(found.value))) {
      if (Option.isSome(found))
        yield* audit(found.value, "user.login", "deny", matches ? "the account is not active" : "wrong password")
      return yield* new InvalidCredentials({})
    }
    return found.value
  })

  const known = ({ email, password }: Omit<typeof Credentials.Type, "mfaCode">) => {
    const account = email.trim().toLowerCase()
    return throttle.guard(account, recognized(account, password))
  }

  /** A new session; with a proof to use up, it exists only where that proof was not used before. */
  const begin = Effect.fnUntraced(function* (user: User, proof: ReadonlyArray<Store.Change> = []) {
    const now = yield* Instant.now
    const fresh = yield* Id.idSource
    const origin = yield* Actor.CurrentOrigin
    const session = Stamp.stamp(
      { now, actor: asUser(user) },
      fresh(),
      Session.make({
        userId: user.id,
        amr: proof.length === 0 ? ["pwd"] : SecondFactorCheck.bothFactors,
        authenticatedAt: now,
        expiresAt: Instant.plusMs(now, absoluteMs),
        address: origin.address,
        userAgent: origin.userAgent,
        endedAt: null,
        endReason: null
      })
    ) as unknown as Session
    const token = yield* newToken(user, session, now)
    const committed = kernel.store.commit({ organizationId: user.organizationId }, [
      ...proof,
      { kind: "insert", entity: Session, record: session as unknown as Entity.AnyRecord },
      token.change
    ])
    yield* proof.length === 0 ? Effect.orDie(committed) : Effect.mapError(committed, () => new MfaCodeInvalid({}))
    yield* audit(user, "user.login", "allow", null)
    return {
      user,
      session,
      refreshToken: token.refreshToken,
      refreshExpiresAt: token.refreshExpiresAt
    } satisfies SignedIn
  })

  /** A session for the user whose password this is, and whose code, where they have a second factor. */
  const login = Effect.fnUntraced(function* ({ mfaCode, ...credentials }: typeof Credentials.Type) {
    const user = yield* known(credentials)
    const factor = yield* factors.active(user)
    if (Option.isNone(factor)) return yield* begin(user)
    if (mfaCode === undefined) return yield* new MfaCodeRequired({})
    return yield* begin(user, yield* factors.check(user, factor.value, { code: mfaCode }))
  })

  /** As `login`, for people: where a code is needed and not there yet, a ticket to show it with. */
  const startLogin = Effect.fnUntraced(function* ({ mfaCode, ...credentials }: typeof Credentials.Type) {
    const user = yield* known(credentials)
    const factor = yield* factors.active(user)
    if (Option.isNone(factor)) return yield* begin(user)
    return yield* mfaCode === undefined
      ? tickets.issue(user)
      : Effect.flatMap(factors.check(user, factor.value, { code: mfaCode }), (proof) => begin(user, proof))
  })

  /** The session that a ticket was issued for, now that the second factor is shown. */
  const finishLogin = Effect.fnUntraced(function* (mfaToken: string, proof: SecondFactorCheck.Proof) {
    const { user, changes } = yield* tickets.redeem(mfaToken, proof)
    if (!(yield* isActive(user))) return yield* new MfaCodeInvalid({})
    return yield* begin(user, changes)
  })

  const endSession = Effect.fnUntraced(function* (
    session: Session,
    user: User,
    reason: NonNullable<Session["endReason"]>
  ) {
    const now = yield* Instant.now
    // another request may have ended it first: that is the same end
    yield* Effect.ignore(
      kernel.store.commit({ organizationId: session.organizationId }, [
        revised(Session, asUser(user), now, session, { endedAt: now, endReason: reason })
      ])
    )
    yield* audit(user, "user.session_ended", "allow", reason)
  })

  /** A new token for an old one, once: of many that try, one succeeds, and the reuse by the others ends the session. */
  const refresh = Effect.fnUntraced(function* (refreshToken: string) {
    const token = yield* first(kernel, RefreshToken, "tokenHash", yield* digest(refreshToken))
    if (Option.isNone(token)) return yield* new RefreshTokenInvalid({})
    const reach = { organizationId: token.value.organizationId }
    const now = yield* Instant.now
    const session = yield* kernel.store.get(reach, Session, token.value.sessionId)
    const user = Option.isSome(session) ? yield* kernel.store.get(reach, User, session.value.userId) : Option.none()
    if (Option.isNone(session) || Option.isNone(user)) return yield* new RefreshTokenInvalid({})
    const reused = Effect.andThen(
      endSession(session.value, user.value, "refresh_reused"),
      Effect.fail(new RefreshTokenReused({}))
    )
    if (token.value.usedAt !== null)
      return yield* session.value.endedAt === null ? reused : Effect.fail(new RefreshTokenReused({}))
    if (session.value.endReason === "refresh_reused") {
      // of those who use one token at once, another may have been told already: then it was used since it was read
      const present = yield* kernel.store.get(reach, RefreshToken, token.value.id)
      const isUsed = Option.isSome(present) && present.value.usedAt !== null
      return yield* isUsed ? new RefreshTokenReused({}) : new RefreshTokenInvalid({})
    }
    const alive = session.value.endedAt === null && now < token.value.expiresAt && now < session.value.expiresAt
    if (!alive || !(yield* isActive(user.value))) return yield* new RefreshTokenInvalid({})
    const next = yield* newToken(user.value, session.value, now)
    const rotated = yield* Effect.result(
      kernel.store.commit(reach, [
        revised(RefreshToken, asUser(user.value), now, token.value, { usedAt: now }),
        next.change
      ])
    )
    if (Result.isFailure(rotated)) return yield* reused
    return {
      user: user.value,
      session: session.value,
      refreshToken: next.refreshToken,
      refreshExpiresAt: next.refreshExpiresAt
    } satisfies SignedIn
  })

  /** What a session allows now, and until when that holds. */
  const accessOfSession = Effect.fnUntraced(function* (
    organizationId: Id.Id<"Organization">,
    sessionId: string,
    userId: string
  ) {
    const reach = { organizationId }
    const [session, user, organization, access] = yield* Effect.all(
      [
        kernel.store.get(reach, Session, sessionId),
        kernel.store.get(reach, User, userId),
        kernel.recent.get(organizationId, "itself", kernel.store.get(reach, Organization, organizationId)),
        reading(kernel, organizationId, userId)
      ],
      { concurrency: 4 }
    )
    const now = yield* Instant.now
    const isAlive =
      Option.isSome(session) &&
      Option.isSome(user) &&
      session.value.userId === userId &&
      session.value.endedAt === null &&
      session.value.expiresAt > now &&
      mayAct(user.value, organization)
    if (!isAlive) return yield* new SessionRevoked({})
    const { actor: found, changesAt } = access(user.value, sessionId, now)
    const { expiresAt } = session.value
    return { actor: found, changesAt: changesAt !== null && changesAt < expiresAt ? changesAt : expiresAt }
  })

  /** The actor that a session stands for, at most a second behind what was decided about them. */
  const actor = (
    organizationId: Id.Id<"Organization">,
    sessionId: string,
    userId: string
  ): Effect.Effect<Actor.Actor, SessionRevoked> =>
    Effect.map(
      kernel.recent.get(
        organizationId,
        `session ${sessionId}`,
        Effect.suspend(() => accessOfSession(organizationId, sessionId, userId)),
        { about: userId, endsAt: endOf }
      ),
      (access) => access.actor
    )

  /** The user as an actor without a session: for embedding, where the host application has signed them in. */
  const actorFor = Effect.fnUntraced(function* (userId: Id.Id<"User">) {
    const now = yield* Instant.now
    const found = yield* first(kernel, User, "id", userId)
    if (Option.isNone(found) || found.value.state === "disabled") return yield* new SessionRevoked({})
    return yield* actorOf(kernel, found.value, null, now)
  })

  /** Ends the session, or with `everywhere` each session of its user. Ending it again changes nothing. */
  const logout = Effect.fnUntraced(function* (
    organizationId: Id.Id<"Organization">,
    sessionId: string,
    everywhere: boolean
  ) {
    const reach = { organizationId }
    const session = yield* kernel.store.get(reach, Session, sessionId)
    if (Option.isNone(session)) return
    const user = yield* kernel.store.get(reach, User, session.value.userId)
    if (Option.isNone(user)) return
    const open = everywhere
      ? (yield* kernel.store.find(reach, Session, {
          where: Condition.all([Condition.eq("userId", session.value.userId), Condition.isNull("endedAt")]),
          sort: [],
          limit: 1000
        })).items
      : session.value.endedAt === null
        ? [session.value]
        : []
    yield* Effect.forEach(open, (each) => endSession(each, user.value, "logout"), { discard: true })
  })

  return {
    login,
    startLogin,
    finishLogin,
    refresh,
    logout,
    actor,
    actorFor,
    ...PasswordReset.make(kernel, isActive),
    ...AccountKeeping.make(kernel, own),
    ...SecondFactorKeeping.make(kernel, factors, own)
  }
})

/** Signing in, staying signed in, signing out, and the keeping of one's own account. */
export class Authentication extends Context.Service<Authentication, Effect.Success<typeof make>>()(
  "@itsm/core/Authentication"
) {
  static readonly layer = Layer.effect(Authentication, make)
}

export { Credentials }
