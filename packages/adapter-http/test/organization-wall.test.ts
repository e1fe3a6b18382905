import { catalogue, type Entity, References } from "@itsm/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Answer, Route } from "./instance.ts"
import { storedVersions } from "./stored.ts"
import { type Company, entityOf, references, startWorld, type World } from "./world.ts"

let world: World
let acme: Company
let globex: Company
beforeAll(async () => {
  world = await startWorld()
  acme = world.acme
  globex = world.globex
})
afterAll(() => world.close())

const random = "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"
type Asked = Readonly<Record<string, unknown>>

/** The parts of an answer that must not tell one reason from another. */
const telling = ({ status, headers, body }: Answer) => {
  const { requestId: _, instance: __, ...rest } = body
  const shown = [...headers].filter(([name]) => name !== "x-request-id").toSorted()
  return { status, headers: shown, body: rest }
}

const ask = (endpoint: Route, path: string, body?: Asked) =>
  world.ask(endpoint.method, path, {
    token: acme.tokens.admin,
    ...(body === undefined ? {} : { body }),
    headers: endpoint.command?.requiresIfMatch === true ? { "if-match": "*" } : {}
  })

const isOfPlatform = ({ permission }: Route) => permission?.startsWith("platform.") === true

/** Ids that nobody in Acme may use for a record of this kind. */
const strangersOf = (entity: string): ReadonlyArray<readonly [why: string, id: string]> => [
  ["live in another organization", globex.live[entity]!],
  ...(globex.deleted[entity] === undefined
    ? []
    : [["deleted in another organization", globex.deleted[entity]] as const]),
  ["of another kind", Object.entries(acme.live).find(([other]) => other !== entity)![1]]
]

/** Runs, and makes sure that nothing was written meanwhile. */
const writingNothing = async (run: () => Promise<void>) => {
  const [before, commits] = [await storedVersions(world), world.writes.length]
  await run()
  expect(world.writes.slice(commits)).toEqual([])
  expect(await storedVersions(world)).toEqual(before)
}

describe("an id in a path", () => {
  it("of another organization is as unknown as a random one (T-AUTHZ-3)", () =>
    writingNothing(async () => {
      const known = world.table.filter((each) => each.path.includes("{id}") && !isOfPlatform(each))
      for (const endpoint of known) {
        const entity = entityOf(endpoint)
        const input = acme.inputs[endpoint.id]
        const at = (id: string) => ask(endpoint, endpoint.path.replace("{id}", id), input)
        const unknown = telling(await at(random))
        expect([unknown.status, unknown.body["code"]], endpoint.id).toEqual([404, "not_found"])
        for (const [why, id] of strangersOf(entity.name)) {
          expect(telling(await at(id)), `${endpoint.id}: ${why}`).toEqual(unknown)
        }
      }
      expect(known.length).toBeGreaterThan(catalogue.services.length)
    }))

  it("is no use with what only the platform operator may do", async () => {
    const endpoints = world.table.filter((each) => each.path.includes("{id}") && isOfPlatform(each))
    expect(endpoints.length).toBeGreaterThan(1)
    for (const endpoint of endpoints) {
      const at = (id: string) => ask(endpoint, endpoint.path.replace("{id}", id), {})
      const unknown = telling(await at(random))
      expect([unknown.status, unknown.body["code"]], endpoint.id).toEqual([403, "permission_denied"])
      for (const id of [globex.organizationId, acme.organizationId]) expect(telling(await at(id))).toEqual(unknown)
    }
  })

  it("says the same of what is written otherwise than an id", async () => {
    const unknown = telling(await world.ask("GET", `/incidents/${random}/`, { token: acme.tokens.admin }))
    for (const id of [
      "1",
      random.toUpperCase(),
      `{${random}}`,
      random.replaceAll("-", ""),
      acme.incidents.new.toUpperCase()
    ]) {
      const answer = await world.ask("GET", `/incidents/${id}/`, { token: acme.tokens.admin })
      expect([answer.status, answer.body["detail"]], id).toEqual([404, unknown.body["detail"]])
    }
  })
})

