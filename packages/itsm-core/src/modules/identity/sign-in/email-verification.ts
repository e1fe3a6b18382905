import { Effect } from "effect"
import { Condition, type Kernel, type Store } from "../../../kernel/index.ts"
import { MailedTokenInvalid } from "../records/authentication-errors.ts"
import { UserNotified } from "../published.ts"
import { unusedOf } from "../records/mailed-token.ts"
import type { PasswordByMail } from "./password-reset.ts"
import type { Registering } from "./registering.ts"
import { registrationPrefix } from "../records/registration.ts"
import { asUser, raised, recorded, revised } from "../records/sign-in-records.ts"
import { User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

/** Who follows a link that was mailed to an address reads the mail of that address. */
export const make = (kernel: Kernel.KernelShape, byMail: PasswordByMail, registering: Registering) => {
  /** The user has the new address; every other link is dead, and the old address hears of it. */
  const change = Effect.fnUntraced(function* (secret: string) {
    const { token, user, reach, now } = yield* byMail.holderOf(secret, ["email_change"])
    if (token.newEmail === null) return yield* new MailedTokenInvalid({})
    const by = asUser(user)
    const others = (yield* kernel.store.find(reach, VerificationToken, {
      where: Condition.all([unusedOf(user.id), { field: "id", op: "ne", value: token.id }]),
      sort: [],
      limit: 1000
    })).items
    const changes: ReadonlyArray<Store.Change> = [
      revised(User, by, now, user, { email: token.newEmail }),
      ...[token, ...others].map((each) => revised(VerificationToken, by, now, each, { usedAt: now })),
      yield* raised(kernel, by, now, user, UserNotified.make(user, { to: user.email, notice: "email_changed" })),
      yield* recorded(user, "user.email_changed", "allow", null)
    ]
    yield* kernel.store.commit(reach, changes)
  })

  /** The address is proved: an account begins with it, or moves to it. */
  const verifyEmail = (secret: string): Effect.Effect<void, MailedTokenInvalid> =>
    secret.startsWith(registrationPrefix)
      ? registering.finishRegistration(secret)
      : change(secret).pipe(
          Effect.retry({ times: 5, while: ({ _tag }) => _tag === "VersionConflict" }),
          Effect.catchTag(["VersionConflict", "UniqueViolation", "CounterRefused"], () =>
            Effect.fail(new MailedTokenInvalid({}))
          )
        )

  return { verifyEmail }
}
