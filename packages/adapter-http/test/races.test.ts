import { PgStore } from "@itsm/adapter-pg"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freshDatabase, prepared } from "../../adapter-pg/test/database.ts"
import { type Answer, type Asked, type Instance, password, startInstance } from "./instance.ts"
import { type Company, populate } from "./world.ts"

const scope = Scope.makeUnsafe()
let instances: readonly [Instance, Instance]
let acme: Company
beforeAll(async () => {
  const url = await Effect.runPromise(Scope.provide(freshDatabase, scope))
  await Effect.runPromise(prepared.pipe(Effect.provide(PgStore.clientLayer({ url, maxConnections: 1 }))))
  const store = PgStore.layerFromUrl({ url })
  instances = [await startInstance(store), await startInstance(store)]
  acme = await populate(instances[0], "acme")
}, 60_000)
afterAll(async () => {
  for (const instance of instances) await instance.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

/** Asks the two processes in turn. */
const ask = (client: number, method: string, path: string, asked: Asked = {}) =>
  instances[client % 2]!.ask(method, path, { token: acme.tokens.admin, ...asked })
const atOnce = <A>(clients: number, run: (client: number) => Promise<A>) =>
  Promise.all(Array.from({ length: clients }, (_, client) => run(client)))
const read = async (path: string) => (await ask(0, "GET", path)).body
const items = async (path: string) => (await read(path))["items"] as ReadonlyArray<Readonly<Record<string, unknown>>>
const statuses = (answers: ReadonlyArray<Answer>) =>
  Object.fromEntries([...Map.groupBy(answers, ({ status }) => status)].map(([status, each]) => [status, each.length]))
const accepted = (id: string, action: string) =>
  items(`/audit-logs/?entityId=${id}&action=incident.${action}&outcome=allow`)

describe("fifty writers on one transition (T-RACE-4)", () => {
  const resolution = { resolutionCode: "fixed", resolutionNotes: "The cable was loose." }
  it.each([
    ["in_progress", "resolve", resolution],
    ["assigned", "start", {}],
    ["resolved", "close", {}],
    ["resolved", "reopen", { reason: "It is still broken." }],
    ["pending", "resume", {}]
  ] as const)("from %s by %s: one of them wins, the others are told the state", async (state, action, body) => {
    const id = await acme.incidentIn(state)
    const before = await read(`/incidents/${id}/`)
    const answers = await atOnce(50, (client) => ask(client, "POST", `/incidents/${id}/${action}/`, { body }))
    expect(statuses(answers)).toEqual({ 200: 1, 409: 49 })
    const losers = answers.filter(({ status }) => status === 409)
    expect(new Set(losers.map((each) => each.body["code"]))).toEqual(new Set(["state_conflict"]))
    const after = await read(`/incidents/${id}/`)
    expect(after["version"]).toBe(Number(before["version"]) + 1)
    const winner = answers.find(({ status }) => status === 200)!
    expect([winner.body["state"], winner.headers.get("etag")]).toEqual([
      after["state"],
      `"${String(after["version"])}"`
    ])
    expect(await accepted(id, action)).toHaveLength(1)
  })
})

describe("creation", () => {
  it("with one Idempotency-Key by 32 clients happens once", async () => {
    for (let round = 0; round < 5; round++) {
      const asked = {
        body: { title: `The printer of round ${round}` },
        headers: { "idempotency-key": `round-${round}` }
      }
      const answers = await atOnce(32, (client) => ask(client, "POST", "/incidents/", asked))
      const [made] = await items(`/incidents/?title=${encodeURIComponent(asked.body.title)}`)
      expect(await read(`/incidents/?count=true&title=${encodeURIComponent(asked.body.title)}`)).toMatchObject({
        total: 1
      })
      const first = answers.filter(({ status, headers }) => status === 201 && !headers.has("idempotency-replayed"))
      expect(first).toHaveLength(1)
      for (const { status, body } of answers) {
        if (status === 201) expect(body["id"]).toBe(made!["id"])
        else expect([status, body["code"]]).toEqual([409, "idempotency_in_progress"])
      }
      const late = await ask(round, "POST", "/incidents/", asked)
      expect([late.status, late.headers.get("idempotency-replayed"), late.text]).toEqual([201, "true", first[0]!.text])
      expect(await accepted(String(made!["id"]), "create")).toHaveLength(1)
    }
  })

  it("by 64 clients gives 64 numbers, and each record the one who made it (T-RACE-3)", async () => {
    const persons = ["admin", "manager", "agent", "caller"] as const
    const answers = await atOnce(64, (client) => {
      const token = acme.tokens[persons[(client >> 1) % 4]!]
      return ask(client, "POST", "/incidents/", { token, body: { title: `Number ${client}` } })
    })
    expect(statuses(answers)).toEqual({ 201: 64 })
    expect(new Set(answers.map(({ body }) => body["number"])).size).toBe(64)
    for (const [client, { body }] of answers.entries()) {
      const maker = acme.people[persons[(client >> 1) % 4]!]
      expect([body["title"], body["createdById"], body["requesterId"]]).toEqual([`Number ${client}`, maker, maker])
    }
  })

  it("of one name by 32 clients makes one record", async () => {
    const answers = await atOnce(32, (client) => ask(client, "POST", "/teams/", { body: { name: "Storage" } }))
    expect(statuses(answers)).toEqual({ 201: 1, 409: 31 })
    expect(new Set(answers.filter(({ status }) => status === 409).map(({ body }) => body["code"]))).toEqual(
      new Set(["duplicate"])
    )
  })
})

describe("a name at the root of a tree", () => {
  it("is taken once, by twelve who give it at once", async () => {
    for (const name of ["Screens", "Keyboards", "Cables"]) {
      const answers = await atOnce(12, (client) => ask(client, "POST", "/categories/", { body: { name } }))
      expect(statuses(answers)).toEqual({ 201: 1, 409: 11 })
      const losers = answers.filter(({ status }) => status === 409)
      expect(new Set(losers.map(({ body }) => body["code"]))).toEqual(new Set(["duplicate"]))
      expect(await items(`/categories/?name=${name}`)).toHaveLength(1)
    }
  })

  it("is free below each of its parents", async () => {
    const [root] = await items("/categories/?name=Screens")
    const below = { body: { name: "Screens", parentId: root!["id"] } }
    expect((await ask(0, "POST", "/categories/", below)).status).toBe(201)
    expect((await ask(1, "POST", "/categories/", below)).status).toBe(409)
  })
})

describe("a role of a person", () => {
  it("is given once, by twelve who give it at once", async () => {
    const [role] = await items("/roles/?key=agent")
    const body = { userId: acme.people.bystander, roleId: role!["id"] }
    const answers = await atOnce(12, (client) => ask(client, "POST", "/user-roles/", { body }))
    expect(statuses(answers)).toEqual({ 201: 1, 409: 11 })
  })
})

describe("two commands on one incident", () => {
  const resolve = { body: { resolutionCode: "fixed", resolutionNotes: "The cable was loose." } }

  it("that delete and resolve it follow each other, in either order", async () => {
    for (let round = 0; round < 20; round++) {
      const id = await acme.incidentIn("in_progress")
      const { version } = await read(`/incidents/${id}/`)
      const calls = [
        () => ask(round, "DELETE", `/incidents/${id}/`),
        () => ask(round + 1, "POST", `/incidents/${id}/resolve/`, resolve)
      ]
      const [deletion, resolution] = await Promise.all(calls.map((call) => call()))
      expect(deletion!.status).toBe(204)
      expect([200, 404]).toContain(resolution!.status)
      const isResolved = resolution!.status === 200
      const [left] = await items(`/incidents/?includeDeleted=true&id=${id}`)
      expect([left!["state"], left!["deletedAt"] === null]).toEqual([isResolved ? "resolved" : "in_progress", false])
      expect(left!["version"]).toBe(Number(version) + (isResolved ? 2 : 1))
      expect(await accepted(id, "resolve")).toHaveLength(isResolved ? 1 : 0)
    }
  })

  it("that assign it to two agents from one version: the second finds it changed", async () => {
    for (let round = 0; round < 20; round++) {
      const id = await acme.incidentIn("assigned")
      const { version } = await read(`/incidents/${id}/`)
      const agents = [acme.people.agent, acme.people.colleague]
      const answers = await atOnce(2, (client) =>
        ask(client, "POST", `/incidents/${id}/assign/`, {
          body: { assigneeId: agents[client] },
          headers: { "if-match": `"${String(version)}"` }
        })
      )
      expect(statuses(answers)).toEqual({ 200: 1, 412: 1 })
      const lost = answers.find(({ status }) => status === 412)!
      expect(lost.body).toMatchObject({ code: "precondition_failed", currentEtag: `"${Number(version) + 1}"` })
      const won = answers.findIndex(({ status }) => status === 200)
      expect(await read(`/incidents/${id}/`)).toMatchObject({ assigneeId: agents[won], version: Number(version) + 1 })
    }
  })

  it("that resolve and cancel it: one of them happens", async () => {
    for (let round = 0; round < 20; round++) {
      const id = await acme.incidentIn("in_progress")
      const answers = await Promise.all([
        ask(round, "POST", `/incidents/${id}/resolve/`, resolve),
        ask(round + 1, "POST", `/incidents/${id}/cancel/`, { body: { cancelReason: "withdrawn" } })
      ])
      expect(statuses(answers)).toEqual({ 200: 1, 409: 1 })
      const expected = answers[0].status === 200 ? "resolved" : "cancelled"
      expect((await read(`/incidents/${id}/`))["state"]).toBe(expected)
    }
  })

  it("that bring it from another system under one name: it is there once", async () => {
    for (let round = 0; round < 10; round++) {
      const named = { externalId: `round ${round}`, externalSource: "legacy" }
      const answers = await atOnce(2, (client) =>
        ask(client, "POST", "/incidents/", { body: { title: `From ${client}`, ...named } })
      )
      expect(statuses(answers)).toEqual({ 201: 1, 409: 1 })
      expect(answers.find(({ status }) => status === 409)!.body["code"]).toBe("duplicate")
      expect(await items(`/incidents/?externalId=round%20${round}`)).toHaveLength(1)
    }
  })

  it("that write different fields of the organization's own lose nothing", async () => {
    const keys = ["a", "b", "c", "d", "e", "f"]
    for (const key of keys)
      await ask(0, "POST", "/custom-fields/", { body: { entityType: "incident", key, label: key, kind: "text" } })
    const id = await acme.incidentIn("in_progress")
    const customFields = Object.fromEntries(keys.map((key) => [key, key]))
    const answers = await atOnce(6, (client) =>
      ask(0, "PATCH", `/incidents/${id}/`, { body: { customFields: { [keys[client]!]: keys[client] } } })
    )
    expect(statuses(answers)).toEqual({ 200: 6 })
    expect((await read(`/incidents/${id}/`))["customFields"]).toEqual(customFields)
  })

  it("that write different fields of it lose nothing", async () => {
    const id = await acme.incidentIn("in_progress")
    const changes = [
      { title: "A" },
      { description: "B" },
      { impact: 1 },
      { urgency: 2 },
      { tags: ["c"] },
      { affectedUsers: 7 }
    ]
    const answers = await atOnce(6, (client) => ask(client, "PATCH", `/incidents/${id}/`, { body: changes[client] }))
    expect(statuses(answers)).toEqual({ 200: 6 })
    expect(await read(`/incidents/${id}/`)).toMatchObject(Object.assign({}, ...changes))
  })
})

describe("a refresh token", () => {
  it("that 32 clients use at once is good for one of them, and then for nobody (T-RACE-1)", async () => {
    const account = { body: { email: "bystander@acme.example", password } }
    const { body } = await ask(0, "POST", "/auth/login/", account)
    const asked = { body: { refreshToken: body["refreshToken"] } }
    const answers = await atOnce(32, (client) => ask(client, "POST", "/auth/token/refresh/", asked))
    expect(statuses(answers)).toEqual({ 200: 1, 401: 31 })
    const { accessToken } = answers.find(({ status }) => status === 200)!.body
    const me = await ask(0, "GET", "/auth/me/", { token: String(accessToken) })
    expect([me.status, me.body["code"]]).toEqual([401, "session_revoked"])
  })
})
