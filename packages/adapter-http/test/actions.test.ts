import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

describe("allowedActions", () => {
  it("are those that this caller may call now, with the guards that hold", async () => {
    const { id } = await service.open("Mail is down", {}, "caller")
    const seenBy = async (as: "admin" | "caller") =>
      (await service.ask("GET", `/incidents/${id}/`, { as })).body["allowedActions"]
    expect(await seenBy("caller")).toEqual(["cancel", "add_comment"])
    expect(await seenBy("admin")).toEqual(["assign", "start", "resolve", "cancel", "add_comment", "override_priority"])
    const overridden = await service.ask("POST", `/incidents/${id}/override_priority/`, {
      body: { priority: 1, reason: "The board meets" }
    })
    expect(overridden.body["allowedActions"]).toContain("clear_override")
    const listed = await service.ask("GET", `/incidents/?fields=id,allowedActions&id=${id}`)
    expect(listed.body["items"]).toEqual([{ id, allowedActions: overridden.body["allowedActions"] }])
  })

  it("are explained by the transitions of the present state", async () => {
    const { id } = await service.open("Mail is down")
    const { body } = await service.ask("GET", `/incidents/${id}/transitions/`)
    expect(body["currentState"]).toBe("new")
    expect(body["transitions"]).toContainEqual({
      action: "clear_override",
      to: ["new"],
      allowed: false,
      guard: "isOverridden",
      reason: "The priority is not overridden."
    })
    expect(body["transitions"]).toContainEqual({ action: "start", to: ["in_progress"], allowed: true })
  })
})

describe("a dry run", () => {
  it("answers as the call would, and stores nothing", async () => {
    const { id } = await service.open("Mail is down")
    const { status, headers, body } = await service.ask("POST", `/incidents/${id}/start/?dryRun=true`)
    expect([status, headers.get("dry-run"), headers.get("etag")]).toEqual([200, "true", null])
    expect(body["resource"]).toMatchObject({ id, state: "in_progress", version: 2 })
    expect(body["events"]).toMatchObject([{ type: expect.stringMatching(/^incident\./), data: { id } }])
    expect((await service.ask("GET", `/incidents/${id}/`)).body["state"]).toBe("new")
    expect((await service.ask("POST", "/incidents/?dryRun=true", { body: { title: "x" } })).status).toBe(201)
    expect((await service.ask("DELETE", `/incidents/${id}/?dryRun=true`)).status).toBe(204)
    expect((await service.ask("GET", `/incidents/${id}/`)).status).toBe(200)
    expect((await service.ask("POST", `/incidents/${id}/resolve/?dryRun=true`, { body: {} })).status).toBe(422)
    expect((await service.ask("POST", `/incidents/${id}/start/?dryRun=yes`)).body["code"]).toBe("invalid_parameter")
  })
})

afterAll(() => service.runtime.dispose())
