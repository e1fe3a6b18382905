import { createHash } from "node:crypto"
import { Effect, Option, Schema } from "effect"
import { Actor, Condition, Entity, Instant, Kernel } from "@itsm/core/kernel"
import {
  Authentication,
  InvalidCredentials,
  LoginThrottled,
  MfaCodeInvalid,
  MfaCodeRequired,
  RefreshToken,
  RefreshTokenInvalid,
  RefreshTokenReused,
  SecretUnreadable,
  Session
} from "@itsm/core/identity"
import { type Endpoint, handWritten } from "../endpoint.ts"
import type { AccessTokens } from "./access-token.ts"
import { tokenErrors } from "./authentication-errors.ts"
import { tokenOf } from "./bearer.ts"
import { CodeNeeded, codeNeeded } from "./second-factor-documents.ts"
import { heldPermissions, TokenFacts, Tokens, tokensFor } from "./session-documents.ts"

const SignIn = Schema.Struct({
  email: Schema.String.annotate({ examples: ["agent@acme.example"] }),
  password: Schema.String,
  mfaCode: Schema.optionalKey(
    Schema.String.annotate({ description: "Needed by users with a second factor; others may leave it out." })
  )
}).annotate({ identifier: "SignIn" })

const Refresh = Schema.Struct({ refreshToken: Schema.String }).annotate({ identifier: "Refresh" })

const Logout = Schema.Struct({
  refreshToken: Schema.optionalKey(
    Schema.String.annotate({ description: "Ends the session that this token continues, too." })
  ),
  all: Schema.optionalKey(Schema.Boolean.annotate({ description: "Ends every session of the user." }))
}).annotate({ identifier: "Logout" })

/** The session of the caller that a refresh token continues, if it is one of theirs. */
const sessionBehind = Effect.fnUntraced(function* (actor: Actor.Actor, refreshToken: string) {
  const { store } = yield* Kernel.Kernel
  const reach = { organizationId: actor.organizationId }
  const tokenHash = createHash("sha256").update(refreshToken).digest("base64url")
  const [token] = (yield* store.find(reach, RefreshToken, {
    where: Condition.all([Condition.eq("tokenHash", tokenHash), Entity.notDeleted(RefreshToken)]),
    sort: [],
    limit: 1
  })).items
  const session = token === undefined ? Option.none() : yield* store.get(reach, Session, token.sessionId)
  return Option.filter(session, ({ userId }) => userId === actor.id)
})

/** What an API key is worth: it has no session, and nobody has shown a second factor with it. */
const ofKey = ({ id, organizationId }: Actor.Actor, expiresAt: Instant.Instant) => ({
  valid: true as const,
  sub: id ?? "",
  org: organizationId,
  sid: null,
  exp: Math.floor(Instant.toEpochMs(expiresAt) / 1000),
  mfa: false
})

/** Signing in, staying signed in, signing out. */
export const signInEndpoints = (tokens: AccessTokens): ReadonlyArray<Endpoint<Authentication>> => {
  const shared = { tag: "auth" }
  const give = tokensFor(tokens)
  const signIn = { ...shared, method: "POST", access: "anonymous", body: SignIn } as const
  return [
    handWritten({
      ...signIn,
      id: "auth.login",
      path: "/auth/login/",
      summary: "Signs a person in, or asks for the code of their second factor.",
      response: Schema.Union([Tokens, CodeNeeded]),
      errors: [InvalidCredentials, LoginThrottled, MfaCodeInvalid, SecretUnreadable],
      run: ({ body }) =>
        Effect.gen(function* () {
          const authentication = yield* Authentication
          const started = yield* authentication.startLogin(body)
          return "session" in started ? yield* give(started) : codeNeeded(started)
        })
    }),
    handWritten({
      ...signIn,
      id: "auth.token",
      path: "/auth/token/",
      summary: "Signs a machine in.",
      response: Tokens,
      errors: [InvalidCredentials, LoginThrottled, MfaCodeRequired, MfaCodeInvalid, SecretUnreadable],
      run: ({ body }) =>
        Effect.flatMap(Authentication, (authentication) => Effect.flatMap(authentication.login(body), give))
    }),
    handWritten({
      ...shared,
      id: "auth.refresh",
      method: "POST",
      path: "/auth/token/refresh/",
      summary: "Gives a new pair of tokens for a refresh token, once; a token that is used again ends its session.",
      access: "anonymous",
      body: Refresh,
      response: Tokens,
      errors: [RefreshTokenInvalid, RefreshTokenReused],
      run: ({ body: { refreshToken } }) =>
        Effect.gen(function* () {
          const authentication = yield* Authentication
          const signedIn = yield* authentication.refresh(refreshToken)
          return yield* Effect.catchTag(give(signedIn), "SessionRevoked", () =>
            Effect.fail(new RefreshTokenInvalid({}))
          )
        })
    }),
    handWritten({
      ...shared,
      id: "auth.logout",
      method: "POST",
      path: "/auth/logout/",
      summary: "Ends the session of the token, or every session of its user. Doing it again changes nothing.",
      body: Logout,
      errors: tokenErrors,
      run: ({ body: { refreshToken, all = false } }) =>
        Effect.gen(function* () {
          const authentication = yield* Authentication
          const actor = yield* Actor.CurrentActor
          const other = refreshToken === undefined ? Option.none() : yield* sessionBehind(actor, refreshToken)
          if (Option.isSome(other)) yield* authentication.logout(actor.organizationId, other.value.id, false)
          yield* authentication.logout(actor.organizationId, actor.sessionId ?? "", all)
        })
    }),
    handWritten({
      ...shared,
      id: "auth.verify_token",
      method: "GET",
      path: "/auth/verify-token/",
      summary: "Tells whom the token stands for and what they may do now.",
      response: TokenFacts,
      errors: tokenErrors,
      run: ({ call }) =>
        Effect.gen(function* () {
          const actor = yield* Actor.CurrentActor
          const { catalogue } = yield* Kernel.Kernel
          const held = { roles: actor.roles, permissions: heldPermissions(actor, catalogue) }
          if (actor.apiKeyId !== undefined) {
            const authentication = yield* Authentication
            const expiry = yield* authentication.apiKeyExpiry(actor)
            return { ...ofKey(actor, expiry), ...held }
          }
          const { sub, org, sid, exp, amr } = yield* tokens.verify(yield* tokenOf(call))
          return { valid: true as const, sub, org, sid, exp, ...held, mfa: amr.includes("mfa") }
        })
    })
  ]
}
