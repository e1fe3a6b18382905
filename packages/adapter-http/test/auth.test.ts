import { decodeJwt, decodeProtectedHeader } from "jose"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bearer, type MemoryServer, password, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const api = "/api/v1"
const login = `${api}/auth/login/`
const refresh = (refreshToken: unknown) => server.post(`${api}/auth/token/refresh/`, { refreshToken })
const logout = (token: unknown, body: object = {}) => server.post(`${api}/auth/logout/`, body, bearer(token))
const me = (token: unknown) => server.get(`${api}/auth/me/`, bearer(token))
const withoutId = ({ requestId: _, ...body }: Readonly<Record<string, unknown>>) => body

const newUser = async (account: string, body: object = { password }) => {
  const admin = await server.as("admin@acme.example")
  const created = await server.post(
    `${api}/users/`,
    { email: `${account}@acme.example`, displayName: "Newly Hired", ...body },
    admin
  )
  assert.equal(created.status, 201)
  return { id: String(created.body["id"]), admin }
}

describe("login", () => {
  it("gives a pair of tokens and the user, without secrets", async () => {
    const { status, body } = await server.login("AGENT@acme.example")
    assert.equal(status, 200)
    assert.sameMembers(Object.keys(body), [
      "accessToken",
      "refreshToken",
      "tokenType",
      "expiresIn",
      "refreshExpiresIn",
      "user"
    ])
    assert.equal(body["expiresIn"], 900)
    assert.equal(body["tokenType"], "Bearer")
    assert.match(String(body["refreshToken"]), /^itsm_rt_[\w-]{43}$/)
    const user = body["user"] as Record<string, unknown>
    assert.deepEqual(user["roles"], ["agent"])
    assert.notProperty(user, "passwordHash")
    assert.approximately(Number(body["refreshExpiresIn"]), 14 * 86_400, 5)
  })

  it("puts nothing personal and no permission into the access token", async () => {
    const token = String((await server.login("agent@acme.example")).body["accessToken"])
    assert.deepEqual(decodeProtectedHeader(token), {
      alg: "EdDSA",
      typ: "at+jwt",
      kid: server.keys.at(Date.now()).signing.kid
    })
    const claims = decodeJwt(token)
    assert.sameMembers(Object.keys(claims), [
      "iss",
      "aud",
      "sub",
      "org",
      "sid",
      "jti",
      "iat",
      "nbf",
      "exp",
      "amr",
      "auth_time"
    ])
    assert.equal(Number(claims.exp) - Number(claims.iat), 900)
  })

  it("answers an unknown user, a wrong password, a disabled and an invited user alike", async () => {
    const { id, admin } = await newUser("leaver")
    await newUser("invited", {})
    assert.equal((await server.post(`${api}/users/${id}/disable/`, {}, admin)).status, 200)
    const answers = await Promise.all([
      server.post(login, { email: "nobody@acme.example", password }),
      server.post(login, { email: "not an address", password }),
      server.post(login, { email: "user@acme.example", password: "wrong" }),
      server.post(login, { email: "leaver@acme.example", password }),
      server.post(login, { email: "invited@acme.example", password })
    ])
    const [first, ...others] = answers.map(({ status, body, headers }) => ({
      status,
      body: withoutId(body),
      names: [...headers.keys()]
    }))
    assert.equal(first?.status, 401)
    assert.equal(answers[0]?.body.code, "invalid_credentials")
    assert.equal(answers[0]?.headers.get("www-authenticate"), "Bearer")
    for (const other of others) assert.deepEqual(other, first)
    // longer than any of them takes, so that none is known by its time
    for (const [email, wrong] of [
      ["stranger@acme.example", password],
      ["user@acme.example", "wrong"],
      ["leaver@acme.example", password]
    ]) {
      const begun = performance.now()
      await server.post(login, { email, password: wrong })
      assert.isAtLeast(performance.now() - begun, 199)
    }
  })

  it.each(["manager@globex.example", "nobody-at-all@globex.example"])(
    "slows down guessing after five failures: %s",
    async (email) => {
      for (let failure = 1; failure <= 5; failure++)
        assert.equal((await server.post(login, { email, password: "wrong" })).status, 401)
      const sixth = await server.post(login, { email: email.toUpperCase(), password })
      assert.equal(sixth.status, 429)
      assert.equal(sixth.body.code, "login_throttled")
      assert.isAtLeast(Number(sixth.headers.get("retry-after")), 1)
      assert.equal((await server.login("user@globex.example")).status, 200)
    }
  )

  it("starts a new session each time", async () => {
    const [a, b] = await Promise.all([server.login("agent@acme.example"), server.login("agent@acme.example")])
    assert.notEqual(decodeJwt(String(a.body["accessToken"]))["sid"], decodeJwt(String(b.body["accessToken"]))["sid"])
  })
})

