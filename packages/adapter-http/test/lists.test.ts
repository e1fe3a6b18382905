import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Service, startService } from "./service.ts"

let service: Service
const titles = ["alpha mail", "beta mail", "gamma printer", "delta mail, slow", "Epsilon"]
beforeAll(async () => {
  service = await startService()
  for (const [index, title] of titles.entries()) {
    const common = { urgency: 2, affectedUsers: index === 0 ? null : index * 10 }
    await (index === 4
      ? service.open(title, common, "caller")
      : service.open(title, { ...common, impact: (index % 3) + 1 }))
  }
})

interface Item {
  readonly [field: string]: unknown
}
const list = async (query: string, as: "admin" | "caller" | "stranger" = "admin") => {
  const { status, body } = await service.ask("GET", `/incidents/${query}`, { as })
  return {
    status,
    body,
    code: body["code"],
    items: (body["items"] ?? []) as ReadonlyArray<Item>,
    next: body["nextCursor"] as string | null
  }
}
const found = async (query: string) => (await list(`?sort=createdAt&${query}`)).items.map(({ title }) => title)

describe("paging", () => {
  it("walks the whole list once, whatever is opened meanwhile", async () => {
    const seen: Array<unknown> = []
    let query = "?limit=2&sort=-title"
    for (;;) {
      const { items, next } = await list(query)
      seen.push(...items.map(({ title }) => title))
      if (next === null) break
      query = `?limit=2&sort=-title&cursor=${encodeURIComponent(next)}`
      if (seen.length === 2) await service.ask("DELETE", `/incidents/${(await service.open("zeta")).id}/`)
    }
    expect(seen).toEqual(["gamma printer", "Epsilon", "delta mail, slow", "beta mail", "alpha mail"])
  })

  it("refuses a cursor that was altered, or is of another list", async () => {
    const { next } = await list("?limit=1")
    const cursor = next!
    const code = async (query: string, as?: "caller" | "stranger") => (await list(query, as)).code
    expect((await list(`?limit=3&cursor=${cursor}`)).items).toHaveLength(3)
    const flipped = cursor.replace(/^./, (first) => (first === "A" ? "B" : "A"))
    for (const bad of [flipped, `${cursor}A`, cursor.slice(1), "x", "", `${cursor.split(".")[0]}.`])
      expect(await code(`?limit=1&cursor=${bad}`), bad).toBe("invalid_cursor")
    for (const other of ["?sort=title", "?state=new", "?q=mail", "?includeDeleted=true"])
      expect(await code(`${other}&cursor=${cursor}`), other).toBe("invalid_cursor")
    expect(await code(`?limit=1&cursor=${cursor}`, "stranger")).toBe("invalid_cursor")
    expect((await service.ask("GET", `/users/?limit=1&cursor=${cursor}`)).body["code"]).toBe("invalid_cursor")
  })

  it("takes 1 to 100 at a time, 25 where nothing is said", async () => {
    for (const limit of ["0", "101", "-1", "1.5", "x", "", "1e1"])
      expect((await list(`?limit=${limit}`)).code, limit).toBe("invalid_parameter")
    for (const limit of ["1", "100"]) expect((await list(`?limit=${limit}`)).status).toBe(200)
  })

  it("counts on demand", async () => {
    expect((await list("?limit=1&count=true")).body["total"]).toBe(5)
    expect((await list("?limit=1&count=true&impact=1")).body["total"]).toBe(2)
    expect((await list("?limit=1")).body).not.toHaveProperty("total")
  })
})

