import { Clock, Effect, Schema } from "effect"
import { Actor, type Catalogue, Entity, Policy } from "@itsm/core/kernel"
import { Authentication, type SignedIn, User } from "@itsm/core/identity"
import { type AccessTokens, lifetime } from "./access-token.ts"

const shownFields = Object.fromEntries(
  User.fields.filter(({ access }) => access !== "secret").map(({ name, schema }) => [name, schema])
)

/** The caller's own user, with the keys of their roles. */
export const OwnUser = Schema.Struct({ ...shownFields, roles: Schema.Array(Schema.String) }).annotate({
  identifier: "OwnUser"
}) as unknown as Schema.Codec<Entity.JsonOf<typeof User> & { readonly roles: ReadonlyArray<string> }, unknown>

/** What a sign-in gives. */
export const Tokens = Schema.Struct({
  accessToken: Schema.String,
  refreshToken: Schema.String,
  tokenType: Schema.Literals(["Bearer"]),
  expiresIn: Schema.Int.annotate({ description: "Seconds until the access token expires." }),
  refreshExpiresIn: Schema.Int.annotate({ description: "Seconds until the refresh token expires." }),
  user: OwnUser
}).annotate({ identifier: "Tokens" })

const HeldPermission = Schema.Struct({ permission: Schema.String, scope: Schema.Literals(Actor.scopes) }).annotate({
  identifier: "HeldPermission"
})

/** What a token is worth at this moment. */
export const TokenFacts = Schema.Struct({
  valid: Schema.Literals([true]),
  sub: Schema.String,
  org: Schema.String,
  sid: Schema.NullOr(Schema.String.annotate({ description: "The session; an API key has none." })),
  exp: Schema.Int.annotate({ description: "Seconds since 1970 at which the token expires." }),
  roles: Schema.Array(Schema.String),
  permissions: Schema.Array(HeldPermission),
  mfa: Schema.Boolean
}).annotate({ identifier: "TokenFacts" })

export const ownUser = (user: User, actor: Actor.Actor): typeof OwnUser.Type => ({
  ...(Entity.toJson(User, user) as Entity.JsonOf<typeof User>),
  roles: actor.roles
})

/** The tokens of a sign-in, with the user as they may see themselves. */
export const tokensFor = (tokens: AccessTokens) =>
  Effect.fnUntraced(function* (signedIn: SignedIn) {
    const { user, refreshToken, refreshExpiresAt } = signedIn
    const authentication = yield* Authentication
    // the session may be over by now, ended by whoever came second with the same refresh token
    const actor = yield* authentication.actorFor(user.id, user.organizationId)
    const now = yield* Clock.currentTimeMillis
    return {
      accessToken: yield* tokens.sign(signedIn),
      refreshToken,
      tokenType: "Bearer",
      expiresIn: lifetime,
      refreshExpiresIn: Math.max(0, Math.floor((Date.parse(refreshExpiresAt) - now) / 1000)),
      user: ownUser(user, actor)
    } satisfies typeof Tokens.Type
  })

/** Every permission of the catalogue that the actor has for some record, with the widest scope. */
export const heldPermissions = (
  actor: Actor.Actor,
  catalogue: Catalogue.Catalogue
): ReadonlyArray<typeof HeldPermission.Type> =>
  catalogue.permissions.flatMap((permission) => {
    const scope = Policy.mayEver(actor, permission) ? Policy.widestScope(actor, permission) : null
    return scope === null ? [] : [{ permission, scope }]
  })
