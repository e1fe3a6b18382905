import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { gatekeeper } from "../server/gatekeeper.ts"
import { makeAnswerHeaders } from "../src/index.ts"
import { type MemoryServer, startMemoryServer } from "./memory-server.ts"

const desk = "https://desk.example"
let plain: MemoryServer
let open: MemoryServer
beforeAll(async () => {
  plain = await startMemoryServer()
  open = await startMemoryServer({ isHttps: true, corsOrigins: [desk, "http://localhost:5173"] })
})
afterAll(() => Promise.all([plain.close(), open.close()]))

const random = "01920000-0000-7000-8000-000000000000"
const strict = "default-src 'none'; frame-ancestors 'none'"

const checkHeaders = (what: string, { headers }: Response, isHttps: boolean, policy: RegExp | string = strict) => {
  const value = (name: string) => headers.get(name)
  assert.equal(value("cache-control"), "no-store", what)
  assert.equal(value("x-content-type-options"), "nosniff", what)
  assert.equal(value("referrer-policy"), "no-referrer", what)
  assert.match(value("x-request-id") ?? "", /^[\w.-]{8,64}$/, what)
  assert.equal(value("strict-transport-security"), isHttps ? "max-age=31536000; includeSubDomains" : null, what)
  if (typeof policy === "string") assert.equal(value("content-security-policy"), policy, what)
  else assert.match(value("content-security-policy") ?? "", policy, what)
  for (const name of ["x-powered-by", "server", "set-cookie", "access-control-allow-credentials"])
    assert.isNull(value(name), `${what}: ${name}`)
}

describe("every answer", () => {
  it("carries the headers that keep browsers out of trouble: of all routes, done, refused and wrong", async () => {
    for (const [server, isHttps] of [
      [plain, false],
      [open, true]
    ] as const) {
      const admin = await server.as("admin@acme.example")
      const statuses = new Set<number>()
      for (const { id, method, path } of server.table) {
        const url = `/api/v1${path.replaceAll(/\{\w+\}/g, random)}`
        // the caller stays signed in
        if (["auth.logout", "auth.change_password"].includes(id)) continue
        for (const headers of [
          {},
          admin,
          { ...admin, accept: "text/html" },
          { "content-type": "text/plain", ...admin }
        ]) {
          const type = { "content-type": "application/json", ...headers }
          const answer = await server.request(
            url,
            method === "GET" ? { headers } : { method, headers: type, body: "{}" }
          )
          statuses.add(answer.status)
          checkHeaders(`${id} ${answer.status}`, answer, isHttps)
        }
        const wrong = await server.request(url, { method: "PURGE" })
        assert.equal(wrong.status, 405)
        checkHeaders(`${id} 405`, wrong, isHttps)
        checkHeaders(`${id} OPTIONS`, await server.request(url, { method: "OPTIONS" }), isHttps)
      }
      const malformed = await server.request("/api/v1/incidents/?nonsense=1", { headers: admin })
      assert.equal(malformed.status, 400)
      checkHeaders("400", malformed, isHttps)
      assert.includeMembers([...statuses], [200, 401, 403, 404, 406, 415, 422])
    }
  })

  it("carries them outside the API as well, where pages have a policy without inline script", async () => {
    for (const path of [
      "/healthz",
      "/readyz",
      "/metrics",
      "/.well-known/jwks.json",
      "/api/schema/",
      "/nowhere",
      "/api//v1",
      "/"
    ])
      checkHeaders(path, await open.request(path), true)
    const documents = ["/api/docs/", "/api/redoc/", "/api/docs/start.js", "/api/docs/swagger-ui.css"]
    const accounts = ["/accept-invitation", "/reset-password", "/verify-email/", "/account/script.js"]
    for (const path of [...documents, ...accounts]) {
      const page = await open.request(path)
      assert.equal(page.status, 200)
      checkHeaders(path, page, true, /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/)
      assert.notMatch(page.headers.get("content-security-policy") ?? "", /script-src[^;]*unsafe/)
    }
  })

  it("carries them while the server shuts down", async () => {
    const keeper = gatekeeper(
      () => new Response(),
      "https://itsm.dev/problems/",
      true,
      makeAnswerHeaders({ isHttps: true, corsOrigins: [desk] })
    )
    keeper.close()
    const answer = await keeper.fetch(
      new Request("http://localhost/api/v1/incidents/", { headers: { origin: desk } }),
      {} as never
    )
    assert.equal(answer.status, 503)
    checkHeaders("closed", answer, true)
    assert.equal(answer.headers.get("access-control-allow-origin"), desk)
  })
})

describe("scripts of other origins", () => {
  const from = (origin: string, path: string, init: RequestInit = {}) =>
    open.request(path, { ...init, headers: { origin, ...(init.headers as object) } })
  const allowed = ({ headers }: Response) => headers.get("access-control-allow-origin")
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "PATCH" } }

  it("read answers where their origin is listed, errors too, and what stands in their headers", async () => {
    for (const path of [
      "/api/v1/incidents/",
      "/api/v1/nothing/",
      "/api/v1/auth/me/",
      "/.well-known/jwks.json",
      "/nowhere"
    ]) {
      const answer = await from(desk, path)
      assert.equal(allowed(answer), desk, path)
      assert.equal(answer.headers.get("vary"), "Origin")
      const exposed = (answer.headers.get("access-control-expose-headers") ?? "").split(", ")
      assert.includeMembers(exposed, [
        "ETag",
        "Location",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "X-Request-Id",
        "Idempotency-Replayed",
        "Dry-Run"
      ])
    }
  })

  it("may ask first what they may send", async () => {
    const answer = await from(desk, `/api/v1/incidents/${random}/`, preflight)
    assert.equal(answer.status, 204)
    assert.equal(allowed(answer), desk)
    assert.equal(answer.headers.get("access-control-allow-methods"), "GET, HEAD, PATCH, DELETE, OPTIONS")
    assert.includeMembers((answer.headers.get("access-control-allow-headers") ?? "").split(", "), [
      "Authorization",
      "Content-Type",
      "If-Match",
      "Idempotency-Key",
      "X-Access-Reason",
      "X-Organization"
    ])
    assert.equal(answer.headers.get("access-control-max-age"), "600")
    assert.match(answer.headers.get("vary") ?? "", /^Origin\b/)
  })

  it("learn nothing where it is not", async () => {
    const others = [
      "https://evil.example",
      "null",
      "https://desk.example.evil.example",
      "http://desk.example",
      "https://desk.example:8443",
      "HTTPS://DESK.EXAMPLE"
    ]
    for (const origin of others) {
      for (const answer of [
        await from(origin, "/api/v1/incidents/"),
        await from(origin, "/api/v1/incidents/", preflight)
      ]) {
        const names = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))
        assert.deepEqual(names, [], origin)
        assert.equal(answer.headers.get("vary"), "Origin")
      }
    }
    const closed = await plain.request("/api/v1/incidents/", { headers: { origin: desk } })
    assert.isNull(allowed(closed))
    assert.isNull(closed.headers.get("vary"))
  })
})
