import { Limiter, Store } from "@itsm/core"
import { Effect } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bearer, type MemoryServer, password, startMemoryServer } from "./memory-server.ts"

const api = "/api/v1"
const me = `${api}/auth/me/`
const incidents = `${api}/incidents/`

type Headers = Awaited<ReturnType<MemoryServer["get"]>>["headers"]
const limitsOf = (headers: Headers) => [headers.get("ratelimit-policy"), headers.get("ratelimit")]

/** What the server says of a limit, as RFC 9651 reads a list of strings with parameters. */
const parsed = (header: string | null) =>
  Object.fromEntries(
    (header ?? "").split(", ").map((item) => {
      const [, name, first, second] = /^"(\w+)";[qr]=(\d+);[wt]=(\d+)$/.exec(item) ?? []
      assert.isDefined(name, `"${item}" is no item of a limit`)
      return [name, [Number(first), Number(second)]]
    })
  )

const withServer = async (
  options: Parameters<typeof startMemoryServer>[0],
  use: (server: MemoryServer) => Promise<void>
) => {
  const server = await startMemoryServer(options)
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

const random = "01920000-0000-7000-8000-000000000000"
const asked = ({ method, path }: { readonly method: string; readonly path: string }, server: MemoryServer) =>
  server.send(method, api + path.replaceAll(/\{\w+\}/g, random), method === "GET" ? undefined : {})
const pages = [
  "/api/schema/",
  "/api/docs/",
  "/api/redoc/",
  "/api/docs/swagger-ui.css",
  "/.well-known/jwks.json",
  "/accept-invitation/",
  "/reset-password/",
  "/verify-email/",
  "/account/script.js"
]

describe("every route (T-RATE-1)", () => {
  it("counts callers whom nobody knows, and refuses one too many in place of asking who they are", () =>
    withServer({ rateLimits: { anonymous: 1 } }, async (counted) => {
      const first = await asked(counted.table[0]!, counted)
      assert.deepEqual(parsed(first.headers.get("ratelimit-policy")), { anonymous: [1, 60] })
      assert.isAbove(counted.table.length, 90)
      for (const route of counted.table) {
        const answer = await asked(route, counted)
        assert.deepEqual([answer.status, answer.body.code], [429, "rate_limited"], route.id)
        assert.isAtLeast(Number(answer.headers.get("retry-after")), 1)
        assert.equal(parsed(answer.headers.get("ratelimit"))["anonymous"]?.[0], 0)
      }
      for (const page of pages) assert.equal((await counted.get(page)).status, 429, page)
      for (const probe of ["/healthz", "/readyz", "/metrics"]) {
        const { status, headers } = await fetchText(counted, probe)
        assert.deepEqual([status, headers.get("ratelimit")], [200, null], probe)
      }
      assert.equal((await counted.get("/api/v1/nothing/")).status, 404)
    }))

  it("counts users and their organization, on answers of every kind", () =>
    withServer({ rateLimits: { user: 500, organization: 1000 } }, async (server) => {
      const agent = await server.as("agent@acme.example")
      const user = await server.as("user@acme.example")
      const left = async (answer: ReturnType<MemoryServer["get"]>, status: number) => {
        const { headers, status: given } = await answer
        assert.equal(given, status)
        assert.deepEqual(parsed(headers.get("ratelimit-policy")), { user: [500, 60], organization: [1000, 60] })
        return Object.entries(parsed(headers.get("ratelimit"))).map(([name, [remaining]]) => [name, remaining])
      }
      assert.deepEqual(await left(server.get(incidents, agent), 200), [
        ["user", 499],
        ["organization", 999]
      ])
      assert.deepEqual(await left(server.get(`${incidents}${random}/`, agent), 404), [
        ["user", 498],
        ["organization", 998]
      ])
      assert.deepEqual(await left(server.post(incidents, {}, agent), 422), [
        ["user", 497],
        ["organization", 997]
      ])
      assert.deepEqual(await left(server.get(`${incidents}?nonsense=1`, user), 400), [
        ["user", 499],
        ["organization", 996]
      ])
      assert.deepEqual(await left(server.get(me, user), 200), [
        ["user", 498],
        ["organization", 995]
      ])
      assert.deepEqual(await left(server.get(incidents, await server.as("agent@globex.example")), 200), [
        ["user", 499],
        ["organization", 999]
      ])
    }))
})

const fetchText = async (server: MemoryServer, path: string) => {
  const response = await server.request(path)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

describe("a limit", () => {
  it.each([1, 7, 20, 39, 100, 250])("of %i requests lets so many in, and not one more", (limit) =>
    withServer({ rateLimits: { user: limit } }, async (server) => {
      const agent = await server.as("agent@acme.example")
      const other = await server.as("user@acme.example")
      const answers = await Promise.all(Array.from({ length: limit + 20 }, () => server.get(incidents, agent)))
      assert.lengthOf(
        answers.filter(({ status }) => status === 200),
        limit
      )
      const refused = answers.find(({ status }) => status !== 200)!
      assert.deepEqual([refused.status, refused.body.code], [429, "rate_limited"])
      const [policy, standing] = limitsOf(refused.headers)
      assert.equal(policy, `"user";q=${limit};w=60`)
      assert.equal(standing, `"user";r=0;t=${refused.headers.get("retry-after")}`)
      assert.isAtMost(Number(refused.headers.get("retry-after")), 60)
      assert.equal((await server.get(incidents, other)).status, 200)
      assert.include((await fetchText(server, "/metrics")).text, 'itsm_rate_limited_requests_total{policy="user"} 20')
    })
  )

  it("of 0 is none, and is not spoken of", () =>
    withServer({}, async (server) => {
      const answer = await server.get(incidents, await server.as("agent@acme.example"))
      assert.deepEqual([answer.status, ...limitsOf(answer.headers)], [200, null, null])
      assert.deepEqual(limitsOf((await server.get(incidents)).headers), [null, null])
    }))

  it("of sign-ins counts them all, from one address, for all accounts", () =>
    withServer({ rateLimits: { login: 20 } }, async (server) => {
      const paths = [`${api}/auth/login/`, `${api}/auth/token/`]
      const attempts = Array.from({ length: 25 }, (_, at) =>
        server.post(paths[at % 2]!, { email: `nobody-${at}@acme.example`, password })
      )
      const statuses = (await Promise.all(attempts)).map(({ status }) => status)
      assert.deepEqual(Map.groupBy(statuses, (status) => status).get(401)?.length, 20)
      assert.deepEqual(Map.groupBy(statuses, (status) => status).get(429)?.length, 5)
      assert.equal((await server.post(`${api}/auth/token/refresh/`, { refreshToken: "x" })).status, 401)
    }))
})

describe("where nothing can be counted", () => {
  const down = Effect.die(new Store.StorageUnavailable({ cause: "down" }))
  let isDown = false
  const inner = Limiter.inMemory()
  const limiter: Limiter.LimiterShape = {
    add: (key, points, windowMs) => (isDown ? down : inner.add(key, points, windowMs)),
    read: (key) => (isDown ? down : inner.read(key)),
    clear: (key) => (isDown ? down : inner.clear(key))
  }
  let server: MemoryServer
  let agent: Awaited<ReturnType<MemoryServer["as"]>>
  beforeAll(async () => {
    const rateLimits = { user: 600, api_key: 1200, organization: 6000, anonymous: 60, login: 20 }
    server = await startMemoryServer({ limiter, rateLimits })
    agent = await server.as("agent@acme.example")
    isDown = true
  })
  afterAll(() => server.close())

  it("everything under /auth/ is shut", async () => {
    const routes = server.table.filter(({ path }) => path.startsWith("/auth/"))
    assert.isAbove(routes.length, 12)
    for (const route of routes) {
      for (const headers of [{}, agent]) {
        const path = api + route.path.replaceAll(/\{\w+\}/g, random)
        const answer = await server.send(route.method, path, route.method === "GET" ? undefined : {}, headers)
        assert.deepEqual([answer.status, answer.body.code], [503, "storage_unavailable"], route.id)
        assert.isAtLeast(Number(answer.headers.get("retry-after")), 1)
      }
    }
  })

  it("the rest stays open, and is counted as uncounted", async () => {
    const failures = async () =>
      Number(/^itsm_rate_limiter_failures_total (\d+)$/m.exec((await fetchText(server, "/metrics")).text)?.[1])
    const before = await failures()
    assert.isAbove(before, 12)
    assert.equal((await server.get(incidents, agent)).status, 200)
    assert.equal((await server.get(incidents)).status, 401)
    assert.equal((await server.get("/.well-known/jwks.json")).status, 200)
    assert.equal(await failures(), before + 3)
  })

  it("a sign-in works again as soon as it can be counted", async () => {
    isDown = false
    assert.equal(
      (await server.get(me, bearer((await server.login("agent@acme.example")).body["accessToken"]))).status,
      200
    )
  })
})
