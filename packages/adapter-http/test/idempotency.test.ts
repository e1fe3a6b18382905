import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

const keyed = (key: string) => ({ "idempotency-key": key })
const open = (key: string, title: string, as: "admin" | "agent" | "stranger" = "admin") =>
  service.ask("POST", "/incidents/", { as, body: { title }, headers: keyed(key) })
const count = async (title: string) => (await service.ask("GET", `/incidents/?count=true&title=${title}`)).body["total"]

describe("a request with a key", () => {
  it("is done once and answered the same again", async () => {
    const first = await open("key-1", "once")
    const second = await open("key-1", "once")
    expect([second.status, second.body, second.headers.get("etag"), second.headers.get("location")]).toEqual([
      201,
      first.body,
      first.headers.get("etag"),
      first.headers.get("location")
    ])
    expect([first.headers.get("idempotency-replayed"), second.headers.get("idempotency-replayed")]).toEqual([
      null,
      "true"
    ])
    expect(await count("once")).toBe(1)
  })

  it("is refused with another body or query", async () => {
    await open("key-2", "one")
    expect((await open("key-2", "two")).body["code"]).toBe("idempotency_key_reused")
    expect(await count("two")).toBe(0)
  })

  it("has its key to itself: by user, organization and path", async () => {
    for (const as of ["admin", "agent", "stranger"] as const)
      expect((await open("key-3", `by-${as}`, as)).headers.get("idempotency-replayed")).toBeNull()
    const { id } = await service.open("x")
    expect(
      (await service.ask("POST", `/incidents/${id}/start/`, { headers: keyed("key-3") })).headers.get(
        "idempotency-replayed"
      )
    ).toBeNull()
    const again = await service.ask("POST", `/incidents/${id}/start/`, { headers: keyed("key-3") })
    expect([again.status, again.headers.get("etag"), again.headers.get("idempotency-replayed")]).toEqual([
      200,
      '"2"',
      "true"
    ])
  })

  it("is one of many at the same time", async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => open("key-4", "raced")))
    const fresh = answers.filter(
      ({ status, headers }) => status === 201 && headers.get("idempotency-replayed") === null
    )
    expect(fresh).toHaveLength(1)
    for (const { status, body } of answers)
      expect(status === 201 || body["code"] === "idempotency_in_progress").toBe(true)
    expect(await count("raced")).toBe(1)
  })

  it("that failed may be sent again", async () => {
    expect((await service.ask("POST", "/incidents/", { body: {}, headers: keyed("key-5") })).status).toBe(422)
    expect((await open("key-5", "mended")).status).toBe(201)
  })

  it("as a dry run leaves the key alone", async () => {
    expect(
      (await service.ask("POST", "/incidents/?dryRun=true", { body: { title: "later" }, headers: keyed("key-6") }))
        .status
    ).toBe(201)
    expect((await open("key-6", "later")).headers.get("idempotency-replayed")).toBeNull()
  })

  it("is permitted before it is answered again", async () => {
    const { id } = await service.open("x", {}, "caller")
    const cancel = () =>
      service.ask("POST", `/incidents/${id}/cancel/`, {
        as: "caller",
        body: { cancelReason: "withdrawn" },
        headers: keyed("key-7")
      })
    expect((await cancel()).status).toBe(200)
    expect((await cancel()).status).toBe(403)
  })
})

describe("a key", () => {
  it("is 1 to 255 visible characters of ASCII", async () => {
    for (const good of ["x", "x".repeat(255), '!~"{}']) expect((await open(good, "keyed")).status, good).toBe(201)
    for (const bad of ["", "x".repeat(256), "with space", "caf\u00e9"])
      expect((await open(bad, "unkeyed")).body["code"], bad).toBe("invalid_idempotency_key")
    expect(await count("unkeyed")).toBe(0)
  })
})

afterAll(() => service.runtime.dispose())
