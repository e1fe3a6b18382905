import { catalogue } from "@itsm/core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startWorld, type World } from "./world.ts"

type Shown = Readonly<Record<string, unknown>>

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const ask = (method: string, path: string) => world.ask(method, path, { token: world.acme.tokens.admin })
const idsOf = async (path: string) => {
  const { body } = await ask("GET", path)
  return { ids: (body["items"] as ReadonlyArray<Shown>).map(({ id }) => id), total: body["total"] }
}
const restored = catalogue.services.filter(({ commands }) =>
  Object.values(commands).some(({ kind }) => kind === "restore")
)

describe("a record that was deleted (C4, soft delete matrix)", () => {
  it.each(restored.map(({ entity }) => ({ name: entity.name as string, entity })))(
    "$name: is nowhere until an administrator restores it",
    async ({ name, entity }) => {
      const id = world.acme.deleted[name]!
      const at = `/${entity.path}/`
      const live = await idsOf(`${at}?limit=100&count=true`)
      expect(live.ids).not.toContain(id)
      expect(live.total).toBe(live.ids.length)
      expect((await idsOf(`${at}?id=${id}&count=true`)).total).toBe(0)
      for (const [method, path] of [
        ["GET", `${at}${id}/`],
        ["DELETE", `${at}${id}/`],
        ["PATCH", `${at}${id}/`]
      ] as const)
        expect([method, (await ask(method, path)).status]).toEqual([method, 404])
      const all = await idsOf(`${at}?limit=100&count=true&includeDeleted=true`)
      expect(all.ids).toContain(id)
      expect(all.total).toBe(all.ids.length)
      for (const person of ["caller", "agent", "manager"] as const) {
        const { status } = await world.ask("GET", `${at}?includeDeleted=true`, { token: world.acme.tokens[person] })
        expect([person, status]).toEqual([person, 403])
      }
      const back = await ask("POST", `${at}${id}/restore/`)
      expect([back.status, back.body["deletedAt"]]).toEqual([200, null])
      expect((await ask("GET", `${at}${id}/`)).status).toBe(200)
      expect((await idsOf(`${at}?id=${id}`)).ids).toEqual([id])
      expect((await ask("POST", `${at}${id}/restore/`)).status).toBe(404)
    }
  )

  it("is shown to who may restore some, as far as they may", async () => {
    const { people, tokens, incidents } = world.acme
    const gone = async (title: string, person: "admin" | "bystander") => {
      const made = await world.ask("POST", "/incidents/", { token: tokens[person], body: { title } })
      const id = String(made.body["id"])
      expect((await ask("DELETE", `/incidents/${id}/`)).status).toBe(204)
      return id
    }
    const [own, other] = [await gone("Mine", "bystander"), await gone("Not mine", "admin")]
    for (const [permission, scope] of [
      ["incident.read", "organization"],
      ["incident.restore", "own"]
    ])
      await world.ask("POST", "/user-permissions/", {
        token: tokens.admin,
        body: { subjectType: "user", subjectId: people.bystander, permission, effect: "allow", scope }
      })
    const { body } = await world.ask("GET", "/incidents/?includeDeleted=true&limit=100&count=true", {
      token: tokens.bystander
    })
    const ids = (body["items"] as ReadonlyArray<Shown>).map(({ id }) => id)
    expect([ids.includes(incidents.hidden), ids.includes(own)]).toEqual([true, true])
    expect(ids).not.toContain(other)
    expect(body["total"]).toBe(ids.length)
  })

  it("is not found by search, nor shown beside what still names it", async () => {
    const { acme } = world
    const make = async (path: string, body: object) =>
      String((await world.ask("POST", path, { token: acme.tokens.admin, body })).body["id"])
    const category = await make("/categories/", { name: "Quokkas" })
    const incident = await make("/incidents/", { title: "A wombat sits on the printer", categoryId: category })
    const found = async () => (await idsOf("/incidents/?q=wombat&count=true")).total
    const related = async () => (await ask("GET", `/incidents/${incident}/?include=category`)).body["category"]
    expect([await found(), await related()]).toEqual([1, expect.objectContaining({ name: "Quokkas" })])
    expect((await ask("DELETE", `/categories/${category}/`)).status).toBe(204)
    expect(await related()).toBeNull()
    expect((await ask("DELETE", `/incidents/${incident}/`)).status).toBe(204)
    expect(await found()).toBe(0)
    // the name is free again
    const dependents = await make("/departments/", { name: "Marsupials" })
    expect((await ask("DELETE", `/departments/${dependents}/`)).status).toBe(204)
    const again = { token: acme.tokens.admin, body: { name: "Marsupials" } }
    expect((await world.ask("POST", "/departments/", again)).status).toBe(201)
    expect((await ask("POST", `/departments/${dependents}/restore/`)).body["code"]).toBe("duplicate")
  })
})