describe("refresh", () => {
  it("gives a new pair for a token, once", async () => {
    const first = await server.login("agent@acme.example")
    const second = await refresh(first.body["refreshToken"])
    assert.equal(second.status, 200)
    assert.notEqual(second.body["refreshToken"], first.body["refreshToken"])
    assert.equal((await me(second.body["accessToken"])).status, 200)
    assert.equal((await refresh(second.body["refreshToken"])).status, 200)
  })

  it("ends the session when a used token comes back", async () => {
    const first = await server.login("agent@acme.example")
    const second = await refresh(first.body["refreshToken"])
    const again = await refresh(first.body["refreshToken"])
    assert.equal(again.status, 401)
    assert.equal(again.body.code, "refresh_token_reused")
    assert.equal((await me(second.body["accessToken"])).body.code, "session_revoked")
    assert.equal((await refresh(second.body["refreshToken"])).body.code, "refresh_token_invalid")
  })

  it("lets one of 64 win", async () => {
    const first = await server.login("agent@acme.example")
    const answers = await Promise.all(Array.from({ length: 64 }, () => refresh(first.body["refreshToken"])))
    assert.lengthOf(
      answers.filter(({ status }) => status === 200),
      1
    )
    for (const { status, body } of answers) if (status !== 200) assert.equal(body.code, "refresh_token_reused")
    const winner = answers.find(({ status }) => status === 200)
    assert.equal((await refresh(winner?.body["refreshToken"])).body.code, "refresh_token_invalid")
  })

  it("refuses what is no refresh token", async () => {
    const { body } = await server.login("agent@acme.example")
    for (const token of ["", "itsm_rt_nothing", String(body["accessToken"])])
      assert.equal((await refresh(token)).body.code, "refresh_token_invalid")
  })
})

describe("logout", () => {
  it("ends the session's tokens, and is accepted again", async () => {
    const { body } = await server.login("agent@acme.example")
    assert.equal((await logout(body["accessToken"])).status, 204)
    assert.equal((await me(body["accessToken"])).body.code, "session_revoked")
    assert.equal((await refresh(body["refreshToken"])).body.code, "refresh_token_invalid")
    assert.equal((await logout(body["accessToken"])).status, 204)
  })

  it("ends every session on demand, or that of a refresh token of one's own", async () => {
    const [a, b, c] = await Promise.all(Array.from({ length: 3 }, () => server.login("user@acme.example")))
    const foreign = await server.login("user@globex.example")
    assert.equal((await logout(a?.body["accessToken"], { refreshToken: b?.body["refreshToken"] })).status, 204)
    assert.equal((await me(b?.body["accessToken"])).status, 401)
    assert.equal((await logout(c?.body["accessToken"], { refreshToken: foreign.body["refreshToken"] })).status, 204)
    assert.equal((await me(foreign.body["accessToken"])).status, 200)
    const [d, e] = await Promise.all([server.login("user@acme.example"), server.login("user@acme.example")])
    assert.equal((await logout(d?.body["accessToken"], { all: true })).status, 204)
    assert.equal((await me(e?.body["accessToken"])).body.code, "session_revoked")
  })

  it("asks for a token that was signed here", async () => {
    assert.equal((await server.post(`${api}/auth/logout/`, {})).body.code, "unauthenticated")
    assert.equal((await logout("x.y.z")).body.code, "token_invalid")
  })
})

describe("what ends or changes a token", () => {
  it("is the end of its user's account, at once", async () => {
    const { id, admin } = await newUser("short-stay")
    const { body } = await server.login("short-stay@acme.example")
    assert.equal((await me(body["accessToken"])).status, 200)
    await server.post(`${api}/users/${id}/disable/`, {}, admin)
    assert.equal((await me(body["accessToken"])).body.code, "session_revoked")
    assert.equal((await refresh(body["refreshToken"])).body.code, "refresh_token_invalid")
  })

  it("is a change of roles, within a second, while the token stays", async () => {
    const { id, admin } = await newUser("promoted")
    const { body } = await server.login("promoted@acme.example")
    const caller = bearer(body["accessToken"])
    assert.equal((await server.get(`${api}/users/`, caller)).status, 403)
    const roles = (await server.get(`${api}/roles/?key=agent`, admin)).body["items"] as ReadonlyArray<{
      readonly id: string
    }>
    assert.equal(
      (await server.post(`${api}/user-roles/`, { userId: id, roleId: roles[0]?.id, scopeType: "organization" }, admin))
        .status,
      201
    )
    await new Promise((resolve) => setTimeout(resolve, 1000))
    assert.equal((await server.get(`${api}/users/`, caller)).status, 200)
  })
})

describe("verify-token", () => {
  it("tells whom the token stands for and what they may do", async () => {
    const { body } = await server.login("user@acme.example")
    const { status, body: facts } = await server.get(`${api}/auth/verify-token/`, bearer(body["accessToken"]))
    const claims = decodeJwt(String(body["accessToken"]))
    assert.equal(status, 200)
    assert.deepInclude(facts, {
      valid: true,
      sub: claims.sub,
      org: claims["org"],
      sid: claims["sid"],
      exp: claims.exp,
      roles: ["end_user"],
      mfa: false
    })
    const permissions = facts["permissions"] as ReadonlyArray<{ readonly permission: string; readonly scope: string }>
    assert.deepInclude(permissions, { permission: "incident.read", scope: "own" })
    assert.notInclude(
      permissions.map(({ permission }) => permission),
      "incident.assign"
    )
  })
})
