import { Instant } from "@itsm/core/kernel"
import { Clock, Effect, Result } from "effect"
import { decodeJwt, SignJWT } from "jose"
import { createPrivateKey } from "node:crypto"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { pastClock } from "../server/demo/past.ts"
import { AccessToken, SigningKeys } from "../src/auth/index.ts"
import { forgedTokens } from "./forged-tokens.ts"
import { bearer, issuer, type MemoryServer, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const api = "/api/v1"
const me = (token: unknown) => server.get(`${api}/auth/me/`, bearer(token))

describe("access tokens", () => {
  it("are refused in every forged form (T-JWT-1)", async () => {
    const { body } = await server.login("admin@acme.example")
    const good = String(body["accessToken"])
    assert.equal((await me(good)).status, 200)
    const forged = forgedTokens(good, server.keyText, { refreshToken: String(body["refreshToken"]) })
    assert.isAtLeast(forged.length, 30)
    for (const [name, token] of forged) {
      const { status, body: problem } = await me(token)
      assert.equal(status, 401, name)
      assert.equal(problem.code, "token_invalid", name)
    }
    assert.equal((await me(good)).status, 200)
  })

  it("cost less than a millisecond of the processor each to refuse, forged, encrypted or endless (T-JWT-3)", async () => {
    const { body } = await server.login("admin@acme.example")
    const forged = forgedTokens(String(body["accessToken"]), server.keyText, {
      refreshToken: String(body["refreshToken"])
    })
    const jwe = (header: object) =>
      `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${"A".repeat(2000)}.AAAA.${"A".repeat(4000)}.AAAA`
    const tokens = [
      ...forged.map(([, token]) => token),
      jwe({ alg: "PBES2-HS512+A256KW", enc: "A256GCM", p2c: 2_147_483_647, p2s: "AAAA" }),
      jwe({ alg: "dir", enc: "A256GCM", zip: "DEF" }),
      "A".repeat(1_000_000)
    ]
    const attempts = 10_000
    const before = process.cpuUsage()
    for (let index = 0; index < attempts; index++) {
      const verified = await Effect.runPromise(Effect.result(server.tokens.verify(tokens[index % tokens.length]!)))
      assert.isTrue(Result.isFailure(verified))
    }
    const { user, system } = process.cpuUsage(before)
    assert.isBelow((user + system) / 1000 / attempts, 1)
  })

  it("expire after 900 seconds, to the second, also where they have been seen before", async () => {
    const { body } = await server.login("agent@acme.example")
    const token = String(body["accessToken"])
    const at = (seconds: number) =>
      Effect.runPromise(
        Effect.provideService(
          Effect.result(server.tokens.verify(token)),
          Clock.Clock,
          pastClock((Number(decodeJwt(token).exp) + seconds) * 1000)
        )
      )
    assert.isTrue(Result.isSuccess(await at(-1)))
    for (const late of [0, 1, 10_000]) {
      const expired = await at(late)
      assert.equal(Result.isFailure(expired) ? expired.failure._tag : "good", "TokenExpired")
    }
    const { sub, org, sid } = await Effect.runPromise(server.tokens.verify(token))
    const subject = {
      user: { id: sub, organizationId: org },
      session: { id: sid, amr: ["pwd"], authenticatedAt: Instant.fromEpochMs(0) }
    }
    const stale = await Effect.runPromise(
      Effect.provideService(server.tokens.sign(subject), Clock.Clock, pastClock(Date.now() - 901_000))
    )
    const answer = await me(stale)
    assert.equal(answer.status, 401)
    assert.equal(answer.body.code, "token_expired")
    assert.equal(answer.headers.get("www-authenticate"), "Bearer")
  })

  it("come in one Authorization header with the scheme Bearer (T-JWT-2)", async () => {
    const token = String((await server.login("agent@acme.example")).body["accessToken"])
    const path = `${api}/auth/me/`
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"])
      assert.equal((await server.get(path, { Authorization: `${scheme} ${token}` })).status, 200)
    for (const Authorization of [
      `Basic ${token}`,
      `Token ${token}`,
      token,
      `Bearer ${token}, Bearer ${token}`,
      `JWT ${token}`
    ]) {
      assert.equal((await server.get(path, { Authorization })).body.code, "unauthenticated", Authorization.slice(0, 12))
    }
    for (const Authorization of ["Bearer", `Bearer ${token} x`])
      assert.equal((await server.get(path, { Authorization })).status, 401)
    assert.equal((await server.get(path)).body.code, "unauthenticated")
    for (const query of [`access_token=${token}`, `token=${token}`]) {
      assert.equal((await server.get(`${path}?${query}`)).status, 401)
      assert.equal((await server.get(`${path}?${query}`, bearer(token))).status, 401)
    }
    assert.equal((await server.post(`${api}/incidents/`, { access_token: token, title: "x" })).status, 401)
  })

  it("of a session in another organization stand for nobody", async () => {
    const acme = decodeJwt(String((await server.login("agent@acme.example")).body["accessToken"]))
    const globex = decodeJwt(String((await server.login("agent@globex.example")).body["accessToken"]))
    const [jwk] = (JSON.parse(server.keyText) as { keys: ReadonlyArray<Record<string, string>> }).keys
    const key = createPrivateKey({ key: jwk!, format: "jwk" })
    for (const mixed of [
      { ...acme, org: globex["org"] },
      { ...acme, sub: globex.sub ?? "" },
      { ...acme, sid: globex["sid"] }
    ]) {
      const token = await new SignJWT(mixed)
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: String(jwk?.["kid"]) })
        .sign(key)
      assert.equal((await me(token)).body.code, "session_revoked")
    }
  })

  it("are verified with every published key, of which no private half is shown", async () => {
    const { status, body } = await server.get("/.well-known/jwks.json")
    assert.equal(status, 200)
    const keys = body["keys"] as ReadonlyArray<Record<string, unknown>>
    assert.deepEqual(
      keys.map((key) => Object.keys(key).toSorted()),
      [["alg", "crv", "kid", "kty", "use", "x"]]
    )
    const [next] = (JSON.parse(SigningKeys.generate()) as { keys: ReadonlyArray<object> }).keys
    const [present] = (JSON.parse(server.keyText) as { keys: ReadonlyArray<object> }).keys
    const rotated = AccessToken.make({
      keys: Result.getOrThrow(SigningKeys.read(JSON.stringify({ keys: [next, present] }))),
      issuer,
      audience: "itsm"
    })
    const token = String((await server.login("agent@acme.example")).body["accessToken"])
    assert.equal((await Effect.runPromise(rotated.verify(token))).sub, decodeJwt(token).sub)
  })
})
