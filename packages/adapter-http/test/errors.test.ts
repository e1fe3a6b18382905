import { Kernel, Store } from "@itsm/core/kernel"
import { Context, Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

describe("a problem", () => {
  it("says what, where and which request", async () => {
    const { status, headers, body } = await service.ask("POST", "/incidents/", {
      body: { impact: 9, colour: "red", number: "INC-1" },
      headers: { "x-request-id": "request-1" }
    })
    expect([status, headers.get("content-type")]).toEqual([422, "application/problem+json"])
    expect(body).toMatchObject({
      type: "https://itsm.dev/problems/validation-failed",
      title: "Validation failed",
      status: 422,
      detail: "4 fields are invalid.",
      instance: "/api/v1/incidents/",
      code: "validation_failed",
      requestId: "request-1"
    })
    const errors = body["errors"] as ReadonlyArray<{ readonly pointer: string; readonly code: string }>
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()).toEqual([
      "/colour unknown_field",
      "/impact out_of_range",
      "/number read_only_field",
      "/title required"
    ])
  })

  it("of the state names it and what is possible", async () => {
    const { id } = await service.open("Mail is down")
    const { status, body } = await service.ask("POST", `/incidents/${id}/close/`)
    expect([status, body["code"], body["currentState"]]).toEqual([409, "state_conflict", "new"])
    expect(body["allowedActions"]).toContain("resolve")
    const guarded = await service.ask("POST", `/incidents/${id}/clear_override/`)
    expect(guarded.body).toMatchObject({
      status: 409,
      code: "guard_failed",
      guard: "isOverridden",
      reason: "The priority is not overridden."
    })
  })

  it("of something that is not there is one and the same body", async () => {
    const { id } = await service.open("Mail is down")
    const comparable = ({ instance: _, requestId: __, ...body }: Readonly<Record<string, unknown>>) => body
    const random = "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b"
    const answers = await Promise.all([
      service.ask("GET", "/nothing/"),
      service.ask("GET", `/incidents/${random}/`),
      service.ask("GET", "/incidents/not-an-id/"),
      service.ask("GET", `/incidents/${id}/`, { as: "stranger" }),
      service.ask("GET", `/incidents/${id}/`, { as: "bystander" }),
      service.ask("POST", `/incidents/${id}/resolve/`, { as: "stranger", body: {} }),
      service.ask("GET", `/incidents/${id}/comments/`, { as: "stranger" }),
      service.ask("GET", `/incidents/${id}/transitions/`, { as: "stranger" }),
      service.ask("GET", "/api/elsewhere")
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(404)
      expect(comparable(answer.body)).toEqual(comparable(answers[0].body))
    }
  })

  it("of an id in a body that the caller may not use is one and the same text", async () => {
    const theirs = (await service.ask("GET", "/users/", { as: "stranger" })).body["items"] as ReadonlyArray<{
      readonly id: string
    }>
    const problems = await Promise.all(
      [theirs[0]!.id, "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a0b", (await service.open("x")).id].map((requestedForId) =>
        service.ask("POST", "/incidents/", { body: { title: "x", requestedForId } })
      )
    )
    for (const { status, body } of problems) {
      expect([status, body["errors"]]).toEqual([
        422,
        [{ pointer: "/requestedForId", code: "reference_not_found", message: "names no record that you may use here" }]
      ])
    }
  })
})

describe("the order of checks", () => {
  it("is route and method, size and media type, authentication, permission, visibility, precondition, body, state", async () => {
    const { id } = await service.open("Mail is down", {}, "caller")
    const hidden = `/incidents/${(await service.open("Board only")).id}/`
    const code = async (...asked: Parameters<Service["ask"]>) => (await service.ask(...asked)).body["code"]
    const text = "{ not json"
    const xml = { "content-type": "application/xml" }
    const stale = { "if-match": '"7"' }
    expect(await code("POST", "/nothing/", { as: null, text, headers: xml })).toBe("not_found")
    expect(await code("PUT", "/incidents/", { as: null, text, headers: xml })).toBe("method_not_allowed")
    expect(
      await code("POST", "/incidents/", { as: null, text, headers: { ...xml, "content-length": "1048577" } })
    ).toBe("payload_too_large")
    expect(await code("POST", "/incidents/", { as: null, text, headers: xml })).toBe("unsupported_media_type")
    expect(await code("POST", "/incidents/", { as: null, text })).toBe("unauthenticated")
    expect(await code("POST", "/roles/", { as: "caller", text })).toBe("permission_denied")
    expect(await code("POST", `${hidden}resolve/?nonsense=1`, { as: "caller", text })).toBe("permission_denied")
    expect(await code("PATCH", hidden, { as: "agent", text, headers: stale })).toBe("not_found")
    expect(await code("POST", `${hidden}close/`, { as: "caller", text, headers: stale })).toBe("not_found")
    expect(await code("POST", `/incidents/${id}/start/`, { as: "caller", text, headers: stale })).toBe(
      "permission_denied"
    )
    expect(await code("POST", `/incidents/${id}/close/?nonsense=1`, { as: "caller", text, headers: stale })).toBe(
      "precondition_failed"
    )
    expect(await code("POST", `/incidents/${id}/close/?nonsense=1`, { as: "caller", text })).toBe("unknown_parameter")
    expect(await code("POST", `/incidents/${id}/close/`, { as: "caller", text })).toBe("malformed_json")
    const started = (await service.open("Mail is slow")).id
    await service.ask("POST", `/incidents/${started}/start/`)
    expect(await code("POST", `/incidents/${started}/reopen/`, { body: { colour: "red" } })).toBe("validation_failed")
    expect(await code("POST", `/incidents/${started}/reopen/`, { body: { reason: "It is down again" } })).toBe(
      "state_conflict"
    )
  })

  it("tells a caller without the permission nothing about queries either", async () => {
    const denied = { as: "caller" } as const
    expect((await service.ask("GET", "/audit-logs/?nonsense=1", denied)).body["code"]).toBe("permission_denied")
    expect((await service.ask("GET", "/audit-logs/x/", denied)).body["code"]).toBe("permission_denied")
  })
})

describe("a defect", () => {
  const broken = async (defect: unknown) => {
    const kernel = Context.get(service.services, Kernel.Kernel)
    const store: Store.StoreShape = { ...kernel.store, find: () => Effect.die(defect), get: () => Effect.die(defect) }
    const { ask } = await startService({ services: Context.add(service.services, Kernel.Kernel, { ...kernel, store }) })
    return ask("GET", "/incidents/")
  }

  it("is a 500 that says nothing about itself", async () => {
    const { status, body } = await broken(new Error("SELECT secret FROM users"))
    expect([status, body["code"], JSON.stringify(body).includes("SELECT")]).toEqual([500, "internal_error", false])
  })

  it("of a storage that is down is a 503 with the time to wait, however deep it lies", async () => {
    const down = new Store.StorageUnavailable({ cause: "ECONNREFUSED 10.0.0.1" })
    for (const defect of [down, new Error("query failed", { cause: down })]) {
      const { status, headers, body } = await broken(defect)
      expect([status, body["code"], JSON.stringify(body).includes("10.0.0.1")]).toEqual([
        503,
        "storage_unavailable",
        false
      ])
      expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
      expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(30)
    }
  })

  it("of a request that takes too long is a 503", async () => {
    const { ask } = await startService({
      authenticate: () => Effect.never,
      settings: { cursorKey: new Uint8Array(32), timeoutMs: 20 }
    })
    const { status, headers, body } = await ask("GET", "/incidents/")
    expect([status, body["code"], headers.get("retry-after")]).toEqual([503, "unavailable", "1"])
  })
})

afterAll(() => service.runtime.dispose())
