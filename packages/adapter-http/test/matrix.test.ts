import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Endpoint, tableOf } from "../src/index.ts"
import { type Service, startService } from "./service.ts"

const random = "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"

let service: Service
let table: ReadonlyArray<Endpoint.Endpoint>
beforeAll(async () => {
  service = await startService()
  table = tableOf({ services: service.services, settings: { cursorKey: new Uint8Array(32) } })
})

const at = (path: string, id: string) => path.replace("{id}", id)
const content = ({ body, method }: Endpoint.Endpoint) => (body === undefined || method === "GET" ? {} : { body: {} })

describe("every route", () => {
  it("is closed to callers that nobody knows", async () => {
    for (const endpoint of table) {
      const { status, headers, body } = await service.ask(endpoint.method, at(endpoint.path, random), {
        as: null,
        ...content(endpoint)
      })
      expect([status, headers.get("www-authenticate"), body["code"]], endpoint.id).toEqual([
        401,
        "Bearer",
        "unauthenticated"
      ])
    }
  })

  it("answers the id of another organization as it answers one that there is not", async () => {
    const lists = table.filter(({ method, path }) => method === "GET" && !path.includes("{id}"))
    const idsOf = async (path: string) => {
      const { body } = await service.ask("GET", path)
      return ((body["items"] ?? []) as ReadonlyArray<{ readonly id: string }>).slice(0, 2).map(({ id }) => id)
    }
    await service.open("Mail is down")
    const comparable = ({ instance: _, requestId: __, ...body }: Readonly<Record<string, unknown>>) => body
    let compared = 0
    for (const list of lists) {
      const ids = await idsOf(list.path)
      const items = table.filter(({ path }) => path.startsWith(`${list.path}{id}/`))
      for (const endpoint of items) {
        const ask = (id: string) =>
          service.ask(endpoint.method, at(endpoint.path, id), { as: "stranger", ...content(endpoint) })
        const expected = await ask(random)
        expect([403, 404], endpoint.id).toContain(expected.status)
        for (const id of ids) {
          const answer = await ask(id)
          expect([answer.status, comparable(answer.body)], endpoint.id).toEqual([
            expected.status,
            comparable(expected.body)
          ])
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(50)
  })

  it("answers a caller without any permission with 403, before anything else about the request", async () => {
    const nobody = { ...service.people.caller, grants: [] }
    const { ask } = await startService({ services: service.services, authenticate: () => Effect.succeed(nobody) })
    const guarded = table.filter(({ permission }) => permission !== null)
    expect(guarded.length).toBeGreaterThan(table.length - 5)
    for (const endpoint of guarded) {
      const { status, body } = await ask(endpoint.method, `${at(endpoint.path, random)}?nonsense=1`, content(endpoint))
      expect([status, body["code"]], endpoint.id).toEqual([403, "permission_denied"])
    }
  })
})

describe("what stands before the routes", () => {
  it("adds its headers to answers, and its refusals", async () => {
    const limits = { "RateLimit-Policy": '"user";q=1;w=60', RateLimit: '"user";r=0;t=60' }
    const tooMany = {
      _tag: "RateLimited",
      kind: "limited",
      message: "Too many requests.",
      retryAfterSeconds: 60,
      headers: limits
    } as const
    let asked = 0
    const { ask } = await startService({
      admit: (_, actor) => (actor === null || asked++ > 0 ? Effect.fail(tooMany) : Effect.succeed(limits))
    })
    const first = await ask("GET", "/incidents/")
    expect([first.status, first.headers.get("ratelimit")]).toEqual([200, limits.RateLimit])
    for (const refused of [await ask("GET", "/incidents/"), await ask("GET", "/incidents/", { as: null })]) {
      expect([
        refused.status,
        refused.body["code"],
        refused.headers.get("retry-after"),
        refused.headers.get("ratelimit")
      ]).toEqual([429, "rate_limited", "60", limits.RateLimit])
      expect(refused.body).not.toHaveProperty("headers")
    }
  })

  it("is a 500 where it breaks", async () => {
    const { ask } = await startService({
      authenticate: () => {
        throw new Error("out of order")
      }
    })
    const { status, headers, body } = await ask("GET", "/incidents/")
    expect([status, body["code"], headers.get("cache-control")]).toEqual([500, "internal_error", "no-store"])
  })
})

afterAll(() => service.runtime.dispose())
