import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { Clock, Effect, Result, Schema } from "effect"
import type { Page } from "../pages/page.ts"
import * as Reply from "../reply.ts"

const NumericDate = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const PrivateKey = Schema.Struct({
  kty: Schema.Literals(["OKP"]),
  crv: Schema.Literals(["Ed25519"]),
  kid: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._-]{1,64}$/)),
  x: Schema.String,
  d: Schema.String,
  /** From then on it signs, in seconds since the epoch; before, it is only published. */
  signsFrom: Schema.optionalKey(NumericDate),
  /** From then on its tokens are refused, and it is published no more. */
  endsAt: Schema.optionalKey(NumericDate)
})
export type PrivateKey = typeof PrivateKey.Type

const KeySet = Schema.fromJsonString(Schema.Struct({ keys: Schema.NonEmptyArray(PrivateKey) }))

/** A public key as it is published, RFC 8037. */
interface PublicJwk {
  readonly kty: "OKP"
  readonly crv: "Ed25519"
  readonly kid: string
  readonly x: string
  readonly alg: "EdDSA"
  readonly use: "sig"
}

interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
}

/** What a set of keys is at one moment: one key signs, and all verify and are published. */
export interface KeysInForce {
  readonly signing: SigningKey
  readonly verifying: ReadonlyMap<string, KeyObject>
  readonly published: { readonly keys: ReadonlyArray<PublicJwk> }
}

/** A set of keys, each with its time: every process that has it agrees which key signs, and which are good. */
export interface SigningKeys {
  /** What is in force then, in milliseconds since the epoch; one and the same object until something changes. */
  readonly at: (nowMs: number) => KeysInForce
}

interface OpenKey {
  readonly jwk: PrivateKey
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The key that has begun to sign last; of keys without a time, the first of the set. */
const signingAt = <K extends Pick<PrivateKey, "signsFrom">>(keys: ReadonlyArray<K>, seconds: number): K =>
  keys.reduce((last, key) => {
    const { signsFrom = 0 } = key
    return signsFrom <= seconds && (signsFrom > (last.signsFrom ?? 0) || (last.signsFrom ?? 0) > seconds) ? key : last
  })

const isLive = ({ endsAt }: PrivateKey, seconds: number) => endsAt === undefined || seconds < endsAt

const inForce = (keys: ReadonlyArray<OpenKey>, seconds: number): KeysInForce => {
  const live = keys.filter(({ jwk }) => isLive(jwk, seconds))
  const signing = signingAt(
    live.map(({ jwk }) => jwk),
    seconds
  )
  const { privateKey } = live.find(({ jwk }) => jwk === signing)!
  return {
    signing: { kid: signing.kid, privateKey },
    verifying: new Map(live.map(({ jwk, publicKey }) => [jwk.kid, publicKey])),
    published: { keys: live.map(({ jwk: { kty, crv, kid, x } }) => ({ kty, crv, kid, x, alg: "EdDSA", use: "sig" })) }
  }
}

const timed = (keys: ReadonlyArray<OpenKey>): SigningKeys => {
  const moments = keys.flatMap(({ jwk: { signsFrom, endsAt } }) => [signsFrom ?? 0, endsAt ?? Number.POSITIVE_INFINITY])
  let known: { readonly from: number; readonly until: number; readonly keys: KeysInForce } | undefined
  return {
    at: (nowMs) => {
      const seconds = nowMs / 1000
      if (known !== undefined && known.from <= seconds && seconds < known.until) return known.keys
      const from = Math.max(0, ...moments.filter((moment) => moment <= seconds))
      const until = Math.min(...moments.filter((moment) => moment > seconds), Number.POSITIVE_INFINITY)
      known = { from, until, keys: inForce(keys, seconds) }
      return known.keys
    }
  }
}

const decode = (text: string): Result.Result<ReadonlyArray<PrivateKey>, string> => {
  const decoded = Schema.decodeUnknownResult(KeySet)(text)
  if (Result.isFailure(decoded)) return Result.fail("is not a JWK Set of private Ed25519 keys, each with a kid")
  const { keys } = decoded.success
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) return Result.fail("has two keys with the same kid")
  if (keys.every(({ endsAt }) => endsAt !== undefined)) return Result.fail("has no key without an end")
  return Result.succeed(keys)
}