/** The path of a route to the record that takes the call. */
const pathOf = (endpoint: Route) =>
  endpoint.path.includes("{id}") ? endpoint.path.replace("{id}", acme.subjectOf(endpoint)) : endpoint.path

interface Slot {
  readonly endpoint: Route
  readonly field: string
  readonly target: string
  readonly more: Asked
}

const slots = (): ReadonlyArray<Slot> =>
  world.table.flatMap((endpoint) => {
    const { body, id } = endpoint
    const places = body === undefined ? [] : References.references(body.schema).places
    const plain = places.flatMap(({ pointer, targets }) =>
      targets.map((target) => ({ field: pointer.slice(1), target }))
    )
    const told = Object.entries(references[id] ?? {}).flatMap(([field, kinds]) =>
      Object.entries(kinds).map(([target, more]) => ({ endpoint, field, target, more }))
    )
    const isTold = (field: string) => told.some((slot) => slot.field === field)
    return [...plain.filter(({ field }) => !isTold(field)).map((slot) => ({ endpoint, ...slot, more: {} })), ...told]
  })

describe("an id in a body", () => {
  it("is in every slot that the inputs have", () => {
    const found = slots().map(({ endpoint, field }) => `${endpoint.id} ${field}`)
    const expected =
      "incidents.open parentId|incidents.assign teamId|teamMembers.create userId|userRoles.create scopeId"
    expect(found).toEqual(expect.arrayContaining([...expected.split("|"), "incidentComments.create inReplyToId"]))
    expect(found.length).toBeGreaterThan(35)
  })

  it("of another organization is refused like a random one (T-AUTHZ-3, T-ORG-1)", () =>
    writingNothing(async () => {
      for (const { endpoint, field, target, more } of slots()) {
        const path = pathOf(endpoint)
        const send = (id: string) => ask(endpoint, path, { ...acme.inputs[endpoint.id], ...more, [field]: id })
        const unknown = telling(await send(random))
        const name = `${endpoint.id} ${field}`
        expect([unknown.status, unknown.body["errors"]], name).toEqual([
          422,
          [{ pointer: `/${field}`, code: "reference_not_found", message: expect.any(String) }]
        ])
        const gone = acme.deleted[target]
        const known = [...strangersOf(target), ...(gone === undefined ? [] : [["deleted", gone] as const])]
        for (const [why, id] of known) expect(telling(await send(id)), `${name}: ${why}`).toEqual(unknown)
      }
    }))

  it("that is the caller's own stands for nobody but a user", () =>
    writingNothing(async () => {
      for (const { endpoint, field, target, more } of slots().filter((slot) => slot.target !== "User")) {
        const path = pathOf(endpoint)
        const send = (id: string) => ask(endpoint, path, { ...acme.inputs[endpoint.id], ...more, [field]: id })
        expect(telling(await send(acme.people.admin)), `${endpoint.id} ${field} ${target}`).toEqual(
          telling(await send(random))
        )
      }
    }))

  it("of a record that the caller may not see is refused like a random one (T-AUTHZ-3)", () =>
    writingNothing(async () => {
      const send = (path: string, body: Asked) => world.ask("POST", path, { token: acme.tokens.agent, body })
      const cancel = (duplicateOfId: string) =>
        send(`/incidents/${acme.incidents.assigned}/cancel/`, { cancelReason: "duplicate", duplicateOfId })
      const open = (parentId: string) => send("/incidents/", { title: "It follows", parentId })
      for (const call of [cancel, open])
        expect(telling(await call(acme.incidents.hidden))).toEqual(telling(await call(random)))
    }))
})

