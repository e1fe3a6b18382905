import { Effect, Option } from "effect"
import { type Id, Instant, Kernel, Reaction } from "../../../kernel/index.ts"
import { MailedTokenIssued, RegistrationRequested, UserNotified } from "../published.ts"
import { Mail } from "../records/mail.ts"
import { alreadyRegisteredMail, linkMail, noticeMail } from "./mail-texts.ts"
import { isInForce, mailedTokens } from "../records/mailed-token.ts"
import { Registration, registrationLifetimeMs, registrationPrefix } from "../records/registration.ts"
import { digest, newSecret } from "../records/secret.ts"
import { asUser, first, nobody, revised } from "../records/sign-in-records.ts"
import { User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

interface In {
  readonly organizationId: Id.Id<"Organization">
}

/** The secret is made here and only its hash kept; where the mail is sent again, the secret is another one, and the earlier dead. */
const mailToken = Effect.fnUntraced(function* (id: string, { organizationId }: In) {
  const kernel = yield* Kernel.Kernel
  const reach = { organizationId }
  const token = Option.getOrUndefined(yield* kernel.store.get(reach, VerificationToken, id))
  if (token === undefined || token.purpose === "sign_in") return
  const user = Option.getOrUndefined(yield* kernel.store.get(reach, User, token.userId))
  const now = yield* Instant.now
  const { prefix, lifetimeMs } = mailedTokens[token.purpose]
  const expiresAt = Instant.plusMs(now, lifetimeMs)
  // mail that was held up has its whole time
  if (user === undefined || !isInForce({ ...token, expiresAt }, user, now)) return
  const mail = yield* Mail
  const owner = token.newEmail === null ? Option.none() : yield* first(kernel, User, "email", token.newEmail)
  if (Option.isSome(owner))
    return yield* mail.send(alreadyRegisteredMail(owner.value.email, owner.value, mail.publicUrl))
  const secret = yield* newSecret(prefix)
  yield* kernel.store.commit(reach, [
    revised(VerificationToken, asUser(user), now, token, { tokenHash: yield* digest(secret), expiresAt })
  ])
  yield* mail.send(linkMail(token.purpose, token.newEmail ?? token.email, user, mail.publicUrl, secret))
})

/** The owner of an address that has an account hears of the registration; anybody else gets a link. */
const mailRegistration = Effect.fnUntraced(function* (id: string, { organizationId }: In) {
  const kernel = yield* Kernel.Kernel
  const reach = { organizationId }
  const registration = Option.getOrUndefined(yield* kernel.store.get(reach, Registration, id))
  if (registration === undefined || registration.usedAt !== null) return
  const { email } = registration
  const mail = yield* Mail
  const owner = yield* first(kernel, User, "email", email)
  if (Option.isSome(owner)) return yield* mail.send(alreadyRegisteredMail(email, owner.value, mail.publicUrl))
  const now = yield* Instant.now
  const secret = yield* newSecret(registrationPrefix)
  yield* kernel.store.commit(reach, [
    revised(Registration, nobody(organizationId), now, registration, {
      tokenHash: yield* digest(secret),
      expiresAt: Instant.plusMs(now, registrationLifetimeMs)
    })
  ])
  yield* mail.send(linkMail("registration", email, registration, mail.publicUrl, secret))
})

const mailNotice = Effect.fnUntraced(function* (
  { id, to, notice }: (typeof UserNotified)["data"]["Type"],
  { organizationId }: In
) {
  const kernel = yield* Kernel.Kernel
  const user = yield* kernel.store.get({ organizationId }, User, id)
  const mail = yield* Mail
  if (Option.isSome(user)) yield* mail.send(noticeMail(to, user.value, notice))
})

/** Mail leaves by deliveries: once its reason is stored it is sent, at least once, whatever ends in between. */
export const after = [
  Reaction.after(MailedTokenIssued, {
    name: "identity.mail_link",
    react: ({ id }, { event }) => mailToken(id, event)
  }),
  Reaction.after(RegistrationRequested, {
    name: "identity.mail_registration",
    react: ({ id }, { event }) => mailRegistration(id, event)
  }),
  Reaction.after(UserNotified, {
    name: "identity.mail_notice",
    react: (data, { event }) => mailNotice(data, event)
  })
]
