import { Effect, Schema } from "effect"
import { Actor, Errors, Instant } from "@itsm/core/kernel"
import {
  Authentication,
  InvalidCredentials,
  LoginThrottled,
  MfaCodeInvalid,
  MfaCodeRequired,
  MfaEnforced,
  type Proof,
  ReauthenticationRequired,
  SecretUnreadable
} from "@itsm/core/identity"
import { type Endpoint, handWritten } from "../endpoint.ts"
import type { AccessTokens } from "./access-token.ts"
import { authenticate } from "./authenticate.ts"
import { sessionErrors } from "./authentication-errors.ts"
import { DisableMfa, EnableMfa, MfaEnabled, MfaOffer, Reauthenticate, VerifyMfa } from "./second-factor-documents.ts"
import { Tokens, tokensFor } from "./session-documents.ts"

const passwordErrors = [...sessionErrors, InvalidCredentials, LoginThrottled, Errors.Contention] as const

/** The one thing that is shown: an app's code, or, at a sign-in, a recovery code. */
const proofIn = ({
  mfaToken,
  code,
  recoveryCode
}: typeof VerifyMfa.Type): Effect.Effect<Proof, Errors.ValidationFailed> => {
  if (code !== undefined && recoveryCode === undefined) return Effect.succeed({ code })
  if (code === undefined && recoveryCode !== undefined && mfaToken !== undefined)
    return Effect.succeed({ recoveryCode })
  return Effect.fail(
    code === undefined
      ? Errors.ValidationFailed.at("/code", "required", "is required")
      : Errors.ValidationFailed.at("/recoveryCode", "invalid_value", "does not go with a code")
  )
}

/** The second factor: turned on and off, shown at a sign-in, and asked for again. */
export const secondFactorEndpoints = (tokens: AccessTokens): ReadonlyArray<Endpoint<Authentication>> => {
  const shared = { tag: "auth", method: "POST" } as const
  const give = tokensFor(tokens)
  const callerOf = authenticate(tokens)
  return [
    handWritten({
      ...shared,
      id: "auth.enable_mfa",
      path: "/auth/mfa/enable/",
      summary: "Offers the caller a second factor, which is on when a code of it has been verified.",
      body: EnableMfa,
      response: MfaOffer,
      errors: [...passwordErrors, ReauthenticationRequired, Errors.StateConflict],
      run: ({ body: { password } }) =>
        Effect.flatMap(Authentication, (authentication) => authentication.enableSecondFactor(password))
    }),
    handWritten({
      ...shared,
      id: "auth.verify_mfa",
      path: "/auth/mfa/verify/",
      summary: "Finishes a sign-in with a code, or, with a bearer token, turns the caller's second factor on.",
      access: "anonymous",
      body: VerifyMfa,
      response: Schema.Union([Tokens, MfaEnabled]),
      errors: [
        ...sessionErrors,
        LoginThrottled,
        MfaCodeInvalid,
        SecretUnreadable,
        Errors.ValidationFailed,
        Errors.StateConflict
      ],
      run: ({ body, call }) =>
        Effect.gen(function* () {
          const authentication = yield* Authentication
          const proof = yield* proofIn(body)
          if (body.mfaToken !== undefined) return yield* give(yield* authentication.finishLogin(body.mfaToken, proof))
          const actor = yield* callerOf(call)
          const recoveryCodes = yield* authentication
            .verifySecondFactor("code" in proof ? proof.code : "")
            .pipe(Actor.provide(actor))
          return { mfaEnabled: true as const, recoveryCodes }
        })
    }),
    handWritten({
      ...shared,
      id: "auth.disable_mfa",
      path: "/auth/mfa/disable/",
      summary: "Turns the caller's second factor off.",
      body: DisableMfa,
      errors: [
        ...passwordErrors,
        MfaCodeInvalid,
        MfaEnforced,
        ReauthenticationRequired,
        SecretUnreadable,
        Errors.StateConflict
      ],
      run: ({ body: { password, code } }) =>
        Effect.flatMap(Authentication, (authentication) => authentication.disableSecondFactor(password, code))
    }),
    handWritten({
      ...shared,
      id: "auth.reauthenticate",
      path: "/auth/reauthenticate/",
      summary: "Proves anew who the caller is: for ten minutes, what asks for a recent proof is open to this session.",
      body: Reauthenticate,
      response: Schema.Struct({ authenticatedAt: Instant.Instant }).annotate({ identifier: "Reauthenticated" }),
      errors: [...passwordErrors, MfaCodeRequired, MfaCodeInvalid, SecretUnreadable],
      run: ({ body: { password, code } }) =>
        Effect.gen(function* () {
          const authentication = yield* Authentication
          return { authenticatedAt: yield* authentication.reauthenticate(password, code) }
        })
    })
  ]
}
