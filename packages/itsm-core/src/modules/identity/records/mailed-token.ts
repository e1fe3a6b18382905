import { Stream } from "effect"
import { Change, Condition, type Entity, Instant, type Reader } from "../../../kernel/index.ts"
import type { User } from "./user.ts"
import { VerificationToken } from "./verification-token.ts"

/** What a link in a mail is good for. */
export type MailedPurpose = Exclude<VerificationToken["purpose"], "sign_in">

/** How each kind of secret begins, and how long it is good for once it is mailed. */
export const mailedTokens: Readonly<Record<MailedPurpose, { readonly prefix: string; readonly lifetimeMs: number }>> = {
  password_reset: { prefix: "itsm_pr_", lifetimeMs: 30 * 60_000 },
  invitation: { prefix: "itsm_iv_", lifetimeMs: 72 * 60 * 60_000 },
  email_change: { prefix: "itsm_ev_", lifetimeMs: Instant.dayMs }
}

type Holder = Pick<User, "id" | "email" | "signInEpoch">

/** A token whose secret is made when its mail is sent: until then nobody can show it. */
export const mailedToken = (
  { id, email, signInEpoch }: Holder,
  purpose: MailedPurpose,
  now: Instant.Instant,
  newEmail: string | null = null
): Entity.DraftOf<typeof VerificationToken> => ({
  userId: id,
  purpose,
  email,
  newEmail,
  signInEpoch,
  tokenHash: null,
  expiresAt: Instant.plusMs(now, mailedTokens[purpose].lifetimeMs),
  usedAt: null
})

/** The tokens of a user that were not used. */
export const unusedOf = (userId: string): Condition.Condition =>
  Condition.all([Condition.eq("userId", userId), Condition.isNull("usedAt")])

/** True where nothing has overtaken the token: it is unused, and neither password nor address has changed since. */
export const isInForce = (token: VerificationToken, user: User, now: Instant.Instant): boolean =>
  token.usedAt === null &&
  now < token.expiresAt &&
  user.deletedAt === null &&
  user.email === token.email &&
  user.signInEpoch === token.signInEpoch

/** Every link that was mailed to the user is dead. */
export const killed = (tokens: ReadonlyArray<VerificationToken>, now: Instant.Instant) =>
  tokens.map((token) => Change.update(VerificationToken, token, { usedAt: now }))

export const unusedTokens = (read: Reader.Reader, userId: string) =>
  Stream.runCollect(read.each(VerificationToken, unusedOf(userId)))
