import { Effect, Option, Schema } from "effect"
import { Condition, Id, Instant, type Kernel, Stamp, type Store } from "../../../kernel/index.ts"
import { MailedTokenInvalid } from "../records/authentication-errors.ts"
import { Email } from "../records/email.ts"
import { MailedTokenIssued, UserEnabled } from "../published.ts"
import { evenly } from "./evenly.ts"
import { firstRole } from "../authority/first-role.ts"
import { isInForce, mailedToken, type MailedPurpose } from "../records/mailed-token.ts"
import { checkPassword, hashPassword } from "../records/password.ts"
import { UserRole } from "../records/role.ts"
import { digest } from "../records/secret.ts"
import { openSessionsOf, Session } from "../records/session.ts"
import { asUser, first, raised, recorded, revised, seldomDenier } from "../records/sign-in-records.ts"
import type { Standing } from "./standing.ts"
import { nextEpoch, User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

const windowMs = 60 * 60_000
const mostInWindow = 3

/** What following a link is called in the audit log. */
const actions: Readonly<Record<MailedPurpose, string>> = {
  password_reset: "user.password_reset",
  invitation: "user.invitation_accepted",
  email_change: "user.email_changed"
}

/** What someone who accepts an invitation says of themselves. */
interface Acceptance {
  readonly email: string
  readonly displayName: string
}

/** A password for whoever reads the mail of the account: a new one, or, with an invitation, the first. */
export const make = (kernel: Kernel.KernelShape, standing: Standing) => {
  const seldomDenied = seldomDenier(kernel)
  const resetsOf = (user: User, since: Instant.Instant) =>
    Effect.map(
      kernel.store.find({ organizationId: user.organizationId }, VerificationToken, {
        where: Condition.all([
          Condition.eq("userId", user.id),
          Condition.eq("purpose", "password_reset"),
          { field: "createdAt", op: "gt", value: since }
        ]),
        sort: [],
        limit: 1000
      }),
      ({ items }) => items
    )

  const issue = Effect.fnUntraced(function* (address: string) {
    const email = Schema.decodeUnknownOption(Email)(address.trim())
    if (Option.isNone(email)) return
    const user = Option.getOrUndefined(yield* first(kernel, User, "email", email.value))
    if (user === undefined) return
    const denied = (reason: string) => seldomDenied(user, "user.password_reset_requested", reason)
    if (!(yield* standing.isActive(user))) return yield* denied("the account is not active")
    const now = yield* Instant.now
    const { points } = yield* kernel.limiter.add(`password reset ${user.id}`, 1, windowMs)
    if (points > mostInWindow) return yield* denied("too many requests")
    const earlier = yield* resetsOf(user, Instant.plusMs(now, -windowMs))
    const fresh = yield* Id.idSource
    const by = asUser(user)
    const id = fresh<"VerificationToken">()
    const record = Stamp.stamp(
      VerificationToken,
      { now, actor: by },
      id,
      VerificationToken.make(mailedToken(user, "password_reset", now))
    )
    const dead = earlier
      .filter(({ usedAt }) => usedAt === null)
      .map((each) => revised(VerificationToken, by, now, each, { usedAt: now }))
    const event = yield* raised(kernel, by, now, record, MailedTokenIssued.make({ id }))
    // of several requests at once one is enough
    yield* Effect.ignore(
      kernel.store.commit({ organizationId: user.organizationId }, [
        ...dead,
        { kind: "insert", entity: VerificationToken, record },
        event,
        yield* recorded(user, "user.password_reset_requested", "allow", null)
      ])
    )
  })

  /** A link goes to the account with this address, if there is one: the caller learns nothing of it, not even by time. */
  const requestPasswordReset = (email: string) => evenly(issue(email))

  /** The user whose token this is, which nothing has overtaken since it was mailed. */
  const holderOf = Effect.fnUntraced(function* (secret: string, purposes: ReadonlyArray<MailedPurpose>) {
    const token = Option.getOrUndefined(yield* first(kernel, VerificationToken, "tokenHash", yield* digest(secret)))
    const now = yield* Instant.now
    if (token === undefined || token.purpose === "sign_in" || !purposes.includes(token.purpose))
      return yield* new MailedTokenInvalid({})
    const reach = { organizationId: token.organizationId }
    const user = Option.getOrUndefined(yield* kernel.store.get(reach, User, token.userId))
    if (user === undefined) return yield* new MailedTokenInvalid({})
    const state = token.purpose === "invitation" ? "invited" : "active"
    const isGood = isInForce(token, user, now) && user.state === state && (yield* standing.isAtWork(user))
    if (!isGood) {
      yield* seldomDenied(user, actions[token.purpose], "the link is used, expired or overtaken", token.id)
      return yield* new MailedTokenInvalid({})
    }
    return { token, purpose: token.purpose, user, reach, now }
  })

  /** The role of whoever was invited without one. */
  const missingRole = Effect.fnUntraced(function* (user: User, now: Instant.Instant) {
    const held = yield* kernel.store.count(
      { organizationId: user.organizationId },
      UserRole,
      Condition.eq("userId", user.id),
      1
    )
    const role = held > 0 ? undefined : yield* firstRole(kernel, asUser(user), user.id, now)
    return role === undefined ? [] : [role]
  })

  const attempt = Effect.fnUntraced(function* (
    secret: string,
    purposes: ReadonlyArray<MailedPurpose>,
    newHash: string,
    displayName: string | undefined
  ) {
    const { token, purpose, user, reach, now } = yield* holderOf(secret, purposes)
    const by = asUser(user)
    const sessions = yield* kernel.store.find(reach, Session, {
      where: openSessionsOf(user.id),
      sort: [],
      limit: 1000
    })
    const changes: ReadonlyArray<Store.Change> = [
      revised(VerificationToken, by, now, token, { usedAt: now }),
      revised(User, by, now, user, {
        passwordHash: newHash,
        passwordChangedAt: now,
        mustChangePassword: false,
        signInEpoch: nextEpoch(user),
        state: "active",
        ...(displayName === undefined ? {} : { displayName })
      }),
      ...sessions.items.map((each) => revised(Session, by, now, each, { endedAt: now, endReason: "password_reset" })),
      ...(purpose === "invitation"
        ? [...(yield* missingRole(user, now)), yield* raised(kernel, by, now, user, UserEnabled.make(user))]
        : []),
      yield* recorded(user, actions[purpose], "allow", null)
    ]
    yield* kernel.store.commit(reach, changes)
  })

  /** Of several with one token, one succeeds. */
  const setWith = (
    secret: string,
    purposes: ReadonlyArray<MailedPurpose>,
    newHash: string,
    displayName: string | undefined
  ) =>
    // where something else changed the account meanwhile, the token is looked at again
    attempt(secret, purposes, newHash, displayName).pipe(
      Effect.retry({ times: 5, while: ({ _tag }) => _tag === "VersionConflict" }),
      Effect.catchTag(["VersionConflict", "UniqueViolation", "CounterRefused"], () =>
        Effect.fail(new MailedTokenInvalid({}))
      )
    )

  /** The password is new and every session has ended; second factors stay. An invitation is accepted in the same way. */
  const resetPassword = Effect.fnUntraced(function* (secret: string, newPassword: string) {
    const purposes = ["password_reset", "invitation"] as const
    const { user } = yield* holderOf(secret, purposes)
    yield* checkPassword(newPassword, "/newPassword", [user.email, user.displayName])
    yield* setWith(secret, purposes, yield* hashPassword(newPassword), undefined)
  })

  /** Whoever was invited is active; the address counts as theirs, for the invitation came there. */
  const acceptInvitation = Effect.fnUntraced(function* (
    secret: string,
    newHash: string,
    { email, displayName }: Acceptance
  ) {
    const { user, token } = yield* holderOf(secret, ["invitation"])
    if (email !== user.email) {
      yield* seldomDenied(user, actions.invitation, "another address than the one that was invited", token.id)
      return yield* new MailedTokenInvalid({})
    }
    yield* setWith(secret, ["invitation"], newHash, displayName)
  })

  return { requestPasswordReset, resetPassword, acceptInvitation, holderOf }
}

export type PasswordByMail = ReturnType<typeof make>
