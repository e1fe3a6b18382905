import { Clock, Effect, Result, Schema } from "effect"
import { type KeyObject, randomUUID } from "node:crypto"
import { errors, jwtVerify, SignJWT } from "jose"
import { Id, Text } from "@itsm/core/kernel"
import type { Session, User } from "@itsm/core/identity"
import { TokenExpired, TokenInvalid } from "./authentication-errors.ts"
import type { KeysInForce, SigningKeys } from "./signing-keys.ts"

/** How long an access token is good for, in seconds. */
export const lifetime = 900
const maxLength = 8 * 1024
const maxRemembered = 10_000
/** How far the clocks of two servers may be apart, in seconds. */
const skew = 60
const typ = "at+jwt"
const alg = "EdDSA"

const Seconds = Text.Whole(0, 253_402_300_799)

const Claims = Schema.Struct({
  iss: Schema.String,
  aud: Schema.String,
  sub: Id.Id("User"),
  org: Id.Id("Organization"),
  sid: Id.Id("Session"),
  jti: Schema.String,
  iat: Seconds,
  nbf: Seconds,
  exp: Seconds,
  amr: Schema.Array(Schema.String),
  auth_time: Seconds
})
/** Who an access token speaks of, and how they signed in: nothing personal, and no permissions. */
export type Claims = typeof Claims.Type

/** Who signed in, and when and how. */
interface Subject {
  readonly user: Pick<User, "id" | "organizationId">
  readonly session: Pick<Session, "id" | "amr" | "authenticatedAt">
}

export interface AccessTokens {
  readonly sign: (subject: Subject) => Effect.Effect<string>
  /** The claims of a token that this installation signed and whose time is now. Whether its session lives is another question. */
  readonly verify: (token: string) => Effect.Effect<Claims, TokenExpired | TokenInvalid>
}

interface Options {
  readonly keys: SigningKeys
  readonly issuer: string
  readonly audience: string
}

const headerOf = (kid: string) => ({ alg, typ, kid })
const encoded = (header: object) => Buffer.from(JSON.stringify(header)).toString("base64url")

const decode = Schema.decodeUnknownResult(Claims, { onExcessProperty: "error" })

/** The claims as this installation writes them; anything else was signed for another purpose. */
const claimsOf = (payload: unknown): Claims | undefined => {
  const claims = Result.getOrUndefined(decode(payload))
  return claims !== undefined && claims.exp - claims.iat === lifetime && claims.nbf === claims.iat ? claims : undefined
}

const explain = (error: unknown): TokenExpired | TokenInvalid =>
  error instanceof errors.JWTExpired && claimsOf(error.payload) !== undefined
    ? new TokenExpired({})
    : new TokenInvalid({})

/** The keys by the headers that a token carries to the letter: what a stranger writes into a header is never read. */
const byHeader = ({ verifying }: KeysInForce): ReadonlyMap<string, KeyObject> =>
  new Map([...verifying].map(([kid, key]) => [encoded(headerOf(kid)), key]))

/** Signs access tokens with the key that signs at the time, and verifies those that were signed with any that is published. */
export const make = ({ keys, issuer, audience }: Options): AccessTokens => {
  let trusted: { readonly keys: KeysInForce; readonly byHeader: ReadonlyMap<string, KeyObject> } | undefined
  const keyOf = (token: string, ms: number): KeyObject | undefined => {
    const now = keys.at(ms)
    if (trusted?.keys !== now) trusted = { keys: now, byHeader: byHeader(now) }
    return trusted.byHeader.get(token.slice(0, Math.max(0, token.indexOf("."))))
  }
  // the signature depends on token and key alone, so it is checked once
  const known = new Map<string, Claims>()
  const remember = (token: string, claims: Claims) => {
    if (known.size >= maxRemembered) known.delete(known.keys().next().value!)
    known.set(token, claims)
  }

  const checkSignature = Effect.fnUntraced(function* (token: string, key: KeyObject, now: number) {
    const verified = yield* Effect.tryPromise({
      try: () =>
        jwtVerify(token, key, {
          algorithms: [alg],
          typ,
          issuer,
          audience,
          clockTolerance: skew,
          currentDate: new Date(now * 1000)
        }),
      catch: explain
    })
    return claimsOf(verified.payload) ?? (yield* new TokenInvalid({}))
  })

  /** Whether the time of a token is now. */
  const judge = (token: string, claims: Claims, now: number): Effect.Effect<Claims, TokenExpired | TokenInvalid> => {
    if (claims.nbf > now + skew) return Effect.fail(new TokenInvalid({}))
    if (claims.exp > now) return Effect.succeed(claims)
    known.delete(token)
    return Effect.fail(new TokenExpired({}))
  }

  return {
    sign: ({ user, session }) =>
      Effect.flatMap(Clock.currentTimeMillis, (ms) => {
        const now = Math.floor(ms / 1000)
        const { signing } = keys.at(ms)
        const claims = {
          org: user.organizationId,
          sid: session.id,
          amr: session.amr,
          auth_time: Math.floor(Date.parse(session.authenticatedAt) / 1000)
        }
        return Effect.promise(() =>
          new SignJWT(claims)
            .setProtectedHeader(headerOf(signing.kid))
            .setIssuer(issuer)
            .setAudience(audience)
            .setSubject(user.id)
            .setJti(randomUUID())
            .setIssuedAt(now)
            .setNotBefore(now)
            .setExpirationTime(now + lifetime)
            .sign(signing.privateKey)
        )
      }),
    verify: (token) =>
      Effect.flatMap(Clock.currentTimeMillis, (ms) => {
        const now = Math.floor(ms / 1000)
        const key = token.length > maxLength ? undefined : keyOf(token, ms)
        if (key === undefined) return Effect.fail(new TokenInvalid({}))
        const claims = known.get(token)
        if (claims !== undefined) return judge(token, claims, now)
        return Effect.flatMap(checkSignature(token, key, now), (checked) => {
          remember(token, checked)
          return judge(token, checked, now)
        })
      })
  }
}
