import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Asked } from "./instance.ts"
import { startWorld, type World } from "./world.ts"

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const ask = (method: string, path: string, asked: Asked = {}) =>
  world.ask(method, path, { token: world.acme.tokens.admin, ...asked })
const define = (key: string, kind: string, more: object = {}) =>
  ask("POST", "/custom-fields/", { body: { entityType: "category", key, label: key, kind, ...more } })
const titles = async (query: string, asked: Asked = {}) => {
  const { status, body } = await ask("GET", `/categories/?q=shelf&${query}`, asked)
  return status === 200
    ? (body["items"] as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name)
    : body["code"]
}

const shelves = [
  { cost: 2.5, room: "b", colour: "red", boughtOn: "2026-02-28", labels: ["x", "y"] },
  { cost: 10, room: "A", colour: "blue" },
  {}
]

describe("fields that an organization has added", () => {
  beforeAll(async () => {
    for (const [key, kind] of [
      ["cost", "decimal"],
      ["room", "text"],
      ["boughtOn", "date"],
      ["labels", "texts"]
    ] as const)
      await define(key, kind)
    await define("colour", "choice", { options: ["red", "blue"] })
    for (const [index, customFields] of shelves.entries())
      await ask("POST", "/categories/", { body: { name: `Shelf ${index}`, customFields } })
  })

  it("are shown as they were given", async () => {
    const { body } = await ask("GET", "/categories/?q=shelf&sort=name&fields=customFields")
    expect(body["items"]).toEqual(shelves.map((customFields) => ({ customFields })))
  })

  it.each([
    ["custom.cost=10", ["Shelf 1"]],
    ["custom.cost[lt]=9", ["Shelf 0"]],
    ["custom.room[contains]=B", ["Shelf 0"]],
    ["custom.colour=red", ["Shelf 0"]],
    ["custom.colour[in]=red,blue&sort=name", ["Shelf 0", "Shelf 1"]],
    ["custom.boughtOn[gte]=2026-01-01", ["Shelf 0"]],
    ["custom.labels[has]=y", ["Shelf 0"]],
    ["custom.cost[isNull]=true", ["Shelf 2"]],
    ["sort=custom.cost", ["Shelf 0", "Shelf 1", "Shelf 2"]],
    ["sort=-custom.cost", ["Shelf 1", "Shelf 0", "Shelf 2"]],
    ["sort=custom.room", ["Shelf 1", "Shelf 0", "Shelf 2"]],
    ["sort=-custom.room,name", ["Shelf 0", "Shelf 1", "Shelf 2"]]
  ] as const)("are filtered and sorted by: %s", async (query, expected) => {
    expect(await titles(query)).toEqual(expected)
  })

  it.each([
    ["custom.nothing=1", "unknown_parameter"],
    ["custom.cost:decimal=1", "unknown_parameter"],
    ["custom.labels=x", "unknown_parameter"],
    ["custom.cost=much", "invalid_parameter"],
    ["custom.colour=green", "invalid_parameter"],
    ["sort=custom.nothing", "invalid_parameter"],
    ["sort=custom.labels", "invalid_parameter"],
    ["sort=custom.cost:decimal", "invalid_parameter"]
  ])("are asked for as what they are: %s is %s", async (query, code) => {
    expect(await titles(query)).toBe(code)
  })

  it("are followed page by page", async () => {
    const first = await ask("GET", "/categories/?q=shelf&sort=-custom.cost&limit=1")
    const next = await ask(
      "GET",
      `/categories/?q=shelf&sort=-custom.cost&limit=1&cursor=${String(first.body["nextCursor"])}`
    )
    expect(next.body["items"]).toMatchObject([{ name: "Shelf 0" }])
  })

  it("are refused at their place where they are unknown or of another kind", async () => {
    const customFields = { cost: "much", nothing: 1, colour: "green" }
    const refused = await ask("POST", "/categories/", { body: { name: "Shelf 9", customFields } })
    expect(refused.status).toBe(422)
    expect(refused.body["errors"]).toMatchObject([
      { pointer: "/customFields/cost", code: "invalid_type" },
      { pointer: "/customFields/nothing", code: "unknown_field" },
      { pointer: "/customFields/colour", code: "invalid_value" }
    ])
  })

  it("are those of one organization", async () => {
    const token = world.globex.tokens.admin
    expect(await titles("custom.cost=10", { token })).toBe("unknown_parameter")
    const foreign = await ask("POST", "/categories/", { token, body: { name: "Shelf", customFields: { cost: 1 } } })
    expect(foreign.body["errors"]).toMatchObject([{ pointer: "/customFields/cost", code: "unknown_field" }])
    expect((await ask("GET", "/custom-fields/?key=room", { token })).body["items"]).toEqual([])
  })

  it("are hidden, and not asked for, where a mask takes them away", async () => {
    const { people, tokens } = world.acme
    const token = tokens.colleague
    expect(await titles("custom.cost=10", { token })).toEqual(["Shelf 1"])
    const grant = {
      subjectType: "user",
      subjectId: people.colleague,
      permission: "category.read",
      effect: "deny",
      scope: "organization",
      fields: ["customFields", "externalId"]
    }
    expect((await ask("POST", "/user-permissions/", { body: grant })).status).toBe(201)
    const { body } = await ask("GET", "/categories/?q=shelf&limit=1", { token })
    const [shown] = body["items"] as ReadonlyArray<object>
    expect(shown).toHaveProperty("externalSource")
    expect(shown).not.toHaveProperty("customFields")
    expect(shown).not.toHaveProperty("externalId")
    expect(await titles("custom.cost=10", { token })).toBe("unknown_parameter")
    expect(await titles("sort=custom.cost", { token })).toBe("invalid_parameter")
  })

  it("leave the lists with their definition", async () => {
    expect((await define("short", "integer")).status).toBe(201)
    expect(await titles("custom.short[isNull]=false")).toEqual([])
    const [{ id }] = (await ask("GET", "/custom-fields/?key=short")).body["items"] as [{ id: string }]
    const headers = { "if-match": `"1"` }
    expect((await ask("DELETE", `/custom-fields/${id}/`, { headers })).status).toBe(204)
    expect(await titles("custom.short[isNull]=false")).toBe("unknown_parameter")
  })
})

describe("the name that another system has for a record", () => {
  it("finds it, and is refused a second time", async () => {
    const body = { name: "Imported", externalId: "4711", externalSource: "legacy" }
    expect((await ask("POST", "/categories/", { body })).status).toBe(201)
    const again = await ask("POST", "/categories/", { body: { ...body, name: "Imported twice" } })
    expect([again.status, again.body["code"]]).toEqual([409, "duplicate"])
    const found = await ask("GET", "/categories/?externalId=4711&externalSource=legacy")
    expect(found.body["items"]).toMatchObject([{ name: "Imported" }])
  })
})
