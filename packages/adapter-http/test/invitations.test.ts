import { Condition, PasswordHasher } from "@itsm/core"
import { Effect } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Accounts, auth, otherPassword, startAccounts, stores, told } from "./accounts.ts"
import { bearer, issuer } from "./memory-server.ts"
import { storedRows } from "./stored.ts"

const dead = [422, "token_invalid"]

describe.each(stores)("accounts on %s", (_, store) => {
  let accounts: Accounts
  beforeAll(async () => {
    accounts = await startAccounts(store)
  }, 60_000)
  afterAll(() => accounts.server.close())

  const register = (email: string, more: object = {}, headers = {}) =>
    accounts.server.post(
      `${auth}/register/`,
      { email, password: otherPassword, displayName: "Self Made", ...more },
      headers
    )
  const accept = (email: string, inviteToken: string) => register(email, { inviteToken })
  /** An invitation that is dead: the answer is that of a good one, and the account stays as it is. */
  const acceptInVain = async (path: string, email: string, inviteToken: string) => {
    const { server, admin } = accounts
    const before = await server.get(path, admin)
    const { status, body } = await accept(email, inviteToken)
    assert.deepEqual([status, body], [202, { accepted: true }])
    assert.deepEqual((await server.get(path, admin)).body, before.body)
  }
  const confirm = (token: string) => accounts.post("password-reset/confirm", { token, newPassword: otherPassword })
  const verify = (token: string) => accounts.post("verify-email", { token })
  const past = { expiresAt: "2020-01-01T00:00:00.000Z" }

  describe("an invitation", () => {
    it("is mailed from the outbox, and its secret is stored nowhere (T-RESET-1)", async () => {
      const { create, linkTo, mailsTo, server } = accounts
      const { email } = await create("invited", {})
      const waiting = await storedRows(server)
      assert.isFalse(server.mails.some(({ to }) => to === email))
      assert.notInclude(JSON.stringify(waiting.get("OutboxEvent")), email)
      const secret = await linkTo(email)
      assert.match(secret, /^itsm_iv_[\w-]{43}$/)
      const [mail] = await mailsTo(email)
      assert.include(mail?.text, `${issuer}/accept-invitation#token=${secret}`)
      assert.notInclude(JSON.stringify([...(await storedRows(server))]), secret)
    })

    it("makes its user active, once, with the role of an end user", async () => {
      const { create, linkTo, login, policy, server, signIn, audited } = accounts
      policy.registration = "invite"
      const { email, id, path } = await create("welcome", {})
      const secret = await linkTo(email)
      assert.deepEqual(told(await login(email, otherPassword)), [401, "invalid_credentials"])
      await acceptInVain(path, "another@acme.example", secret)
      const weak = await register(email, { inviteToken: secret, password: "too short" })
      assert.deepEqual(told(weak), [422, "password_too_weak"])
      const accepted = await accept(email, secret)
      assert.deepEqual([accepted.status, accepted.body], [202, { accepted: true }])
      const me = await server.get(`${auth}/me/`, bearer(await signIn(email, otherPassword)))
      assert.deepInclude(me.body, { displayName: "Self Made", state: "active", roles: ["end_user"] })
      await acceptInVain(path, email, secret)
      assert.deepEqual(told(await confirm(secret)), dead)
      assert.sameMembers(await audited("user.invitation_accepted", id), ["deny", "allow", "deny"])
    })

    it("is accepted where registration is closed, too", async () => {
      const { create, linkTo, policy, signIn } = accounts
      policy.registration = "closed"
      const { email } = await create("closed-shop", {})
      const secret = await linkTo(email)
      assert.deepEqual(told(await accept(email, secret)), [404, "not_found"])
      assert.deepEqual(told(await confirm(secret)), [204])
      assert.notEqual(await signIn(email, otherPassword), "undefined")
    })

    it("of many that accept it at once, makes one member (T-RACE-5)", async () => {
      const { create, linkTo, policy, admin, server, login, audited } = accounts
      policy.registration = "invite"
      const { email, id, path } = await create("popular", {})
      const inviteToken = await linkTo(email)
      const passwords = Array.from({ length: 64 }, (__, index) => `${otherPassword} ${index}`)
      const answers = await Promise.all(passwords.map((password) => register(email, { inviteToken, password })))
      for (const { status, body } of answers) assert.deepEqual([status, body], [202, { accepted: true }])
      const users = (await storedRows(server)).get("User")
      const hash = String(users?.find((user) => user.id === id)?.["passwordHash"])
      const matches = (given: string) =>
        server.run(Effect.flatMap(PasswordHasher, (hasher) => hasher.verify(hash, given)))
      const open = []
      for (const given of passwords) if (await matches(given)) open.push(given)
      assert.lengthOf(open, 1)
      assert.equal((await login(email, open[0])).status, 200)
      assert.equal((await server.get(path, admin)).body["version"], 2)
      const outcomes = await audited("user.invitation_accepted", id)
      assert.lengthOf(
        outcomes.filter((outcome) => outcome === "allow"),
        1
      )
      const roles = await server.get(`/api/v1/user-roles/?userId=${id}`, admin)
      assert.lengthOf(roles.body["items"] as ReadonlyArray<unknown>, 1)
    })

    it("dies with a newer one, its time, and what happens to its user (T-RESET-2)", async () => {
      const { act, admin, create, linkTo, rewrite, server, policy } = accounts
      policy.registration = "invite"
      const again = await create("again", {})
      const first = await linkTo(again.email)
      assert.equal((await act(again.path, "invite")).status, 200)
      const second = await linkTo(again.email)
      assert.notEqual(first, second)
      await acceptInVain(again.path, again.email, first)
      assert.equal((await accept(again.email, second)).status, 202)
      assert.deepEqual(told(await act(again.path, "invite")), [409, "state_conflict"])

      const [late, off, moved, gone, given] = [
        await create("late", {}),
        await create("off", {}),
        await create("moved-on", {}),
        await create("gone", {}),
        await create("given", {})
      ]
      const secrets = new Map<string, string>()
      for (const { email } of [late, off, moved, gone, given]) secrets.set(email, await linkTo(email))
      const secretOf = (email: string) => secrets.get(email) ?? ""
      await rewrite("VerificationToken", Condition.eq("userId", late.id), past)
      for (const action of ["disable", "enable"]) assert.equal((await act(off.path, action)).status, 200)
      for (const email of ["elsewhere@acme.example", moved.email])
        assert.equal((await server.send("PATCH", moved.path, { email }, admin)).status, 200)
      assert.equal((await server.send("DELETE", gone.path, undefined, admin)).status, 204)
      assert.equal((await act(gone.path, "restore")).status, 200)
      assert.equal((await act(given.path, "set_password", { password: otherPassword })).status, 200)
      for (const { email, path } of [late, off, moved, gone, given]) await acceptInVain(path, email, secretOf(email))
    })
  })

  describe("a link", () => {
    it("is good for one thing, and is never a sign-in (T-RESET-3)", async () => {
      const { create, linkTo, policy, post, server, signIn, audited } = accounts
      policy.registration = "open"
      const { email, id, path } = await create("linked")
      const token = await signIn(email)
      await post("password-reset", { email })
      const reset = await linkTo(email)
      await server.send("PATCH", `${auth}/me/`, { email: "linked@new.example" }, bearer(token))
      const change = await linkTo("linked@new.example")
      await register("linked-too@new.example")
      const registration = await linkTo("linked-too@new.example")
      for (const secret of [change, registration]) {
        assert.deepEqual(told(await confirm(secret)), dead)
        await acceptInVain(path, email, secret)
      }
      assert.deepEqual(told(await verify(reset)), dead)
      await acceptInVain(path, email, reset)
      for (const secret of [reset, change, registration]) {
        assert.deepEqual(told(await server.get(`${auth}/me/`, bearer(secret))), [401, "token_invalid"])
        assert.equal((await post("token/refresh", { refreshToken: secret })).status, 401)
        assert.equal((await post("mfa/verify", { mfaToken: secret, code: "000000" })).status, 401)
      }
      assert.deepEqual(told(await confirm(reset)), [204])
      assert.deepEqual(told(await confirm(reset)), dead)
      assert.sameMembers(await audited("user.password_reset", id), ["deny", "allow"])
    })
  })

  describe("registration", () => {
    it("is no route where it is closed, and asks for an invitation where it takes one", async () => {
      const { policy } = accounts
      policy.registration = "closed"
      assert.deepEqual(told(await register("x@acme.example")), [404, "not_found"])
      assert.deepEqual(told(await register("nonsense")), [404, "not_found"])
      policy.registration = "invite"
      assert.deepEqual(told(await register("x@acme.example")), [422, "validation_failed"])
    })

    it("answers alike whether or not there is an account, and tells its owner", async () => {
      const { policy, mailsTo, login, server } = accounts
      policy.registration = "open"
      const forged = { Host: "evil.example", "X-Forwarded-Host": "evil.example" }
      const answers = [
        await register("agent@acme.example", {}, forged),
        await register("fresh@new.example", {}, forged)
      ]
      for (const { status, body } of answers) assert.deepEqual([status, body], [202, { accepted: true }])
      const [owner] = await mailsTo("agent@acme.example")
      assert.include(owner?.subject, "account already")
      assert.isFalse(server.mails.some(({ text }) => text.includes("evil")))
      assert.equal((await login("agent@acme.example")).status, 200)
      assert.equal((await login("agent@acme.example", otherPassword)).status, 401)
    })

    it("gives an account once the address is confirmed, in the organization that is open", async () => {
      const { policy, linkTo, login, server, signIn } = accounts
      policy.registration = "open"
      policy.registrationOrganization = "globex"
      const email = "newcomer@new.example"
      assert.equal((await register(email)).status, 202)
      assert.deepEqual(told(await login(email, otherPassword)), [401, "invalid_credentials"])
      const secret = await linkTo(email)
      assert.match(secret, /^itsm_rg_/)
      assert.notInclude(JSON.stringify([...(await storedRows(server))]), secret)
      const answers = await Promise.all(Array.from({ length: 8 }, () => verify(secret)))
      assert.lengthOf(
        answers.filter(({ status }) => status === 204),
        1
      )
      const token = bearer(await signIn(email, otherPassword))
      const me = await server.get(`${auth}/me/`, token)
      assert.deepInclude(me.body, { email, displayName: "Self Made", roles: ["end_user"] })
      const globex = await server.get("/api/v1/organizations/", token)
      assert.include(JSON.stringify(globex.body), "globex")
      policy.registrationOrganization = null
    })

    it("takes the domains of an organization", async () => {
      const { policy, admin, server, linkTo, mailsTo } = accounts
      policy.registration = "domain"
      const own = await server.get("/api/v1/organizations/", admin)
      const [{ id }] = own.body["items"] as [{ readonly id: string }]
      const domains = ["Partner.example"]
      assert.equal((await server.send("PATCH", `/api/v1/organizations/${id}/`, { domains }, admin)).status, 200)
      assert.equal((await register("ann@partner.example")).status, 202)
      assert.equal((await register("ann@stranger.example")).status, 202)
      assert.isEmpty(await mailsTo("ann@stranger.example"))
      assert.deepEqual(told(await verify(await linkTo("ann@partner.example"))), [204])
    })

    it("mails three times an hour, and only the last link is good, for a day", async () => {
      const { policy, linkTo, mailsTo, rewrite } = accounts
      policy.registration = "open"
      const email = "patient@new.example"
      const links: Array<string> = []
      for (let round = 1; round <= 4; round++) {
        assert.equal((await register(email)).status, 202)
        links.push(await linkTo(email))
      }
      assert.lengthOf(await mailsTo(email), 3)
      assert.deepEqual(told(await verify(links[1] ?? "")), dead)
      await rewrite("Registration", Condition.eq("email", email), past)
      assert.deepEqual(told(await verify(links[2] ?? "")), dead)
    })
  })

  describe("another address", () => {
    const patch = (token: string, body: object) => accounts.server.send("PATCH", `${auth}/me/`, body, bearer(token))

    it("counts once it is confirmed; the old one hears of it, and the links mailed to it are dead", async () => {
      const { create, linkTo, mailsTo, signIn, login, post, server } = accounts
      const { email } = await create("mover")
      const token = await signIn(email)
      await post("password-reset", { email })
      const reset = await linkTo(email)
      const wanted = "mover@new.example"
      const asked = await patch(token, { email: wanted, givenName: "Mo" })
      assert.deepEqual([asked.status, asked.body["email"], asked.body["givenName"]], [200, email, "Mo"])
      const secret = await linkTo(wanted)
      assert.deepEqual(told(await verify(secret)), [204])
      assert.deepEqual(told(await verify(secret)), dead)
      assert.equal((await server.get(`${auth}/me/`, bearer(token))).body["email"], wanted)
      assert.equal((await login(wanted)).status, 200)
      assert.equal((await login(email)).status, 401)
      assert.isTrue((await mailsTo(email)).some(({ subject }) => subject.includes("has changed")))
      assert.deepEqual(told(await confirm(reset)), dead)
    })

    it("asks for a recent proof, and takes no address from anybody", async () => {
      const { create, linkTo, mailsTo, signIn, rewrite } = accounts
      const { email, id } = await create("grabber")
      const token = await signIn(email)
      assert.equal((await patch(token, { email: "manager@acme.example" })).status, 200)
      assert.equal(await linkTo("manager@acme.example"), "no link")
      assert.lengthOf(await mailsTo("manager@acme.example"), 1)
      await rewrite("Session", Condition.eq("userId", id), { authenticatedAt: "2020-01-01T00:00:00.000Z" })
      assert.deepEqual(told(await patch(token, { email: "x@new.example" })), [403, "reauthentication_required"])
      assert.equal((await patch(token, { givenName: "Gus" })).status, 200)
    })

    it("that an administrator gives counts at once, and the old one hears of it", async () => {
      const { admin, create, login, mailsTo, server } = accounts
      const { email, path } = await create("renamed")
      assert.equal((await server.send("PATCH", path, { email: "renamed@new.example" }, admin)).status, 200)
      assert.equal((await login("renamed@new.example")).status, 200)
      assert.lengthOf(await mailsTo(email), 1)
      const own = await server.get(`${auth}/me/`, admin)
      const ownPath = `/api/v1/users/${String(own.body["id"])}/`
      const refused = await server.send("PATCH", ownPath, { email: "chief@new.example" }, admin)
      assert.deepEqual(told(refused), [422, "validation_failed"])
    })
  })
})
