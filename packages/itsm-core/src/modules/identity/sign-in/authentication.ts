import { Context, Effect, Layer, Option, Schema } from "effect"
import { Actor, Condition, Id, Instant, Kernel, Stamp, type Store } from "../../../kernel/index.ts"
import * as AccountKeeping from "./account-keeping.ts"
import * as ApiKeyAccess from "./api-key-access.ts"
import * as ApiKeyKeeping from "./api-key-keeping.ts"
import {
  InvalidCredentials,
  MfaCodeInvalid,
  MfaCodeRequired,
  SessionRevoked
} from "../records/authentication-errors.ts"
import { Email } from "../records/email.ts"
import { refusingEvenly } from "./evenly.ts"
import * as EmailVerification from "./email-verification.ts"
import { actorOf, endOf, reading, until } from "../authority/grants.ts"
import * as OwnUser from "./own-user.ts"
import { PasswordHasher } from "../records/password.ts"
import * as PasswordReset from "./password-reset.ts"
import * as Registering from "./registering.ts"
import * as SecondFactorCheck from "./second-factor-check.ts"
import * as SecondFactorKeeping from "./second-factor-keeping.ts"
import * as Seldom from "../records/seldom.ts"
import { openSessionsOf, Session } from "../records/session.ts"
import * as SessionTokens from "./session-tokens.ts"
import { asUser, denier, first, recorded, seldomDenier } from "../records/sign-in-records.ts"
import * as SignInTicket from "./sign-in-ticket.ts"
import * as Standing from "./standing.ts"
import * as Throttle from "./throttle.ts"
import { User } from "../records/user.ts"

