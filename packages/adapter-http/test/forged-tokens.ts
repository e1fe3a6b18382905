import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto"

const encode = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")

type Json = Readonly<Record<string, unknown>>

/** Every way to make a token that must not be taken, from one that is good and the keys that signed it. */
export const forgedTokens = (
  good: string,
  keyText: string,
  others: { readonly refreshToken: string }
): ReadonlyArray<readonly [name: string, token: string]> => {
  const [jwk] = (JSON.parse(keyText) as { keys: ReadonlyArray<Json & { readonly kid: string; readonly x: string }> })
    .keys
  if (jwk === undefined) throw new Error("There is no key.")
  const own = createPrivateKey({ key: jwk, format: "jwk" })
  const publicKey = createPublicKey(own)
  const stranger = generateKeyPairSync("ed25519")
  const strangerJwk = stranger.publicKey.export({ format: "jwk" })
  const [headerPart = "", claimsPart = "", signaturePart = ""] = good.split(".")
  const header = JSON.parse(Buffer.from(headerPart, "base64url").toString()) as Json
  const claims = JSON.parse(Buffer.from(claimsPart, "base64url").toString()) as Json & {
    readonly iat: number
    readonly exp: number
  }
  const raw = (head: unknown, body: unknown, key: KeyObject = own) => {
    const input = `${encode(head)}.${encode(body)}`
    return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`
  }
  const withHeader = (more: Json, key?: KeyObject) => raw({ ...header, ...more }, claims, key)
  const withClaims = (more: Json) => raw(header, { ...claims, ...more })
  const unsigned = (alg: string) => `${encode({ ...header, alg })}.${claimsPart}.`
  const hmac = (secret: string | Buffer) => {
    const input = `${encode({ ...header, alg: "HS256" })}.${claimsPart}`
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`
  }
  const without = (...names: ReadonlyArray<string>) =>
    raw(header, Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name))))
  return [
    ["alg none", unsigned("none")],
    ["alg None", unsigned("None")],
    ["alg NONE", unsigned("NONE")],
    ["HS256 with the public key as PEM", hmac(publicKey.export({ type: "spki", format: "pem" }))],
    ["HS256 with the public key as DER", hmac(publicKey.export({ type: "spki", format: "der" }))],
    ["HS256 with the bytes of the JWK", hmac(Buffer.from(jwk.x, "base64url"))],
    ["another kid", withHeader({ kid: "another" })],
    ["a kid that is a path", withHeader({ kid: "../../../../dev/null" })],
    ["a kid that is SQL", withHeader({ kid: "' OR 1=1 --" })],
    ["the signature of a stranger", withHeader({}, stranger.privateKey)],
    ["a jwk header", withHeader({ jwk: strangerJwk }, stranger.privateKey)],
    ["a jku header", withHeader({ jku: "https://attacker.example/jwks.json" }, stranger.privateKey)],
    ["an x5u header", withHeader({ x5u: "https://attacker.example/cert.pem" }, stranger.privateKey)],
    ["an x5c header", withHeader({ x5c: ["MIIB"] }, stranger.privateKey)],
    ["a crit header", withHeader({ crit: ["exp"] })],
    ["b64 false", withHeader({ b64: false, crit: ["b64"] })],
    ["an empty signature", `${headerPart}.${claimsPart}.`],
    ["no signature", `${headerPart}.${claimsPart}`],
    [
      "a changed signature",
      `${headerPart}.${claimsPart}.${signaturePart.startsWith("A") ? "B" : "A"}${signaturePart.slice(1)}`
    ],
    [
      "changed claims",
      `${headerPart}.${encode({ ...claims, sub: "00000000-0000-7000-8000-000000000000" })}.${signaturePart}`
    ],
    ["a header key twice", raw(`{"alg":"none",${JSON.stringify(header).slice(1)}`, claims)],
    ["a token in a token", raw({ ...header, cty: "JWT" }, good)],
    ["an encrypted token", `${encode({ alg: "dir", enc: "A256GCM" })}..AAAA.AAAA.AAAA`],
    ["typ JWT", withHeader({ typ: "JWT" })],
    ["another audience", withClaims({ aud: "other" })],
    ["another issuer", withClaims({ iss: "https://attacker.example" })],
    ["not valid yet", withClaims({ nbf: claims.iat + 3600 })],
    ["a fraction in exp", withClaims({ exp: claims.exp + 0.5 })],
    ["a negative exp", withClaims({ exp: -1 })],
    ["a huge exp", withClaims({ exp: 1e20 })],
    ["exp as text", withClaims({ exp: String(claims.exp) })],
    ["a longer life", withClaims({ exp: claims.iat + 86_400 })],
    ["no exp", without("exp")],
    ["no session", without("sid")],
    ["no organization", without("org")],
    ["a refresh token", others.refreshToken],
    ["longer than 8 KiB", `${good}${"A".repeat(9000)}`],
    ["nothing but dots", ".."],
    ["text", "hello"]
  ]
}
