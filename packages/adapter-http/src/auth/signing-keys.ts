import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto"
import { Effect, Result, Schema } from "effect"
import type { Page } from "../pages/page.ts"
import * as Reply from "../reply.ts"

const PrivateKey = Schema.Struct({
  kty: Schema.Literals(["OKP"]),
  crv: Schema.Literals(["Ed25519"]),
  kid: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9._-]{1,64}$/)),
  x: Schema.String,
  d: Schema.String
})

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

/** The first key of the set signs; tokens signed by any of them are good, and all are published. */
export interface SigningKeys {
  readonly signing: SigningKey
  readonly verifying: ReadonlyMap<string, KeyObject>
  readonly published: { readonly keys: ReadonlyArray<PublicJwk> }
}

/** Reads a JWK Set of private Ed25519 keys; the text of a failure never holds a part of a key. */
export const read = (text: string): Result.Result<SigningKeys, string> => {
  const decoded = Schema.decodeUnknownResult(KeySet)(text)
  if (Result.isFailure(decoded)) return Result.fail("is not a JWK Set of private Ed25519 keys, each with a kid")
  const { keys } = decoded.success
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) return Result.fail("has two keys with the same kid")
  const [first] = keys
  try {
    const open = keys.map((jwk) => createPrivateKey({ key: jwk, format: "jwk" }))
    const publicOf = (key: KeyObject) => createPublicKey(key)
    if (keys.some(({ x }, index) => publicOf(open[index]!).export({ format: "jwk" }).x !== x))
      return Result.fail("has a key whose two halves do not belong together")
    return Result.succeed({
      signing: { kid: first.kid, privateKey: open[0]! },
      verifying: new Map(keys.map(({ kid }, index) => [kid, publicOf(open[index]!)])),
      published: { keys: keys.map(({ kty, crv, kid, x }) => ({ kty, crv, kid, x, alg: "EdDSA", use: "sig" })) }
    })
  } catch {
    return Result.fail("has a key that is no Ed25519 key")
  }
}

/** A fresh set of one key, as the text that `read` takes. */
export const generate = (): string => {
  const { privateKey } = generateKeyPairSync("ed25519")
  const jwk = privateKey.export({ format: "jwk" })
  const kid = (jwk.x ?? "").slice(0, 16)
  return JSON.stringify({ keys: [{ ...jwk, kid }] })
}

/** The public halves, as other services read them to verify tokens. */
export const jwksPage = ({ published }: SigningKeys): Page => ({
  path: "/.well-known/jwks.json",
  run: () => Effect.succeed(Reply.json(200, published))
})
