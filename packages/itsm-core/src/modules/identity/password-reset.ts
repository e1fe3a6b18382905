import { Effect, Option, Schema } from "effect"
import { Condition, Id, Instant, type Kernel, Stamp, type Store } from "../../kernel/index.ts"
import { MailedTokenInvalid } from "./authentication-errors.ts"
import { Email } from "./email.ts"
import { MailedTokenIssued, UserEnabled } from "./events.ts"
import { evenly } from "./evenly.ts"
import { isInForce, mailedToken, type MailedPurpose } from "./mailed-token.ts"
import { checkPassword, hashPassword } from "./password.ts"
import { Role, UserRole } from "./role.ts"
import { digest } from "./secret.ts"
import { openSessionsOf, Session } from "./session.ts"
import { asUser, auditor, first, raised, revised } from "./sign-in-records.ts"
import type { Standing } from "./standing.ts"
import { nextEpoch, User } from "./user.ts"
import { VerificationToken } from "./verification-token.ts"

const windowMs = 60 * 60_000
const mostInWindow = 3

/** What someone who accepts an invitation says of themselves. */
interface Acceptance {
  readonly email: string
  readonly displayName: string
}

/** A password for whoever reads the mail of the account: a new one, or, with an invitation, the first. */
export const make = (kernel: Kernel.KernelShape, standing: Standing) => {
  const audit = auditor(kernel)
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
    if (user === undefined || !(yield* standing.isActive(user))) return
    const now = yield* Instant.now
    const { points } = yield* kernel.limiter.add(`password reset ${user.id}`, 1, windowMs)
    if (points > mostInWindow) return
    const earlier = yield* resetsOf(user, Instant.plusMs(now, -windowMs))
    const fresh = yield* Id.idSource
    const by = asUser(user)
    const id = fresh<"VerificationToken">()
    const record = Stamp.stamp({ now, actor: by }, id, VerificationToken.make(mailedToken(user, "password_reset", now)))
    const dead = earlier
      .filter(({ usedAt }) => usedAt === null)
      .map((each) => revised(VerificationToken, by, now, each, { usedAt: now }))
    const event = yield* raised(kernel, by, now, VerificationToken, record, MailedTokenIssued.make({ id }))
    // of several requests at once one is enough
    yield* Effect.ignore(
      kernel.store.commit({ organizationId: user.organizationId }, [
        ...dead,
        { kind: "insert", entity: VerificationToken, record },
        event
      ])
    )
    yield* audit(user, "user.password_reset_requested", "allow", null)
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
      yield* audit(user, `user.${token.purpose}`, "deny", "the link is used, expired or overtaken")
      return yield* new MailedTokenInvalid({})
    }
    return { token, user, reach, now }
  })

  /** The role of whoever was invited without one. */
  const firstRole = Effect.fnUntraced(function* (user: User, now: Instant.Instant) {
    const reach = { organizationId: user.organizationId }
    const held = yield* kernel.store.count(reach, UserRole, Condition.eq("userId", user.id), 1)
    const [role] = (yield* kernel.store.find(reach, Role, {
      where: Condition.eq("key", "end_user"),
      sort: [],
      limit: 1
    })).items
    if (held > 0 || role === undefined) return []
    const fresh = yield* Id.idSource
    const record = Stamp.stamp(
      { now, actor: asUser(user) },
      fresh(),
      UserRole.make({ userId: user.id, roleId: role.id })
    )
    return [{ kind: "insert", entity: UserRole, record } as const]
  })

  const attempt = Effect.fnUntraced(function* (
    secret: string,
    purposes: ReadonlyArray<MailedPurpose>,
    newHash: string,
    displayName: string | undefined
  ) {
    const { token, user, reach, now } = yield* holderOf(secret, purposes)
    const by = asUser(user)
    const isInvitation = token.purpose === "invitation"
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
      ...(isInvitation
        ? [
            ...(yield* firstRole(user, now)),
            yield* raised(kernel, by, now, User, user, UserEnabled.make({ id: user.id }))
          ]
        : [])
    ]
    yield* kernel.store.commit(reach, changes)
    yield* audit(user, isInvitation ? "user.invitation_accepted" : "user.password_reset", "allow", null)
  })

  /** Of several with one token, one succeeds. */
  const setWith = Effect.fnUntraced(function* (
    secret: string,
    purposes: ReadonlyArray<MailedPurpose>,
    password: string,
    pointer: string,
    acceptance?: Acceptance
  ) {
    const { user } = yield* holderOf(secret, purposes)
    if (acceptance !== undefined && acceptance.email !== user.email) return yield* new MailedTokenInvalid({})
    yield* checkPassword(password, pointer, [user.email, acceptance?.displayName ?? user.displayName])
    const newHash = yield* hashPassword(password)
    // where something else changed the account meanwhile, the token is looked at again
    yield* attempt(secret, purposes, newHash, acceptance?.displayName).pipe(
      Effect.retry({ times: 5, while: ({ _tag }) => _tag === "VersionConflict" }),
      Effect.catchTag(["VersionConflict", "UniqueViolation", "CounterRefused"], () =>
        Effect.fail(new MailedTokenInvalid({}))
      )
    )
  })

  /** The password is new and every session has ended; second factors stay. An invitation is accepted in the same way. */
  const resetPassword = (secret: string, newPassword: string) =>
    setWith(secret, ["password_reset", "invitation"], newPassword, "/newPassword")

  /** Whoever was invited is active; the address counts as theirs, for the invitation came there. */
  const acceptInvitation = (secret: string, password: string, acceptance: Acceptance) =>
    setWith(secret, ["invitation"], password, "/password", acceptance)

  return { requestPasswordReset, resetPassword, acceptInvitation, holderOf, firstRole }
}

export type PasswordByMail = ReturnType<typeof make>
