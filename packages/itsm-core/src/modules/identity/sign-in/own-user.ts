import { Effect, Option } from "effect"
import { Actor, Instant, type Kernel } from "../../../kernel/index.ts"
import { InvalidCredentials, ReauthenticationRequired, SessionRevoked } from "../records/authentication-errors.ts"
import { PasswordHasher } from "../records/password.ts"
import { isRecent } from "../records/recent-authentication.ts"
import { Session } from "../records/session.ts"
import { denier, seldomDenier } from "../records/sign-in-records.ts"
import type { Throttle } from "./throttle.ts"
import { User } from "../records/user.ts"

/** Who calls, and whether they prove to be. */
export const make = (kernel: Kernel.KernelShape, throttle: Throttle) => {
  const denied = denier(kernel)
  const seldomDenied = seldomDenier(kernel)

  /** The caller as an actor and as a user. */
  const self = Effect.gen(function* () {
    const actor = yield* Actor.CurrentActor
    const user = yield* kernel.store.get({ organizationId: actor.organizationId }, User, actor.id ?? "")
    return Option.isNone(user) ? yield* new SessionRevoked({}) : { actor, user: user.value }
  })

  const matched = Effect.fnUntraced(function* (user: User, password: string) {
    const hash = user.passwordHash
    const hasher = yield* PasswordHasher
    if (hash === null || !(yield* hasher.verify(hash, password.normalize("NFC")))) {
      yield* denied(user, "user.password_asked", "wrong password")
      return yield* new InvalidCredentials({})
    }
    return hash
  })

  /** The hash that the password belongs to; guessing is slowed down as at the login, and apart from it. */
  const prove = (user: User, password: string) => {
    const account = `signed in ${user.id}`
    return throttle.guard(account, matched(user, password)).pipe(
      Effect.tapErrorTag("LoginThrottled", () => seldomDenied(user, "user.password_asked", "too many attempts")),
      Effect.tap(() => throttle.forget(account))
    )
  }

  /** The session that the caller's token lives by. */
  const session = Effect.fnUntraced(function* (actor: Actor.Actor) {
    const found = yield* kernel.store.get({ organizationId: actor.organizationId }, Session, actor.sessionId ?? "")
    return Option.isNone(found) ? yield* new SessionRevoked({}) : found.value
  })

  /** Refused where the last proof is more than ten minutes ago. */
  const recently = Effect.fnUntraced(function* (actor: Actor.Actor) {
    const found = yield* session(actor)
    if (!isRecent(found, yield* Instant.now)) return yield* new ReauthenticationRequired({})
  })

  return { self, prove, session, recently }
}

export type OwnUser = ReturnType<typeof make>