/** Reads a JWK Set of private Ed25519 keys; the text of a failure never holds a part of a key. */
export const read = (text: string): Result.Result<SigningKeys, string> => {
  const decoded = decode(text)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  try {
    const keys = decoded.success.map((jwk): OpenKey => {
      const privateKey = createPrivateKey({ key: jwk, format: "jwk" })
      return { jwk, privateKey, publicKey: createPublicKey(privateKey) }
    })
    if (keys.some(({ jwk, publicKey }) => publicKey.export({ format: "jwk" }).x !== jwk.x))
      return Result.fail("has a key whose two halves do not belong together")
    return Result.succeed(timed(keys))
  } catch {
    return Result.fail("has a key that is no Ed25519 key")
  }
}

const newKey = (): PrivateKey => {
  const { privateKey } = generateKeyPairSync("ed25519")
  const { x = "", d = "" } = privateKey.export({ format: "jwk" })
  return { kty: "OKP", crv: "Ed25519", kid: x.slice(0, 16).replaceAll("-", "_"), x, d }
}

/** A fresh set of one key, as the text that `read` takes. */
export const generate = (): string => JSON.stringify({ keys: [newKey()] })

/** How long a new key is published before it signs: a token's life, and five minutes for those who keep our keys. */
export const publishedAheadSeconds = 1200
/** How long an old key verifies after it has signed last: a token's life, and three minutes for clocks that differ. */
export const verifiesOnSeconds = 1080

export interface Rotation {
  /** The set with the new key, as the text that `read` takes. */
  readonly text: string
  readonly kid: string
  /** In seconds since the epoch. */
  readonly signsFrom: number
  readonly retired: ReadonlyArray<string>
}

/**
 * A new key joins the set: it is published at once, signs after `publishedAheadSeconds`, and the keys before it end when
 * the last token that they signed has expired. With `atOnce` it takes their place now, and their tokens are refused.
 */
export const rotate = (text: string, nowMs: number, atOnce: boolean): Result.Result<Rotation, string> => {
  const decoded = decode(text)
  if (Result.isFailure(decoded)) return Result.fail(`The text ${decoded.failure}.`)
  const now = Math.floor(nowMs / 1000)
  const live = decoded.success.filter((key) => isLive(key, now))
  const fresh = newKey()
  const retired = decoded.success.filter((key) => atOnce || !isLive(key, now)).map(({ kid }) => kid)
  if (atOnce)
    return Result.succeed({ text: JSON.stringify({ keys: [fresh] }), kid: fresh.kid, signsFrom: now, retired })
  const waiting = live.find(({ signsFrom = 0 }) => signsFrom > now)
  if (waiting !== undefined) {
    const when = new Date(waiting.signsFrom! * 1000).toISOString()
    return Result.fail(`A rotation is under way: the key ${waiting.kid} signs from ${when}.`)
  }
  const signsFrom = now + publishedAheadSeconds
  const ending = live.map((key) => ({ ...key, endsAt: key.endsAt ?? signsFrom + verifiesOnSeconds }))
  return Result.succeed({
    text: JSON.stringify({ keys: [{ ...fresh, signsFrom }, ...ending] }),
    kid: fresh.kid,
    signsFrom,
    retired
  })
}

/**
 * The public halves, as other services read them to verify tokens. Like every answer it says that caches must not keep
 * it; that libraries keep it for some minutes is provided for in the times of new keys.
 */
export const jwksPage = (keys: SigningKeys): Page => ({
  path: "/.well-known/jwks.json",
  run: () => Effect.map(Clock.currentTimeMillis, (now) => Reply.json(200, keys.at(now).published))
})
