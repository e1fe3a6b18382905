import { Effect, Schema } from "effect"
import { Authentication, MailedTokenInvalid, PasswordTooWeak } from "@itsm/core/identity"
import { type Endpoint, handWritten } from "../endpoint.ts"

const ResetRequest = Schema.Struct({ email: Schema.String }).annotate({ identifier: "PasswordResetRequest" })
const Reset = Schema.Struct({ token: Schema.String, newPassword: Schema.String }).annotate({
  identifier: "PasswordReset"
})

/** The answer where the mail alone tells what came of it. */
export const Accepted = Schema.Struct({ accepted: Schema.Literals([true]) }).annotate({ identifier: "Accepted" })

const shared = { tag: "auth", method: "POST", access: "anonymous" } as const

/** A new password without the old one, for whoever reads the mail of the account. */
export const passwordResetEndpoints: ReadonlyArray<Endpoint<Authentication>> = [
  handWritten({
    ...shared,
    id: "auth.request_password_reset",
    path: "/auth/password-reset/",
    summary: "Mails a link to a new password to the account with this address, if there is one.",
    body: ResetRequest,
    response: Accepted,
    status: 202,
    run: ({ body: { email } }) =>
      Effect.flatMap(Authentication, (authentication) =>
        Effect.as(authentication.requestPasswordReset(email), { accepted: true as const })
      )
  }),
  handWritten({
    ...shared,
    id: "auth.reset_password",
    path: "/auth/password-reset/confirm/",
    summary:
      "Sets a password with the token of a mail, once, and ends every session of the user; it takes an invitation, too.",
    body: Reset,
    errors: [MailedTokenInvalid, PasswordTooWeak],
    run: ({ body: { token, newPassword } }) =>
      Effect.flatMap(Authentication, (authentication) => authentication.resetPassword(token, newPassword))
  })
]
