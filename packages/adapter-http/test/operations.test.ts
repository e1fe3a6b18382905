import { Effect, Logger, Context } from "effect"
import { Hono } from "hono"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeApp, Metrics, operationPages } from "../src/index.ts"
import { type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

describe("health", () => {
  it("is there as long as the process runs", async () => {
    const answer = await service.app.request("/healthz")
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }])
    expect(answer.headers.get("x-request-id")).not.toBeNull()
    expect((await service.app.request("/healthz", { method: "POST" })).status).toBe(405)
  })

  it("is readiness where everything that is required is up", async () => {
    const metrics = Metrics.make()
    const ready = async (database: Effect.Effect<void, string>) => {
      const checks = [
        { name: "database", required: true, run: database },
        { name: "mail", required: false, run: Effect.die("no server") }
      ]
      const { app } = await startService({ pages: operationPages({ metrics, checks }) })
      const answer = await app.request("/readyz")
      return { status: answer.status, retry: answer.headers.get("retry-after"), body: await answer.json() }
    }
    expect(await ready(Effect.void)).toMatchObject({
      status: 200,
      body: {
        status: "ready",
        checks: [
          { name: "database", status: "up" },
          { name: "mail", status: "down" }
        ]
      }
    })
    expect(await ready(Effect.fail("down"))).toMatchObject({
      status: 503,
      retry: "5",
      body: { status: "not_ready", checks: [{ name: "database", status: "down", durationMs: expect.any(Number) }, {}] }
    })
  })
})

describe("metrics", () => {
  it("count requests by route, method and status", async () => {
    const { id } = await service.open("Mail is down")
    await service.ask("GET", `/incidents/${id}/`)
    await service.ask("GET", "/nothing/")
    const text = await (await service.app.request("/metrics")).text()
    expect(text).toContain('itsm_http_requests_total{route="/incidents/{id}/",method="GET",status="200"} 1')
    expect(text).toContain('itsm_http_requests_total{route="none",method="GET",status="404"} 1')
    expect(text).toContain(
      'itsm_http_request_duration_seconds_bucket{route="/incidents/",method="POST",status="201",le="+Inf"} 1'
    )
    expect(text).toContain("itsm_http_requests_in_flight 1")
    expect(text).not.toContain(id)
  })
})

describe("the log", () => {
  it("has one line for each request, with no body and no query", async () => {
    const lines: Array<string> = []
    const collecting = Logger.make(({ message }) => void lines.push(JSON.stringify(message)))
    const services = Context.add(service.services, Logger.CurrentLoggers, new Set([collecting]))
    const { ask } = await startService({ services })
    await ask("GET", "/incidents/?title=a+secret", { headers: { "x-request-id": "request-1" } })
    await ask("POST", "/incidents/", { body: { title: "a secret" } })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('"requestId":"request-1"')
    expect(lines[0]).toContain('"route":"/incidents/"')
    expect(lines.join()).not.toContain("secret")
  })
})

describe("the application in another one", () => {
  it("answers below its prefix, and leaves the rest to its host", async () => {
    const host = new Hono()
    const app = makeApp({
      services: service.services,
      authenticate: () => Effect.succeed(service.people.admin),
      settings: { cursorKey: new Uint8Array(32) }
    })
    host.route("/desk", app)
    host.get("/hello", (context) => context.text("hello"))
    expect(await (await host.request("/hello")).text()).toBe("hello")
    const created = await host.request("/desk/api/v1/incidents/", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "x" })
    })
    expect(created.headers.get("location")).toMatch(/^\/desk\/api\/v1\/incidents\/[0-9a-f-]{36}\/$/)
    expect((await host.request(created.headers.get("location")!)).status).toBe(200)
    expect((await host.request("/desk/api/v1/nothing/")).headers.get("content-type")).toBe("application/problem+json")
    expect((await host.request("/desk/api/v1/incidents/", { method: "PUT" })).status).toBe(405)
    expect((await host.request("/api/v1/incidents/")).status).toBe(404)
  })
})

afterAll(() => service.runtime.dispose())
