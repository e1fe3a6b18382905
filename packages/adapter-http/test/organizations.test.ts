import { MemoryStore } from "@itsm/adapter-memory"
import { Store } from "@itsm/core"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { foundPlatform, type Instance, password, startInstance } from "./instance.ts"
import { type Company, populate } from "./world.ts"

type Shown = Readonly<Record<string, unknown>>

const scope = Scope.makeUnsafe()
let here: Instance
let there: Instance
let acme: Company
let globex: Company
let operator: string
beforeAll(async () => {
  const store = Layer.succeed(
    Store.Store,
    Context.get(await Effect.runPromise(Scope.provide(Layer.build(MemoryStore.layer), scope)), Store.Store)
  )
  here = await startInstance(store)
  there = await startInstance(store)
  acme = await populate(here, "acme")
  globex = await populate(here, "globex")
  await foundPlatform(here)
  operator = await here.signIn("operator@platform.example")
}, 60_000)
afterAll(async () => {
  await here.close()
  await there.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const act = (action: string, token: string, id: string = acme.organizationId, body: object = {}) =>
  here.ask("POST", `/organizations/${id}/${action}/`, { token, body })
const me = (instance: Instance, token: string) => instance.ask("GET", "/auth/me/", { token })
const aSecond = () => new Promise((resolve) => setTimeout(resolve, 1000))

describe("an organization", () => {
  it("is suspended and restored by the platform operator, and by nobody inside", async () => {
    for (const person of ["caller", "agent", "manager", "admin"] as const)
      for (const action of ["suspend", "restore"]) expect((await act(action, acme.tokens[person])).status).toBe(403)
    const home = String((await me(here, operator)).body["organizationId"])
    const own = await act("suspend", operator, home)
    expect([own.status, own.body["code"]]).toEqual([403, "permission_denied"])
    expect((await act("restore", operator)).body).toMatchObject({
      status: 409,
      currentState: "active",
      allowedActions: ["suspend"]
    })
  })

  it("that is suspended lets nobody in, on every process within a second, and another is as it was", async () => {
    expect((await me(there, acme.tokens.agent)).status).toBe(200)
    const { body: signedIn } = await here.ask("POST", "/auth/login/", {
      body: { email: "user@acme.example", password }
    })
    const answer = await act("suspend", operator, acme.organizationId, { reason: "The bill is not paid." })
    expect([answer.status, answer.body["status"], answer.body["allowedActions"]]).toEqual([
      200,
      "suspended",
      ["restore"]
    ])
    for (const token of Object.values(acme.tokens)) expect((await me(here, token)).body["code"]).toBe("session_revoked")
    await aSecond()
    expect((await me(there, acme.tokens.agent)).status).toBe(401)
    const login = await there.ask("POST", "/auth/login/", { body: { email: "agent@acme.example", password } })
    expect([login.status, login.body["code"]]).toEqual([401, "invalid_credentials"])
    const refreshToken = signedIn["refreshToken"]
    const refreshed = await there.ask("POST", "/auth/token/refresh/", { body: { refreshToken } })
    expect([refreshed.status, refreshed.body["code"]]).toEqual([401, "refresh_token_invalid"])
    expect((await me(here, globex.tokens.agent)).status).toBe(200)
  })

  it("that is suspended can still be looked into with a reason, and its log tells who suspended it and why", async () => {
    const headers = { "X-Organization": "acme", "X-Access-Reason": "The bill" }
    expect((await here.ask("GET", "/incidents/", { token: operator, headers })).status).toBe(200)
    const log = await here.ask("GET", "/audit-logs/?action=platform.suspend_organization&outcome=allow", {
      token: operator,
      headers
    })
    const entry = { reason: "The bill is not paid.", entityId: acme.organizationId }
    expect(log.body["items"]).toEqual([expect.objectContaining(entry)])
    expect((await act("suspend", operator)).body).toMatchObject({ status: 409, currentState: "suspended" })
  })

  it("that is restored works as before, open sessions too", async () => {
    expect((await act("restore", operator)).body["status"]).toBe("active")
    await aSecond()
    for (const instance of [here, there]) expect((await me(instance, acme.tokens.agent)).status).toBe(200)
    expect(await here.signIn("agent@acme.example")).not.toBe("undefined")
  })

  it("is that of the token, whatever a request says (T-ORG-1)", async () => {
    const [ours, theirs] = await Promise.all(
      [acme, globex].map(async ({ tokens }) => {
        const answer = await here.ask("GET", "/users/?limit=100", {
          token: tokens.admin,
          headers: { "X-Organization": "globex" }
        })
        return new Set((answer.body["items"] as ReadonlyArray<Shown>).map(({ organizationId }) => organizationId))
      })
    )
    expect([...ours!]).toEqual([acme.organizationId])
    expect([...theirs!]).toEqual([globex.organizationId])
    for (const more of [{ organizationId: globex.organizationId }, { organization: "globex" }]) {
      const { status } = await here.ask("POST", "/incidents/", {
        token: acme.tokens.agent,
        body: { title: "Mine", ...more }
      })
      expect(status).toBe(422)
    }
    const both = await Promise.all(
      Array.from({ length: 20 }, (_, at) => me(here, (at % 2 === 0 ? acme : globex).tokens.agent))
    )
    for (const [at, { body }] of both.entries())
      expect(body["organizationId"]).toBe((at % 2 === 0 ? acme : globex).organizationId)
  })
})

describe("what nobody does to themselves", () => {
  const admin = () => acme.tokens.admin
  const ask = (method: string, path: string, body?: object) =>
    here.ask(method, path, { token: admin(), ...(body === undefined ? {} : { body }) })
  const roleOf = async (key: string) =>
    ((await ask("GET", `/roles/?key=${key}`)).body["items"] as ReadonlyArray<Shown>)[0]!["id"]

  it("is giving a role or a permission, lifting a denial, or ending the account (T-AUTHZ-4)", async () => {
    const id = acme.people.admin
    const direct = { subjectType: "user", subjectId: id, permission: "incident.read", scope: "own" }
    const [own] = (await ask("GET", `/user-roles/?userId=${id}`)).body["items"] as ReadonlyArray<Shown>
    const denial = await ask("POST", "/user-permissions/", { ...direct, effect: "deny" })
    const denied = `/user-permissions/${String(denial.body["id"])}/`
    for (const [method, path, body] of [
      ["POST", "/user-roles/", { userId: id, roleId: await roleOf("agent") }],
      ["PATCH", `/user-roles/${String(own!["id"])}/`, { validFrom: null }],
      ["POST", "/user-permissions/", { ...direct, effect: "allow" }],
      ["DELETE", denied],
      ["PATCH", denied, { expiresAt: "2026-01-01T00:00:00.000Z" }],
      ["DELETE", `/users/${id}/`],
      ["POST", `/users/${id}/disable/`, {}]
    ] as const) {
      const { status, body: problem } = await ask(method, path, body)
      expect([method, path, status, problem["code"]]).toEqual([method, path, 403, "permission_denied"])
    }
    const { body: shown } = await ask("GET", `/users/${id}/`)
    expect(shown["allowedActions"]).not.toContain("disable")
    const why = await ask("GET", `/auth/explain/?action=disable&resource=user&id=${id}`)
    expect(why.body).toMatchObject({ allow: false, reason: "Nobody disables their own account." })
  })
})