const absoluteMs = 30 * Instant.dayMs
/** Of a user at once: who signs in once more ends the oldest. */
const mostSessions = 50

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

  const denied = denier(kernel)
  const seldomDenied = seldomDenier(kernel)
  const isDue = Seldom.make()
  const factors = SecondFactorCheck.make(kernel)
  const standing = Standing.make(kernel, factors)
  const { isActive } = standing
  const continued = SessionTokens.make(kernel, standing)
  const { newToken, endSession } = continued
  const tickets = SignInTicket.make(kernel, factors)
  const own = OwnUser.make(kernel, throttle)
  const byMail = PasswordReset.make(kernel, standing)
  const registering = Registering.make(kernel, byMail)

  /** The user whose password this is. Every failure looks and lasts the same. */
  const recognized = Effect.fnUntraced(function* (account: string, password: string) {
    const hasher = yield* PasswordHasher
    const email = Schema.decodeUnknownOption(Email)(account)
    const found = Option.isSome(email) ? yield* first(kernel, User, "email", email.value) : Option.none()
    const hash = Option.flatMap(found, (user) => Option.fromNullishOr(user.passwordHash))
    const matches = yield* hasher.verify(Option.isSome(hash) ? hash.value : yield* decoy, password.normalize("NFC"))
    if (Option.isNone(found) || Option.isNone(hash) || !matches || !(yield* isActive(found.value))) {
      if (Option.isSome(found))
        yield* denied(found.value, "user.login", matches ? "the account is not active" : "wrong password")
      return yield* new InvalidCredentials({})
    }
    return found.value
  })

  /** The owner of an account finds on record that somebody goes on guessing, once a minute. */
  const noteThrottled = Effect.fnUntraced(function* (account: string) {
    const email = Schema.decodeUnknownOption(Email)(account)
    if (Option.isNone(email) || !isDue(email.value, yield* Instant.now)) return
    const user = yield* first(kernel, User, "email", email.value)
    if (Option.isSome(user)) yield* denied(user.value, "user.login", "too many attempts")
  })

  const known = ({ email, password }: Omit<typeof Credentials.Type, "mfaCode">) => {
    const account = email.trim().toLowerCase()
    const attempt = throttle
      .guard(account, recognized(account, password))
      .pipe(Effect.tapErrorTag("LoginThrottled", () => noteThrottled(account)))
    return refusingEvenly(attempt)
  }

  const endOldest = Effect.fnUntraced(function* (user: User) {
    const { items } = yield* kernel.store.find({ organizationId: user.organizationId }, Session, {
      where: openSessionsOf(user.id),
      sort: [{ field: "createdAt", direction: "desc" }],
      limit: 1000
    })
    yield* Effect.forEach(items.slice(mostSessions), (each) => endSession(each, user, "too_many"), { discard: true })
  })

  /** A new session; with a proof to use up, it exists only where that proof was not used before. */
  const begin = Effect.fnUntraced(function* (user: User, proof: ReadonlyArray<Store.Change> = []) {
    const now = yield* Instant.now
    const fresh = yield* Id.idSource
    const origin = yield* Actor.CurrentOrigin
    const session = Stamp.stamp(
      Session,
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
        endReason: null,
        signInEpoch: user.signInEpoch
      })
    ) as unknown as Session
    const token = yield* newToken(user, session, now)
    const committed = kernel.store.commit({ organizationId: user.organizationId }, [
      ...proof,
      continued.insertion(session),
      token.change,
      yield* recorded(user, "user.login", "allow", null)
    ])
    yield* proof.length === 0
      ? Effect.orDie(committed)
      : committed.pipe(
          Effect.tapError(() => seldomDenied(user, "user.second_factor", "the code was used before")),
          Effect.mapError(() => new MfaCodeInvalid({}))
        )
    yield* throttle.forget(user.email)
    yield* endOldest(user)
    return {
      user,
      session,
      refreshToken: token.refreshToken,
      refreshExpiresAt: token.refreshExpiresAt
    } satisfies SessionTokens.SignedIn
  })

  /** A session for the user whose password this is, and whose code, where they have a second factor. */
  const login = Effect.fnUntraced(function* ({ mfaCode, ...credentials }: typeof Credentials.Type) {
    const user = yield* known(credentials)
    const factor = yield* factors.active(user)
    if (Option.isNone(factor)) return yield* begin(user)
    if (mfaCode === undefined) {
      yield* seldomDenied(user, "user.login", "no code of the second factor")
      return yield* new MfaCodeRequired({})
    }
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
    if (!(yield* isActive(user))) {
      yield* denied(user, "user.login", "the account is not active")
      return yield* new MfaCodeInvalid({})
    }
    return yield* begin(user, changes)
  })

  /** What a session allows now, and until when that holds. */
  const accessOfSession = Effect.fnUntraced(function* (
    organizationId: Id.Id<"Organization">,
    sessionId: string,
    userId: string
  ) {
    const reach = { organizationId }
    const [session, user, , access] = yield* Effect.all(
      [
        kernel.store.get(reach, Session, sessionId),
        kernel.store.get(reach, User, userId),
        standing.organizationOf({ organizationId }),
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
      session.value.signInEpoch === user.value.signInEpoch &&
      (yield* standing.isActive(user.value))
    if (!isAlive) return yield* new SessionRevoked({})
    const found = until(access(user.value, sessionId, now), session.value.expiresAt)
    return { ...found, actor: yield* standing.held(user.value, found.actor) }
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

  /**
   * The user as an actor without a session: for embedding, where the host application has signed them in. Their
   * organization, where it is known, spares a search in all of them.
   */
  const actorFor = Effect.fnUntraced(function* (userId: Id.Id<"User">, organizationId?: Id.Id<"Organization">) {
    const now = yield* Instant.now
    const found =
      organizationId === undefined
        ? yield* first(kernel, User, "id", userId)
        : Option.filter(
            yield* kernel.store.get({ organizationId }, User, userId),
            ({ deletedAt }) => deletedAt === null
          )
    if (Option.isNone(found) || found.value.state === "disabled" || !(yield* standing.isAtWork(found.value)))
      return yield* new SessionRevoked({})
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
    refresh: continued.refresh,
    logout,
    actor,
    actorFor,
    requestPasswordReset: byMail.requestPasswordReset,
    resetPassword: byMail.resetPassword,
    register: registering.register,
    ...EmailVerification.make(kernel, byMail, registering),
    ...AccountKeeping.make(kernel, own),
    ...SecondFactorKeeping.make(kernel, factors, own, standing),
    ...ApiKeyKeeping.make(kernel),
    ...ApiKeyAccess.make(kernel, standing)
  }
})

/** Signing in, staying signed in, signing out, and the keeping of one's own account. */
export class Authentication extends Context.Service<Authentication, Effect.Success<typeof make>>()(
  "@itsm/core/Authentication"
) {
  static readonly layer = Layer.effect(Authentication, make)
}

export { Credentials }
