import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { type Accounts, startAccounts, stores, told } from "./accounts.ts"
import { bearer } from "./memory-server.ts"

type Entry = Readonly<Record<string, unknown>>
type Headers = Readonly<Record<string, string>>

describe.each(stores)("the audit log on %s", (_, store) => {
  let accounts: Accounts
  let manager: Headers
  let itId: string
  let salesId: string
  const itemsOf = async (path: string, by: Headers) =>
    (await accounts.server.get(path, by)).body["items"] as ReadonlyArray<Entry>
  const idOf = async (path: string, by = accounts.admin) => String((await itemsOf(path, by))[0]?.["id"])
  const entries = (query: string, by = accounts.admin) => itemsOf(`/api/v1/audit-logs/?limit=100&${query}`, by)
  const departmentsOf = async (entityId: string) => {
    const found = await entries(`entityId=${entityId}&sort=createdAt`)
    return found.map(({ departmentId }) => departmentId)
  }
  const done = async (method: string, path: string, body?: object, by = accounts.admin) => {
    const answer = await accounts.server.send(method, path, body, by)
    assert.isBelow(answer.status, 300, JSON.stringify(answer.body))
    return answer.body
  }

  beforeAll(async () => {
    accounts = await startAccounts(store)
    manager = await accounts.server.as("manager@acme.example")
    itId = await idOf("/api/v1/departments/?name=IT")
    salesId = await idOf("/api/v1/departments/?name=Sales")
  }, 60_000)
  afterAll(() => accounts.server.close())

  it("says whose department a record belongs to: of the record after the change, else before it", async () => {
    const { create, server } = accounts
    const { id, path } = await create("wanderer")
    await done("PATCH", path, { departmentId: itId })
    await done("PATCH", path, { departmentId: salesId })
    await done("PATCH", path, { departmentId: null })
    await done("PATCH", path, { phone: "1" })
    assert.deepEqual(await departmentsOf(id), [null, itId, salesId, salesId, null])
    assert.equal((await entries(`entityId=${itId}`))[0]?.["departmentId"], itId)
    const denied = await accounts.act(
      "/api/v1/users/" + (await idOf("/api/v1/users/?email=user@acme.example")) + "/",
      "disable",
      {},
      manager
    )
    assert.deepEqual(told(denied), [403, "permission_denied"])
    const [refusal] = await entries("outcome=deny&action=user.disable")
    assert.deepInclude(refusal, { departmentId: salesId, outcome: "deny" })
    await server.post("/api/v1/auth/login/", { email: "user@acme.example", password: "wrong" })
    assert.equal((await entries("outcome=deny&action=user.login"))[0]?.["departmentId"], salesId)
  })

  it("counts a comment to the department of its incident, and a member to that of the team", async () => {
    const incident = await done("POST", "/api/v1/incidents/", { title: "Mail is down", departmentId: salesId })
    const path = `/api/v1/incidents/${String(incident["id"])}/`
    const comment = await done("POST", `${path}comments/`, { body: "Still down." })
    await done("PATCH", `/api/v1/incident-comments/${String(comment["id"])}/`, { body: "Down again." })
    await done("DELETE", `/api/v1/incident-comments/${String(comment["id"])}/`)
    assert.deepEqual(await departmentsOf(String(incident["id"])), [salesId, salesId])
    assert.deepEqual(await departmentsOf(String(comment["id"])), [salesId, salesId])
    const team = await done("POST", "/api/v1/teams/", { name: "Offers", departmentId: salesId })
    const userId = (await accounts.create("seller")).id
    const member = await done("POST", "/api/v1/team-members/", { teamId: team["id"], userId })
    await done("DELETE", `/api/v1/team-members/${String(member["id"])}/`)
    assert.deepEqual(await departmentsOf(String(team["id"])), [salesId])
    assert.deepEqual(await departmentsOf(String(member["id"])), [salesId, salesId])
  })

  it("is open to managers as far as their departments reach, and what they did themselves (C.14.1)", async () => {
    const all = await entries("count=true")
    const me = String((await accounts.server.get("/api/v1/auth/me/", manager)).body["id"])
    const below = (await itemsOf(`/api/v1/departments/?limit=100`, accounts.admin)).filter(
      ({ id, parentId }) => id === itId || parentId === itId
    )
    const own = new Set(below.map(({ id }) => id))
    const shown = await entries("count=true", manager)
    assert.isAbove(shown.length, 20)
    for (const entry of shown)
      assert.isTrue(own.has(entry["departmentId"]) || entry["actorId"] === me, JSON.stringify(entry))
    const hidden = all.find(({ departmentId, actorId }) => departmentId === salesId && actorId !== me)
    const path = `/api/v1/audit-logs/${String(hidden?.["id"])}/`
    assert.equal((await accounts.server.get(path, accounts.admin)).status, 200)
    assert.deepEqual(told(await accounts.server.get(path, manager)), [404, "not_found"])
    assert.isEmpty((await entries(`departmentId=${salesId}`, manager)).filter(({ actorId }) => actorId !== me))
    for (const person of ["agent", "user"]) {
      const by = await accounts.server.as(`${person}@acme.example`)
      assert.deepEqual(told(await accounts.server.get("/api/v1/audit-logs/", by)), [403, "permission_denied"])
    }
  })

  it("names the key by which a program did something as its user, or was refused", async () => {
    const { create, give, post, signIn, server, act } = accounts
    const { email, id } = await create("keyed")
    await give(id, "agent")
    const token = await signIn(email)
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    const made = await post(
      "api-keys",
      { name: "Probe", scopes: ["incident.create", "incident.read"], expiresAt },
      token
    )
    const [key, apiKeyId] = [bearer(made.body["key"]), made.body["id"]]
    assert.equal((await server.post("/api/v1/incidents/", { title: "By program" }, key)).status, 201)
    const other = await done("POST", "/api/v1/incidents/", { title: "By person" }, bearer(token))
    const refused = await act(`/api/v1/incidents/${String(other["id"])}/`, "resolve", {}, key)
    assert.deepEqual(told(refused), [403, "permission_denied"])
    const found = (await entries(`actorId=${id}&sort=createdAt`)).filter(({ entityType }) => entityType === "incident")
    assert.deepEqual(
      found.map((entry) => [entry["action"], entry["outcome"], entry["actorKind"], entry["apiKeyId"]]),
      [
        ["incident.create", "allow", "user", apiKeyId],
        ["incident.create", "allow", "user", null],
        ["incident.resolve", "deny", "user", apiKeyId]
      ]
    )
    assert.lengthOf(await entries(`apiKeyId=${String(apiKeyId)}`), 2)
  })
})