describe("filters", () => {
  it("compare a field in each way that its type has", async () => {
    expect(await found("impact=1")).toEqual(["alpha mail", "delta mail, slow"])
    expect(await found("impact[ne]=1")).toEqual(["beta mail", "gamma printer", "Epsilon"])
    expect(await found("impact[in]=1,3")).toEqual(["alpha mail", "gamma printer", "delta mail, slow", "Epsilon"])
    expect(await found("affectedUsers[gt]=20")).toEqual(["delta mail, slow", "Epsilon"])
    expect(await found("affectedUsers[gte]=20&affectedUsers[lt]=40")).toEqual(["gamma printer", "delta mail, slow"])
    expect(await found("affectedUsers[isNull]=true")).toEqual(["alpha mail"])
    expect(await found("affectedUsers[isNull]=false&impact[lte]=1")).toEqual(["delta mail, slow"])
    expect(await found("title[contains]=MAIL&title[ne]=beta+mail")).toEqual(["alpha mail", "delta mail, slow"])
    expect(await found("title[contains]=%25")).toEqual([])
    expect(await found("state=new&followsParent=false")).toHaveLength(5)
    expect(await found("createdAt[gt]=2020-01-01T00:00:00%2B02:00")).toHaveLength(5)
    expect(await found("requesterId=0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b")).toEqual([])
  })

  it("refuse values of another type, and what is no field or operator", async () => {
    for (const bad of [
      "impact=high",
      "impact=1.5",
      "impact[in]=1,x",
      "impact[in]=",
      "state=open",
      "followsParent=1",
      "createdAt[gt]=yesterday",
      "createdAt=2026-02-30T00:00:00Z",
      "requesterId=me",
      "affectedUsers[isNull]=1",
      "title=%ff",
      "title=%00"
    ]) {
      expect((await list(`?${bad}`)).code, bad).toBe("invalid_parameter")
    }
    for (const unknown of [
      "colour=red",
      "impact[like]=1",
      "state[gt]=new",
      "tags=x",
      "title[contains",
      "impact[]=1",
      "__proto__=1",
      "constructor=1",
      "toString[ne]=1",
      "title';--=1"
    ]) {
      expect((await list(`?${unknown}`)).code, unknown).toBe("unknown_parameter")
    }
    expect((await list("?impact=1&impact=2")).code).toBe("duplicate_parameter")
    expect((await service.ask("GET", "/users/?passwordHash[isNull]=false")).body["code"]).toBe("unknown_parameter")
  })

  it("of a list ask for an item, or one of several, as it stands", async () => {
    await service.open("tagged", { tags: ["vpn", "Berlin", "a b"] })
    await service.open("also tagged", { tags: ["VPN"] })
    expect(await found("tags[has]=vpn")).toEqual(["tagged"])
    expect(await found("tags[has]=a%20b")).toEqual(["tagged"])
    expect(await found("tags[has]=a")).toEqual([])
    expect(await found("tags[hasAny]=VPN,Berlin")).toEqual(["tagged", "also tagged"])
    expect(await found("tags[hasAny]=nothing")).toEqual([])
    expect(await found("tags[has]=vpn&tags[hasAny]=Berlin,Bonn")).toEqual(["tagged"])
    for (const unknown of ["tags=vpn", "tags[in]=vpn", "tags[contains]=vpn", "title[has]=x", "impact[hasAny]=1"])
      expect((await list(`?${unknown}`)).code, unknown).toBe("unknown_parameter")
    const many = Array.from({ length: 101 }, (_, index) => `t${index}`).join(",")
    expect((await list(`?tags[hasAny]=${many}`)).code).toBe("invalid_parameter")
    for (const { id, title } of (await list("?q=tagged")).items)
      expect((await service.ask("DELETE", `/incidents/${String(id)}/`)).status, String(title)).toBe(204)
  })

  it("are at most twenty, with at most a hundred values", async () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index).join(",")
    expect((await list(`?affectedUsers[in]=${numbers(100)}`)).status).toBe(200)
    expect((await list(`?affectedUsers[in]=${numbers(101)}`)).code).toBe("invalid_parameter")
    const fields = ["impact", "urgency", "priority", "computedPriority", "affectedUsers", "reopenCount", "version"]
    const conditions = fields.flatMap((field) => [`${field}[gte]=0`, `${field}[lte]=9`, `${field}[ne]=7`])
    expect((await list(`?${conditions.slice(0, 20).join("&")}`)).status).toBe(200)
    expect((await list(`?${conditions.join("&")}`)).code).toBe("invalid_parameter")
  })
})

