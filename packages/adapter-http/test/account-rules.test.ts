import { Condition, Worker } from "@itsm/core"
import { decodeJwt } from "jose"
import { generate } from "otplib"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Accounts, auth, otherPassword, startAccounts, stores, told } from "./accounts.ts"
import { bearer, password } from "./memory-server.ts"
import { storedRows } from "./stored.ts"

const longAgo = "2020-01-01T00:00:00.000Z"
const seconds = () => Math.floor(Date.now() / 1000)
const codeOf = (secret: string, steps = 0) => generate({ secret, epoch: seconds() + steps * 30 })

describe.each(stores)("the rules of accounts on %s", (_, store) => {
  let accounts: Accounts
  beforeAll(async () => {
    accounts = await startAccounts(store)
  }, 60_000)
  afterAll(() => accounts.server.close())

  const me = (token: unknown) => accounts.server.get(`${auth}/me/`, bearer(token))
  const refresh = (refreshToken: unknown) => accounts.post("token/refresh", { refreshToken })
  /** Turns a second factor on; the code of the present time step is not used yet. */
  const enrol = async (token: unknown) => {
    const offer = await accounts.post("mfa/enable", { password }, token)
    const secret = String(offer.body["secret"])
    const verified = await accounts.post("mfa/verify", { code: await codeOf(secret, -1) }, token)
    assert.equal(verified.status, 200, JSON.stringify(verified.body))
    return { secret, recoveryCodes: verified.body["recoveryCodes"] as ReadonlyArray<string> }
  }

  describe("a refresh token", () => {
    it("that is used again ends its session, and its user hears of it", async () => {
      const { create, login, mailsTo, audited } = accounts
      const { email, id } = await create("copied")
      const { body } = await login(email)
      const next = await refresh(body["refreshToken"])
      assert.equal(next.status, 200)
      assert.deepEqual(told(await refresh(body["refreshToken"])), [401, "refresh_token_reused"])
      assert.deepEqual(told(await refresh(next.body["refreshToken"])), [401, "refresh_token_invalid"])
      assert.deepEqual(told(await me(next.body["accessToken"])), [401, "session_revoked"])
      assert.lengthOf(await mailsTo(email), 1)
      assert.deepEqual(await audited("user.session_ended", id), ["allow"])
    })

    it("is taken once more within the grace, and its successor is dead", async () => {
      const { create, login, policy } = accounts
      policy.refreshGraceSeconds = 30
      const { email } = await create("flaky")
      const { body } = await login(email)
      const first = await refresh(body["refreshToken"])
      const second = await refresh(body["refreshToken"])
      assert.deepEqual([first.status, second.status], [200, 200])
      const third = await refresh(second.body["refreshToken"])
      assert.equal(third.status, 200)
      assert.deepEqual(told(await refresh(first.body["refreshToken"])), [401, "refresh_token_reused"])
      assert.deepEqual(told(await refresh(third.body["refreshToken"])), [401, "refresh_token_invalid"])
      const raced = (await login(email)).body["refreshToken"]
      const answers = await Promise.all([refresh(raced), refresh(raced)])
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200]
      )
      assert.deepEqual(told(await refresh(raced)), [401, "refresh_token_reused"])
      policy.refreshGraceSeconds = 0
    })

    it("is not taken once more where its successor was used, or the grace is over", async () => {
      const { create, login, policy, rewrite } = accounts
      policy.refreshGraceSeconds = 30
      const { email } = await create("slow")
      const { body } = await login(email)
      const next = await refresh(body["refreshToken"])
      assert.equal((await refresh(next.body["refreshToken"])).status, 200)
      assert.deepEqual(told(await refresh(body["refreshToken"])), [401, "refresh_token_reused"])
      const late = await login(email)
      assert.equal((await refresh(late.body["refreshToken"])).status, 200)
      await rewrite(
        "RefreshToken",
        Condition.eq("sessionId", String(decodeJwt(String(late.body["accessToken"]))["sid"])),
        {
          usedAt: new Date(Date.now() - 31_000).toISOString()
        }
      )
      assert.deepEqual(told(await refresh(late.body["refreshToken"])), [401, "refresh_token_reused"])
      policy.refreshGraceSeconds = 0
    })
  })

  describe("sessions", () => {
    it("but the present one all end at once, and again (T-SESS-1)", async () => {
      const { create, login, server, signIn } = accounts
      const { email } = await create("tidy")
      const others = [await login(email), await login(email), await login(email)]
      const stranger = await signIn("agent@acme.example")
      const token = await signIn(email)
      for (const _again of [1, 2]) {
        const ended = await server.send("DELETE", `${auth}/sessions/`, undefined, bearer(token))
        assert.deepEqual(told(ended), [204])
      }
      for (const { body } of others) {
        assert.deepEqual(told(await me(body["accessToken"])), [401, "session_revoked"])
        assert.deepEqual(told(await refresh(body["refreshToken"])), [401, "refresh_token_invalid"])
      }
      const left = (await server.get(`${auth}/sessions/`, bearer(token))).body["items"]
      assert.deepEqual(
        (left as ReadonlyArray<{ readonly isCurrent: boolean }>).map(({ isCurrent }) => isCurrent),
        [true]
      )
      assert.equal((await me(stranger)).status, 200)
    })

    it("are fifty at most: one more ends the oldest (T-SESS-1)", async () => {
      const { create, login } = accounts
      const { email } = await create("everywhere")
      const tokens: Array<string> = []
      for (let count = 0; count < 52; count++) tokens.push(String((await login(email)).body["accessToken"]))
      assert.lengthOf(new Set(tokens.map((token) => decodeJwt(token)["sid"])), 52)
      const statuses = await Promise.all(tokens.map(async (token) => (await me(token)).status))
      assert.deepEqual(statuses, [401, 401, ...Array.from({ length: 50 }, () => 200)])
    })

    it("do not outlive a change of password that they raced with", async () => {
      const { create, login, post, signIn } = accounts
      const { email } = await create("racer")
      const token = await signIn(email)
      const change = { currentPassword: password, newPassword: otherPassword }
      const [changed, ...logins] = await Promise.all([
        post("change-password", change, token),
        ...Array.from({ length: 12 }, () => login(email))
      ])
      assert.equal(changed.status, 200)
      assert.equal((await me(token)).status, 200)
      for (const { status, body } of logins) {
        if (status !== 200) continue
        assert.deepEqual(told(await me(body["accessToken"])), [401, "session_revoked"])
        assert.deepEqual(told(await refresh(body["refreshToken"])), [401, "refresh_token_invalid"])
      }
    })

    it("do not outlive a disabling that they raced with, nor come back with the user", async () => {
      const { act, create, login } = accounts
      const { email, path } = await create("sacked")
      const [, ...logins] = await Promise.all([act(path, "disable"), ...Array.from({ length: 4 }, () => login(email))])
      assert.equal((await act(path, "enable")).status, 200)
      for (const { status, body } of logins)
        if (status === 200) assert.deepEqual(told(await me(body["accessToken"])), [401, "session_revoked"])
      assert.equal((await login(email)).status, 200)
    })

    it("of another user are ended by an administrator", async () => {
      const { act, create, login } = accounts
      const { email, path } = await create("suspect")
      const { body } = await login(email)
      assert.equal((await act(path, "end_sessions")).status, 200)
      assert.deepEqual(told(await me(body["accessToken"])), [401, "session_revoked"])
      assert.deepEqual(told(await refresh(body["refreshToken"])), [401, "refresh_token_invalid"])
      assert.equal((await login(email)).status, 200)
    })
  })

  describe("a password that an administrator sets", () => {
    it("is changed by its user before anything else", async () => {
      const { act, create, give, login, post, server, signIn } = accounts
      const { email, id, path } = await create("newbie")
      await give(id, "agent")
      const before = await signIn(email)
      const weak = await act(path, "set_password", { password: "too short" })
      assert.deepEqual(told(weak), [422, "password_too_weak"])
      const set = await act(path, "set_password", { password: otherPassword })
      assert.deepEqual([set.status, set.body["mustChangePassword"]], [200, true])
      assert.deepEqual(told(await me(before)), [401, "session_revoked"])
      const token = await signIn(email, otherPassword)
      for (const answer of [
        await server.get("/api/v1/incidents/", bearer(token)),
        await post("mfa/enable", { password: otherPassword }, token),
        await server.get(`${auth}/sessions/`, bearer(token))
      ])
        assert.deepEqual(told(answer), [403, "password_change_required"])
      assert.equal((await me(token)).status, 200)
      assert.deepEqual((await server.get(`${auth}/verify-token/`, bearer(token))).body["permissions"], [])
      const change = { currentPassword: otherPassword, newPassword: "some other long words" }
      assert.equal((await post("change-password", change, token)).status, 200)
      assert.equal((await server.get("/api/v1/incidents/", bearer(token))).status, 200)
      assert.equal((await login(email, "some other long words")).status, 200)
    })

    it("asks for a recent proof, and may be asked for at the creation", async () => {
      const { act, create, post, server, signIn, rewrite } = accounts
      const { email } = await create("handed-over", { password, mustChangePassword: true })
      const token = await signIn(email)
      assert.deepEqual(told(await server.get("/api/v1/incidents/", bearer(token))), [403, "password_change_required"])
      const { path } = await create("untouched")
      const second = await server.as("admin@acme.example")
      const { sid } = decodeJwt(second.Authorization?.slice(7) ?? "")
      await rewrite("Session", Condition.eq("id", String(sid)), { authenticatedAt: longAgo })
      const late = [403, "reauthentication_required"]
      assert.deepEqual(told(await act(path, "set_password", { password: otherPassword }, second)), late)
      assert.deepEqual(told(await act(path, "reset_mfa", {}, second)), late)
      assert.equal((await post("logout", {}, second.Authorization?.slice(7))).status, 204)
    })
  })

  describe("a second factor", () => {
    it("stands before every way in: there is no session before it is shown (T-MFA-1)", async () => {
      const { create, login, linkTo, post, signIn, server } = accounts
      const { email, id } = await create("guarded")
      const { secret } = await enrol(await signIn(email))
      const sessions = async () =>
        ((await storedRows(server)).get("Session") ?? []).filter((session) => session["userId"] === id).length
      const before = await sessions()
      const started = await login(email)
      assert.sameMembers(Object.keys(started.body), ["mfaRequired", "mfaToken", "methods", "expiresIn"])
      assert.deepEqual(told(await post("token", { email, password })), [401, "mfa_code_required"])
      await post("password-reset", { email })
      const reset = await linkTo(email)
      assert.equal((await post("password-reset/confirm", { token: reset, newPassword: otherPassword })).status, 204)
      assert.property((await login(email, otherPassword)).body, "mfaToken")
      assert.deepEqual(
        told(await post("mfa/verify", { mfaToken: started.body["mfaToken"], code: await codeOf(secret) })),
        [401, "mfa_code_invalid"]
      )
      for (const ticket of [started.body["mfaToken"], reset])
        for (const path of ["/api/v1/incidents/", `${auth}/me/`, `${auth}/sessions/`, "/api/v1/users/"])
          assert.deepEqual(told(await server.get(path, bearer(ticket))), [401, "token_invalid"])
      assert.equal(await sessions(), before)
    })

    it("is asked for by an organization, and then nobody goes without (T-MFA-1)", async () => {
      const { admin, create, give, post, server, signIn, login } = accounts
      const own = await server.get("/api/v1/organizations/", admin)
      const [{ id }] = own.body["items"] as [{ readonly id: string }]
      const ask = (mfaRequired: boolean, by: Readonly<Record<string, string>>) =>
        server.send("PATCH", `/api/v1/organizations/${id}/`, { mfaRequired }, by)
      const chief = await create("chief")
      await give(chief.id, "admin")
      const token = await signIn(chief.email)
      const { secret, recoveryCodes } = await enrol(token)
      const key = await post(
        "api-keys",
        { name: "x", scopes: ["incident.read"], expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
        admin.Authorization?.slice(7)
      )
      assert.equal((await ask(true, bearer(token))).status, 200)
      const needed = [403, "mfa_enrolment_required"]
      for (const path of ["/api/v1/incidents/", `${auth}/sessions/`])
        assert.deepEqual(told(await server.get(path, admin)), needed)
      assert.deepEqual(told(await server.get("/api/v1/incidents/", bearer(key.body["key"]))), needed)
      for (const path of ["me", "verify-token"]) assert.equal((await server.get(`${auth}/${path}/`, admin)).status, 200)
      const offTwice = await post("mfa/disable", { password, code: await codeOf(secret) }, token)
      assert.deepEqual(told(offTwice), [403, "mfa_enforced"])
      await enrol(admin.Authorization?.slice(7))
      assert.equal((await server.get("/api/v1/incidents/", admin)).status, 200)
      assert.equal((await server.get("/api/v1/incidents/", bearer(key.body["key"]))).status, 200)
      assert.equal((await ask(false, bearer(token))).status, 200)
      const ticket = (await login(chief.email)).body["mfaToken"]
      assert.equal((await post("mfa/verify", { mfaToken: ticket, recoveryCode: recoveryCodes[0] })).status, 200)
    })

    it("that is lost is taken away by an administrator", async () => {
      const { act, create, login, signIn, audited } = accounts
      const { email, id, path } = await create("lost-it")
      const token = await signIn(email)
      await enrol(token)
      assert.equal((await act(path, "reset_mfa")).status, 200)
      assert.deepEqual(told(await me(token)), [401, "session_revoked"])
      assert.property((await login(email)).body, "accessToken")
      assert.deepEqual(await audited("user.reset_mfa", id), ["allow"])
    })

    it("blocks after ten wrong codes, whatever sign-ins they come from (T-MFA-3)", async () => {
      const { create, post, signIn } = accounts
      const { email } = await create("brute-forced")
      await enrol(await signIn(email))
      const counted = new Map<string, number>()
      for (let attempt = 0; attempt < 30; attempt++) {
        const answer = await post("token", { email, password, mfaCode: "000000" })
        const key = told(answer).join(" ")
        counted.set(key, (counted.get(key) ?? 0) + 1)
      }
      assert.deepEqual(Object.fromEntries(counted), { "401 mfa_code_invalid": 10, "429 login_throttled": 20 })
    })
  })

  it("what is over is tidied away", async () => {
    const { create, login, rewrite, server } = accounts
    const { email, id } = await create("forgotten")
    await login(email)
    await accounts.post("password-reset", { email })
    const left = async () =>
      ["Session", "VerificationToken"].map(
        async (name) => ((await storedRows(server)).get(name) ?? []).filter((row) => row["userId"] === id).length
      )
    assert.deepEqual(await Promise.all(await left()), [1, 1])
    const [session] = ((await storedRows(server)).get("Session") ?? []).filter((row) => row["userId"] === id)
    await rewrite("RefreshToken", Condition.eq("sessionId", session?.id ?? ""), { expiresAt: longAgo })
    await rewrite("Session", Condition.eq("userId", id), { expiresAt: longAgo })
    await rewrite("VerificationToken", Condition.eq("userId", id), { expiresAt: longAgo })
    assert.isAtLeast(await server.run(Worker.tidy), 3)
    assert.deepEqual(await Promise.all(await left()), [0, 0])
  })
})
