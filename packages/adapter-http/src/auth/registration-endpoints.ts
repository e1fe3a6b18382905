import { Effect, Schema } from "effect"
import { Errors } from "@itsm/core/kernel"
import { AccountPolicy, Authentication, MailedTokenInvalid, NewAccount, PasswordTooWeak } from "@itsm/core/identity"
import { type Endpoint, handWritten } from "../endpoint.ts"
import { Accepted } from "./password-reset-endpoints.ts"

const shared = { tag: "auth", method: "POST", access: "anonymous" } as const

const registering = handWritten({
  ...shared,
  id: "auth.register",
  path: "/auth/register/",
  summary: "Asks for an account, where the installation lets people register, or accepts an invitation.",
  body: NewAccount,
  response: Accepted,
  status: 202,
  errors: [Errors.NotFound, Errors.ValidationFailed, PasswordTooWeak],
  run: ({ body }) =>
    Effect.flatMap(Authentication, (authentication) =>
      Effect.as(authentication.register(body), { accepted: true as const })
    )
})

/** Accounts that people make for themselves; where registration is closed, there is no such route. */
export const registrationEndpoints: ReadonlyArray<Endpoint<Authentication>> = [
  {
    ...registering,
    run: (call) =>
      Effect.flatMap(AccountPolicy, ({ registration }) =>
        registration === "closed" ? Effect.fail(new Errors.NotFound({})) : registering.run(call)
      )
  },
  handWritten({
    ...shared,
    id: "auth.verify_email",
    path: "/auth/verify-email/",
    summary: "Confirms an e-mail address with the token of a mail, once: of a registration, or of a change of address.",
    body: Schema.Struct({ token: Schema.String }).annotate({ identifier: "EmailProof" }),
    errors: [MailedTokenInvalid],
    run: ({ body: { token } }) => Effect.flatMap(Authentication, (authentication) => authentication.verifyEmail(token))
  })
]