describe("search, order and selection", () => {
  it("finds records with all of the words", async () => {
    expect(await found("q=mail")).toEqual(["alpha mail", "beta mail", "delta mail, slow"])
    expect(await found("q=slow%20MAIL")).toEqual(["delta mail, slow"])
    expect((await list("?q=")).code).toBe("invalid_parameter")
    expect((await list(`?q=${"x".repeat(200)}`)).status).toBe(200)
    expect((await list(`?q=${"x".repeat(201)}`)).code).toBe("invalid_parameter")
    expect((await service.ask("GET", "/teams/?q=x")).status).toBeLessThan(500)
  })

  it("sorts by up to three fields, nulls last", async () => {
    const sorted = async (sort: string) => (await list(`?sort=${sort}`)).items.map(({ title }) => title)
    expect(await sorted("-affectedUsers")).toEqual([
      "Epsilon",
      "delta mail, slow",
      "gamma printer",
      "beta mail",
      "alpha mail"
    ])
    expect((await sorted("affectedUsers")).at(-1)).toBe("alpha mail")
    expect(await sorted("impact,-title")).toEqual([
      "delta mail, slow",
      "alpha mail",
      "beta mail",
      "gamma printer",
      "Epsilon"
    ])
    for (const bad of [
      "",
      "colour",
      "tags",
      "title,title",
      "title,-title",
      "impact,urgency,title,state",
      "passwordHash",
      "-"
    ])
      expect((await list(`?sort=${bad}`)).code, bad).toBe("invalid_parameter")
    for (const good of ["number", "title", "state", "priority", "impact", "urgency", "createdAt", "updatedAt"])
      expect((await list(`?sort=-${good}`)).status, good).toBe(200)
  })

  it("shows the fields that are asked for, and related records beside their ids", async () => {
    const { items } = await list("?q=epsilon&fields=title,requesterId&include=requester,assignee")
    expect(items).toEqual([
      {
        title: "Epsilon",
        requesterId: service.people.caller.id,
        requester: expect.objectContaining({ id: service.people.caller.id, email: "caller@acme.example" }),
        assignee: null
      }
    ])
    expect(JSON.stringify(items)).not.toContain("passwordHash")
    const id = String((await list("?q=epsilon")).items[0]!["id"])
    expect((await service.ask("GET", `/incidents/${id}/?fields=number&include=requester`)).body).toHaveProperty(
      ["requester", "displayName"],
      "caller"
    )
    for (const bad of [
      "fields=colour",
      "fields=",
      "include=number",
      "include=requester,assignee,team,department",
      "include=requester.manager"
    ])
      expect((await list(`?${bad}`)).code, bad).toBe("invalid_parameter")
    expect((await service.ask("GET", "/users/?fields=passwordHash")).body["code"]).toBe("invalid_parameter")
  })

  it("shows deleted records to who may restore them", async () => {
    const { id } = await service.open("gone")
    await service.ask("DELETE", `/incidents/${id}/`)
    expect(await found("title=gone")).toEqual([])
    expect(await found("title=gone&includeDeleted=true")).toEqual(["gone"])
    expect((await list("?includeDeleted=true", "caller")).code).toBe("permission_denied")
  })
})

describe("the row rule", () => {
  it("is applied before counting and paging", async () => {
    const { items, body } = await list("?count=true", "caller")
    expect([items.map(({ title }) => title), body["total"]]).toEqual([["Epsilon"], 1])
    expect((await list("?count=true", "stranger")).body).toMatchObject({ items: [], total: 0 })
  })
})

afterAll(() => service.runtime.dispose())