describe("the operator's visit", () => {
  it("writes nothing, by whatever route", async () => {
    const headers = { "x-organization": "acme", "x-access-reason": "Case 42", "if-match": "*" }
    const before = await storedVersions(world)
    let asked = 0
    for (const endpoint of world.table) {
      if (endpoint.method === "GET" || /^\/(auth|organizations)\//.test(endpoint.path)) continue
      const path = endpoint.path.replace("{id}", acme.live[entityOf(endpoint).name] ?? random)
      for (const query of ["", "?dryRun=true"]) {
        const { status, body } = await world.ask(endpoint.method, path + query, {
          token: world.operator,
          headers,
          ...(endpoint.body === undefined ? {} : { body: acme.inputs[endpoint.id] ?? {} })
        })
        expect([endpoint.id, status, body["code"]]).toEqual([endpoint.id, 403, "permission_denied"])
        asked++
      }
    }
    expect(asked).toBeGreaterThan(100)
    const isEntry = (row: string) => row.startsWith("AuditLog ")
    const records = (rows: ReadonlyArray<string>) => rows.filter((row) => !isEntry(row))
    expect(records(await storedVersions(world))).toEqual(records(before))
  })
})

describe("an id in a filter", () => {
  it("of another organization matches nothing, whatever the field", async () => {
    for (const { entity } of catalogue.services as ReadonlyArray<{ readonly entity: Entity.AnyEntity }>) {
      if (entity.role === "setting") continue
      for (const { name, target } of entity.fields) {
        if (target === undefined) continue
        const ids = [globex.live[target] ?? globex.people.admin, globex.deleted[target], globex.people.admin, random]
        for (const id of ids.filter((each) => each !== undefined)) {
          for (const key of [name, `${name}[in]`]) {
            const { status, body } = await world.ask("GET", `/${entity.path}/?${key}=${id}&count=true`, {
              token: acme.tokens.admin
            })
            const nothing = { items: [], nextCursor: null, total: 0 }
            expect([status, body], `${entity.path} ${key}`).toEqual([200, nothing])
          }
        }
      }
    }
  })
})

describe("a row that the caller may not see", () => {
  const views = [
    "?count=true",
    "?count=true&limit=1",
    "?q=salary&count=true",
    "?sort=title&limit=2&count=true",
    "?sort=-priority,title&limit=3",
    "?includeDeleted=false&count=true"
  ]

  it("changes nothing in what lists, counts, cursors, search and records say (T-AUTHZ-5)", async () => {
    const { tokens, incidents } = acme
    const look = async () => {
      const lists = await Promise.all(
        views.flatMap((view) =>
          [tokens.caller, tokens.agent].map((token) => world.ask("GET", `/incidents/${view}`, { token }))
        )
      )
      const records = ["", "transitions/", "comments/?count=true"].map((part) =>
        world.ask("GET", `/incidents/${incidents.assigned}/${part}`, { token: tokens.agent })
      )
      return [...lists, ...(await Promise.all(records))].map(({ status, text, headers }) => [
        status,
        text,
        headers.get("etag")
      ])
    }
    const before = await look()
    for (const [company, person] of [
      ["acme", "bystander"],
      ["globex", "admin"]
    ] as const) {
      const body = { title: "A salary that nobody else may see", impact: 1, urgency: 1 }
      const { impact: _, ...own } = body
      const token = world[company].tokens[person]
      const made = await world.ask("POST", "/incidents/", { token, body: person === "admin" ? body : own })
      expect(made.status).toBe(201)
    }
    expect(await look()).toEqual(before)
  })

  it("gives no cursor that another organization could use", async () => {
    const page = await world.ask("GET", "/incidents/?limit=1", { token: acme.tokens.admin })
    const path = `/incidents/?limit=1&cursor=${String(page.body["nextCursor"])}`
    expect((await world.ask("GET", path, { token: acme.tokens.admin })).status).toBe(200)
    const foreign = await world.ask("GET", path, { token: globex.tokens.admin })
    expect([foreign.status, foreign.body["code"]]).toEqual([400, "invalid_cursor"])
  })
})
