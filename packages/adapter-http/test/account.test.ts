import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bearer, type MemoryServer, password, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const api = "/api/v1/auth"
const newPassword = "nine quiet herons wade"
const me = (token: unknown) => server.get(`${api}/me/`, bearer(token))
const changePassword = (token: unknown, body: object) => server.post(`${api}/change-password/`, body, bearer(token))

const newAccount = async (account: string) => {
  const admin = await server.as("admin@acme.example")
  const email = `${account}@acme.example`
  const created = await server.post("/api/v1/users/", { email, displayName: "Newly Hired", password }, admin)
  assert.equal(created.status, 201)
  const { body } = await server.login(email)
  return { email, token: body["accessToken"], refreshToken: body["refreshToken"], admin }
}

describe("change-password", () => {
  it("ends every other session, and keeps the one that asks (T-PW-1)", async () => {
    const { email, token } = await newAccount("changer")
    const others = await Promise.all([server.login(email), server.login(email)])
    const { status, body } = await changePassword(token, { currentPassword: password, newPassword })
    assert.deepEqual([status, body], [200, { endedSessions: 2 }])
    assert.equal((await me(token)).status, 200)
    for (const other of others) {
      assert.equal((await me(other.body["accessToken"])).body.code, "session_revoked")
      const refreshed = await server.post(`${api}/token/refresh/`, { refreshToken: other.body["refreshToken"] })
      assert.equal(refreshed.body.code, "refresh_token_invalid")
    }
    assert.equal((await server.login(email)).status, 401)
    assert.equal((await server.post(`${api}/login/`, { email, password: newPassword })).status, 200)
  })

  it("asks for the current password, and slows down guessing at it", async () => {
    const { token } = await newAccount("guessed-at")
    for (let failure = 1; failure <= 5; failure++) {
      const { status, body } = await changePassword(token, { currentPassword: "wrong", newPassword })
      assert.deepEqual([status, body.code], [401, "invalid_credentials"])
    }
    const { status, body } = await changePassword(token, { currentPassword: password, newPassword })
    assert.deepEqual([status, body.code], [429, "login_throttled"])
    assert.equal((await me(token)).status, 200)
  })

  it("refuses a weak password, and says where it stands", async () => {
    const { email, token } = await newAccount("weakling")
    for (const [weak, code] of [
      ["too short", "too_short"],
      ["passwordpassword", "too_common"],
      ["weaklingweakling", "too_common"],
      ["long ".repeat(26), "too_long"]
    ]) {
      const { status, body } = await changePassword(token, { currentPassword: password, newPassword: weak })
      assert.deepEqual([status, body.code], [422, "password_too_weak"])
      const [first] = body["errors"] as ReadonlyArray<Readonly<Record<string, unknown>>>
      assert.deepInclude(first, { pointer: "/newPassword", code })
    }
    assert.equal((await server.login(email)).status, 200)
  })

  it("lets one of many changes from the same password win", async () => {
    const { email, token } = await newAccount("hurried")
    const wanted = Array.from({ length: 8 }, (_, index) => `${newPassword} ${index}`)
    const answers = await Promise.all(
      wanted.map((each) => changePassword(token, { currentPassword: password, newPassword: each }))
    )
    const won = answers.flatMap(({ status }, index) => (status === 200 ? [wanted[index]] : []))
    assert.lengthOf(won, 1)
    assert.equal((await server.post(`${api}/login/`, { email, password: won[0] })).status, 200)
  })
})

describe("sessions", () => {
  it("are listed, read and ended by their own user (T-SESS-1)", async () => {
    const { email, token, admin } = await newAccount("traveller")
    const other = await server.login(email)
    const listed = await server.get(`${api}/sessions/`, bearer(token))
    assert.equal(listed.body["nextCursor"], null)
    const items = listed.body["items"] as ReadonlyArray<Readonly<Record<string, unknown>>>
    assert.deepEqual(items.map(({ isCurrent }) => isCurrent).toSorted(), [false, true])
    const theOther = items.find(({ isCurrent }) => isCurrent === false)
    const path = `${api}/sessions/${String(theOther?.["id"])}/`
    assert.deepEqual((await server.get(path, bearer(token))).body, theOther)
    for (const method of ["GET", "DELETE"]) {
      const { status, body } = await server.send(method, path, undefined, admin)
      assert.deepEqual([status, body.code], [404, "not_found"])
    }
    assert.equal((await server.send("DELETE", path, undefined, bearer(token))).status, 204)
    assert.equal((await me(other.body["accessToken"])).body.code, "session_revoked")
    for (const method of ["GET", "DELETE"])
      assert.equal((await server.send(method, path, undefined, bearer(token))).status, 404)
    assert.equal((await me(token)).status, 200)
  })
})

describe("the own profile", () => {
  const patch = (token: unknown, body: object, headers: object = {}) =>
    server.send("PATCH", `${api}/me/`, body, { ...bearer(token), ...headers })

  it("is changed by merge patch, at the version that was read", async () => {
    const { token } = await newAccount("modest")
    const before = await me(token)
    const etag = String(before.headers.get("etag"))
    const changed = await patch(token, { givenName: "Mo", timeZone: "Europe/Paris" }, { "If-Match": etag })
    assert.equal(changed.status, 200)
    assert.deepInclude(changed.body, { givenName: "Mo", timeZone: "Europe/Paris", displayName: "Newly Hired" })
    assert.notEqual(changed.headers.get("etag"), etag)
    const stale = await patch(token, { givenName: null }, { "If-Match": etag })
    assert.deepEqual([stale.status, stale.body.code], [412, "precondition_failed"])
    assert.equal((await patch(token, { givenName: null })).body["givenName"], null)
    assert.deepEqual((await me(token)).body, { ...changed.body, ...(await me(token)).body })
  })

  it("is not sent to who has it", async () => {
    const { token } = await newAccount("thrifty")
    const etag = String((await me(token)).headers.get("etag"))
    const known = { ...bearer(token), "If-None-Match": etag }
    const again = await server.get(`${api}/me/`, known)
    assert.deepEqual([again.status, again.headers.get("etag"), again.body], [304, etag, {}])
    assert.equal((await patch(token, { givenName: "Thea" })).status, 200)
    assert.equal((await server.get(`${api}/me/`, known)).body["givenName"], "Thea")
  })

  it("takes no field that others decide on", async () => {
    const { token } = await newAccount("ambitious")
    for (const body of [{ vip: true }, { state: "active" }, { isSuperuser: true }, { roles: ["admin"] }])
      assert.equal((await patch(token, body)).status, 422)
    assert.equal((await patch(token, { timeZone: "Mars/Olympus" })).status, 422)
  })
})
