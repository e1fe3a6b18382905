import { Effect, Option, Schema } from "effect"
import { Condition, Id, Instant, type Kernel, Stamp, type Store } from "../../kernel/index.ts"
import { ResetTokenInvalid } from "./authentication-errors.ts"
import { Email } from "./email.ts"
import { Mail } from "./mail.ts"
import { openSessionsOf } from "./own-account.ts"
import { checkPassword, hashPassword } from "./password.ts"
import { digest, newSecret } from "./secret.ts"
import { Session } from "./session.ts"
import { asUser, auditor, first, revised } from "./sign-in-records.ts"
import { User } from "./user.ts"
import { VerificationToken } from "./verification-token.ts"

const prefix = "itsm_pr_"
const lifetimeMs = 30 * 60_000
const windowMs = 60 * 60_000
const mostInWindow = 3

const message = (user: User, publicUrl: string, token: string) => ({
  to: user.email,
  subject: "Your new password",
  text: [
    `Hello ${user.displayName},`,
    "someone asked for a new password for your account. Choose one within 30 minutes at:",
    `${publicUrl}/reset-password#token=${token}`,
    "If it was not you, there is nothing to do: your password stays as it is."
  ].join("\n\n")
})

/** A new password for whoever reads the mail of the account. */
export const make = (kernel: Kernel.KernelShape, isActive: (user: User) => Effect.Effect<boolean>) => {
  const audit = auditor(kernel)
  const tokensOf = (user: User, where: Condition.Condition) =>
    Effect.map(
      kernel.store.find({ organizationId: user.organizationId }, VerificationToken, {
        where: Condition.all([Condition.eq("userId", user.id), Condition.eq("purpose", "password_reset"), where]),
        sort: [],
        limit: 1000
      }),
      ({ items }) => items
    )

  const issue = Effect.fnUntraced(function* (address: string) {
    const email = Schema.decodeUnknownOption(Email)(address.trim())
    if (Option.isNone(email)) return
    const user = Option.getOrUndefined(yield* first(kernel, User, "email", email.value))
    if (user === undefined || !(yield* isActive(user))) return
    const now = yield* Instant.now
    const { points } = yield* kernel.limiter.add(`password reset ${user.id}`, 1, windowMs)
    if (points > mostInWindow) return
    const since = Instant.plusMs(now, -lifetimeMs)
    const earlier = yield* tokensOf(user, { field: "createdAt", op: "gt", value: since })
    const fresh = yield* Id.idSource
    const token = yield* newSecret(prefix)
    const by = asUser(user)
    const record = Stamp.stamp(
      { now, actor: by },
      fresh(),
      VerificationToken.make({
        userId: user.id,
        purpose: "password_reset",
        email: user.email,
        tokenHash: yield* digest(token),
        expiresAt: Instant.plusMs(now, lifetimeMs),
        usedAt: null
      })
    )
    const dead = earlier
      .filter(({ usedAt }) => usedAt === null)
      .map((each) => revised(VerificationToken, by, now, each, { usedAt: now }))
    yield* kernel.store.commit({ organizationId: user.organizationId }, [
      ...dead,
      { kind: "insert", entity: VerificationToken, record }
    ])
    const mail = yield* Mail
    yield* mail.send(message(user, mail.publicUrl, token))
    yield* audit(user, "user.password_reset_requested", "allow", null)
  })

  /** Mails a link to the account with this address, if there is one: the caller learns nothing of it, not even by time. */
  const requestPasswordReset = (email: string) =>
    Effect.asVoid(
      Effect.forkDetach(Effect.catchCause(issue(email), (cause) => Effect.logWarning("no mail was sent", cause)))
    )

  /** The user whose live token this is, in the state that the token was issued for. */
  const holderOf = Effect.fnUntraced(function* (secret: string) {
    const token = Option.getOrUndefined(yield* first(kernel, VerificationToken, "tokenHash", yield* digest(secret)))
    const now = yield* Instant.now
    if (token?.purpose !== "password_reset" || token.usedAt !== null || token.expiresAt <= now)
      return yield* new ResetTokenInvalid({})
    const reach = { organizationId: token.organizationId }
    const user = Option.getOrUndefined(yield* kernel.store.get(reach, User, token.userId))
    const isStale =
      user === undefined ||
      user.email !== token.email ||
      (user.passwordChangedAt !== null && user.passwordChangedAt > token.createdAt)
    if (isStale || !(yield* isActive(user))) return yield* new ResetTokenInvalid({})
    return { token, user, reach, now }
  })

  const attempt = Effect.fnUntraced(function* (secret: string, newHash: string) {
    const { token, user, reach, now } = yield* holderOf(secret)
    const by = asUser(user)
    const sessions = yield* kernel.store.find(reach, Session, {
      where: openSessionsOf(user.id),
      sort: [],
      limit: 1000
    })
    const changes: ReadonlyArray<Store.Change> = [
      revised(VerificationToken, by, now, token, { usedAt: now }),
      revised(User, by, now, user, { passwordHash: newHash, passwordChangedAt: now }),
      ...sessions.items.map((each) => revised(Session, by, now, each, { endedAt: now, endReason: "password_reset" }))
    ]
    yield* kernel.store.commit(reach, changes)
    yield* audit(user, "user.password_reset", "allow", null)
  })

  /** The password is new and every session has ended; second factors stay. Of several with one token, one succeeds. */
  const resetPassword = Effect.fnUntraced(function* (secret: string, newPassword: string) {
    const { user } = yield* holderOf(secret)
    yield* checkPassword(newPassword, "/newPassword", [user.email, user.displayName])
    const newHash = yield* hashPassword(newPassword)
    // where something else changed the account meanwhile, the token is looked at again
    yield* attempt(secret, newHash).pipe(
      Effect.retry({ times: 5, while: ({ _tag }) => _tag === "VersionConflict" }),
      Effect.catchTag(["VersionConflict", "UniqueViolation", "CounterRefused"], () =>
        Effect.fail(new ResetTokenInvalid({}))
      )
    )
  })

  return { requestPasswordReset, resetPassword }
}
