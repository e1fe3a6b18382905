import { Condition } from "@itsm/core"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Accounts, auth, startAccounts, stores, told } from "./accounts.ts"
import { bearer, password } from "./memory-server.ts"
import { storedRows } from "./stored.ts"

const dayMs = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString()
const invalid = [401, "token_invalid"]
const remembered = () => new Promise((resolve) => setTimeout(resolve, 900))

describe.each(stores)("API keys on %s", (_, store) => {
  let accounts: Accounts
  beforeAll(async () => {
    accounts = await startAccounts(store)
  }, 60_000)
  afterAll(() => accounts.server.close())

  const make = async (token: unknown, more: object = {}) =>
    accounts.post("api-keys", { name: "Report", scopes: ["incident.read"], expiresAt: inDays(30), ...more }, token)
  const use = (key: unknown, path = "/api/v1/incidents/") => accounts.server.get(path, bearer(key))
  /** An agent with a key. */
  const keyHolder = async (account: string, more: object = {}) => {
    const { create, give, signIn } = accounts
    const user = await create(account)
    await give(user.id, "agent")
    const token = await signIn(user.email)
    const made = await make(token, more)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    return { ...user, token, key: String(made.body["key"]), keyId: String(made.body["id"]), made }
  }

  it("are shown once, and kept as a hash", async () => {
    const { key, keyId, token, made } = await keyHolder("owner")
    assert.match(key, /^itsm_ak_[\w-]{43}$/)
    assert.equal(made.headers.get("location"), `${auth}/api-keys/${keyId}/`)
    const listed = await accounts.server.get(`${auth}/api-keys/`, bearer(token))
    const [shown] = listed.body["items"] as [Readonly<Record<string, unknown>>]
    assert.deepInclude(shown, { id: keyId, name: "Report", scopes: ["incident.read"], lastUsedAt: null })
    assert.isTrue(key.startsWith(String(shown["prefix"])))
    assert.notInclude(JSON.stringify(listed.body), key)
    assert.notInclude(JSON.stringify([...(await storedRows(accounts.server))]), key)
    assert.deepEqual(await accounts.audited("apikey.manage", keyId), ["allow"])
  })

  it("open what their scopes cover, and nothing else", async () => {
    const { key, token } = await keyHolder("limited", { scopes: ["incident.read", "incident.create"] })
    assert.equal((await use(key)).status, 200)
    const opened = await accounts.server.post("/api/v1/incidents/", { title: "Disk is full" }, bearer(key))
    assert.equal(opened.status, 201)
    const path = `/api/v1/incidents/${String(opened.body["id"])}/`
    assert.deepEqual(told(await accounts.act(path, "resolve", {}, bearer(key))), [403, "permission_denied"])
    assert.notInclude(opened.body["allowedActions"] as ReadonlyArray<string>, "resolve")
    assert.equal((await use(token, "/api/v1/users/")).status, 200)
    assert.deepEqual(told(await use(key, "/api/v1/users/")), [403, "permission_denied"])
  })

  it("reach no further than the user at the moment", async () => {
    const { key, id } = await keyHolder("demoted")
    assert.equal((await use(key)).status, 200)
    const roles = await accounts.server.get(`/api/v1/user-roles/?userId=${id}`, accounts.admin)
    const [{ id: roleId }] = roles.body["items"] as [{ readonly id: string }]
    await accounts.server.send("DELETE", `/api/v1/user-roles/${roleId}/`, undefined, accounts.admin)
    assert.deepEqual(told(await use(key)), [403, "permission_denied"])
  })

  it("are made for what one holds oneself, for a year at most", async () => {
    const { token } = await keyHolder("wishful")
    for (const scope of ["incident.*", "*", "user.create", "audit_log.read"])
      assert.deepEqual([scope, ...told(await make(token, { scopes: [scope] }))], [scope, 403, "permission_denied"])
    for (const more of [
      { scopes: ["incident.fly"] },
      { scopes: ["nonsense"] },
      { scopes: [] },
      { expiresAt: inDays(400) },
      { expiresAt: inDays(-1) },
      { name: "" },
      { userId: "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b" }
    ])
      assert.equal((await make(token, more)).status, 422, JSON.stringify(more))
    assert.equal((await make(token, { expiresAt: inDays(365) })).status, 201)
    const requester = await accounts.create("requester")
    await accounts.give(requester.id, "end_user")
    assert.deepEqual(told(await make(await accounts.signIn(requester.email))), [403, "permission_denied"])
  })

  it("ask for a recent proof", async () => {
    const { token, id } = await keyHolder("absent-minded")
    await accounts.rewrite("Session", Condition.eq("userId", id), { authenticatedAt: "2020-01-01T00:00:00.000Z" })
    assert.deepEqual(told(await make(token)), [403, "reauthentication_required"])
    assert.equal((await accounts.post("reauthenticate", { password }, token)).status, 200)
    assert.equal((await make(token)).status, 201)
  })

  it("manage no account", async () => {
    const { key, keyId } = await keyHolder("machine")
    const { server, post } = accounts
    const answers = await Promise.all([
      post("change-password", { currentPassword: password, newPassword: "some other long words" }, key),
      post("mfa/enable", { password }, key),
      post("mfa/verify", { code: "000000" }, key),
      post("mfa/disable", { password, code: "000000" }, key),
      post("reauthenticate", { password }, key),
      post("logout", {}, key),
      make(key),
      server.send("PATCH", `${auth}/me/`, { givenName: "Mac" }, bearer(key)),
      server.get(`${auth}/sessions/`, bearer(key)),
      server.get(`${auth}/api-keys/`, bearer(key)),
      server.send("DELETE", `${auth}/api-keys/${keyId}/`, undefined, bearer(key))
    ])
    for (const answer of answers) assert.deepEqual(told(answer), [403, "session_required"])
    const facts = await use(key, `${auth}/verify-token/`)
    assert.deepInclude(facts.body, { valid: true, sid: null, mfa: false })
    assert.deepEqual(facts.body["permissions"], [{ permission: "incident.read", scope: "team" }])
    assert.equal((await use(key, `${auth}/me/`)).status, 200)
  })

  it("are refused where they are not what they seem", async () => {
    const { key } = await keyHolder("careless")
    for (const wrong of [key.slice(0, -1), `${key}x`, key.toUpperCase(), "itsm_ak_", key.replace("_ak_", "_rt_")])
      assert.equal((await use(wrong)).status, 401, wrong)
    assert.equal((await accounts.server.get("/api/v1/incidents/", { Authorization: `Basic ${key}` })).status, 401)
    const twice = { Authorization: `Bearer ${key}, Bearer ${key}` }
    assert.equal((await accounts.server.get("/api/v1/incidents/", twice)).status, 401)
    assert.equal((await accounts.server.get(`/api/v1/incidents/?access_token=${key}`)).status, 401)
    assert.equal((await use(key, `/api/v1/incidents/?token=${key}`)).status, 401)
  })

  it("die when they are revoked, expire, or lose their user or organization", async () => {
    const { act, server, rewrite, admin, audited } = accounts
    const { token } = await keyHolder("revoker")
    const [revoked, expired, off, gone, suspended] = [
      await keyHolder("revoked"),
      await keyHolder("expired"),
      await keyHolder("switched-off"),
      await keyHolder("removed"),
      await keyHolder("suspended")
    ]
    const others = await server.send("DELETE", `${auth}/api-keys/${revoked.keyId}/`, undefined, bearer(token))
    assert.deepEqual(told(others), [404, "not_found"])
    const own = await server.send("DELETE", `${auth}/api-keys/${revoked.keyId}/`, undefined, bearer(revoked.token))
    assert.deepEqual(told(own), [204])
    assert.deepEqual(told(await use(revoked.key)), invalid)
    assert.include(await audited("api_key.use", revoked.keyId), "deny")
    await rewrite("ApiKey", Condition.eq("id", expired.keyId), { expiresAt: "2020-01-01T00:00:00.000Z" })
    assert.deepEqual(told(await use(expired.key)), invalid)
    for (const action of ["disable", "enable"]) assert.equal((await act(off.path, action)).status, 200)
    assert.deepEqual(told(await use(off.key)), invalid)
    assert.equal((await server.send("DELETE", gone.path, undefined, admin)).status, 204)
    assert.equal((await act(gone.path, "restore")).status, 200)
    assert.deepEqual(told(await use(gone.key)), invalid)
    const byAdmin = await server.send("DELETE", `${auth}/api-keys/${suspended.keyId}/`, undefined, admin)
    assert.deepEqual(told(byAdmin), [204])
  })

  it("die with the organization's suspension", async () => {
    const { signIn, rewrite } = accounts
    const made = await make(await signIn("admin@globex.example"))
    assert.equal((await use(made.body["key"])).status, 200)
    await rewrite("Organization", Condition.eq("slug", "globex"), { status: "suspended" })
    await remembered()
    assert.deepEqual(told(await use(made.body["key"])), invalid)
  })

  it("note their use once a minute", async () => {
    const { key, keyId, token } = await keyHolder("busy")
    const noted = async () =>
      (await accounts.server.get(`${auth}/api-keys/${keyId}/`, bearer(token))).body["lastUsedAt"] as string | null
    await use(key)
    const first = await noted()
    assert.isNotNull(first)
    await remembered()
    await use(key)
    assert.equal(await noted(), first)
    await accounts.rewrite("ApiKey", Condition.eq("id", keyId), { lastUsedAt: "2020-01-01T00:00:00.000Z" })
    await use(key)
    assert.isTrue(((await noted()) ?? "") >= (first ?? ""))
  })
})
