import { AuditLogs } from "@itsm/core/audit"
import { Actor, Condition } from "@itsm/core/kernel"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type MemoryServer, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const api = "/api/v1"

describe("the platform operator", () => {
  const visit = { "X-Organization": "acme", "X-Access-Reason": "Störung 42" }

  it("reads an organization's content only with a reason", async () => {
    const operator = await server.as("superuser@platform.example")
    for (const path of ["incidents", "users", "teams", "audit-logs"]) {
      assert.equal((await server.get(`${api}/${path}/`, operator)).body.code, "reason_required")
      assert.equal((await server.get(`${api}/${path}/`, { ...operator, ...visit })).status, 200)
    }
    for (const headers of [
      { "X-Organization": "acme" },
      { "X-Access-Reason": "why" },
      { ...visit, "X-Organization": "nowhere" },
      { ...visit, "X-Access-Reason": "x".repeat(501) }
    ]) {
      const answer = await server.get(`${api}/incidents/`, { ...operator, ...headers })
      assert.equal(answer.status, 403)
      assert.equal(answer.body.code, "reason_required")
    }
    assert.equal(
      (await server.get(`${api}/incidents/`, { ...operator, ...visit, "X-Access-Reason": "x".repeat(500) })).status,
      200
    )
  })

  it("names the organization by its slug or its id", async () => {
    const operator = await server.as("superuser@platform.example")
    const [acme] = (await server.get(`${api}/organizations/?slug=acme`, operator)).body["items"] as ReadonlyArray<{
      readonly id: string
    }>
    const at = (name: string) => server.get(`${api}/teams/`, { ...operator, ...visit, "X-Organization": name })
    const byId = await at(acme!.id)
    assert.isNotEmpty(byId.body["items"])
    assert.deepEqual(byId.body, (await at("acme")).body)
    assert.equal((await at("0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b")).body.code, "reason_required")
  })

  it("writes nothing there", async () => {
    const operator = await server.as("superuser@platform.example")
    const answer = await server.post(`${api}/incidents/`, { title: "Mine" }, { ...operator, ...visit })
    assert.equal(answer.status, 403)
    assert.equal(answer.body.code, "permission_denied")
  })

  it("needs no reason for organizations and for signing in and out", async () => {
    const operator = await server.as("superuser@platform.example")
    assert.equal((await server.get(`${api}/organizations/?slug=acme`, operator)).status, 200)
    assert.equal((await server.get(`${api}/auth/me/`, operator)).status, 200)
    assert.equal((await server.get(`${api}/auth/verify-token/`, operator)).status, 200)
  })

  it("is on record on both sides, with the reason as it was written", async () => {
    const operator = await server.as("superuser@platform.example")
    const reason = `read at ${Date.now()}`
    await server.get(`${api}/incidents/`, { ...operator, ...visit, "X-Access-Reason": reason })
    const home = (await server.get(`${api}/auth/me/`, operator)).body["organizationId"] as never
    const acme = ((await server.login("admin@acme.example")).body["user"] as { readonly organizationId: never })
      .organizationId
    for (const organizationId of [home, acme]) {
      const entries = await server.run(
        AuditLogs.use((logs) => logs.list({ where: Condition.eq("reason", reason) })).pipe(
          Actor.provide(Actor.system(organizationId))
        )
      )
      assert.lengthOf(entries.items, 1)
      assert.deepInclude(entries.items[0], { action: "organization.access", outcome: "allow", entityId: acme })
    }
  })

  it("has headers without effect for everyone else", async () => {
    const agent = await server.as("agent@globex.example")
    const { body } = await server.get(`${api}/teams/`, { ...agent, ...visit })
    const mine = (await server.get(`${api}/auth/me/`, agent)).body["organizationId"]
    for (const team of body["items"] as ReadonlyArray<{ readonly organizationId: string }>)
      assert.equal(team.organizationId, mine)
  })
})
