import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startSurveys, streamed } from "./surveys.ts"

let service: Awaited<ReturnType<typeof startSurveys>>
let good: { readonly id: string }
let own: { readonly id: string }
beforeAll(async () => {
  service = await startSurveys()
  good = await service.make("Good", 9)
  own = await service.make("Own", 2, "author")
})
afterAll(() => service.runtime.dispose())

const parametersOf = (body: Record<string, unknown>) =>
  (body["errors"] as ReadonlyArray<Record<string, unknown>>).map(
    ({ parameter, code }) => `${String(parameter)} ${String(code)}`
  )

describe("a query about a record", () => {
  it("reads its parameters as what they are", async () => {
    const path = `/surveys/${good.id}/summary/?times=2&mood=good&loud=true&words=a,b`
    const { status, body } = await service.ask("GET", path, "admin")
    expect([status, body["input"]]).toEqual([200, { times: 2, mood: "good", loud: true, words: ["a", "b"] }])
  })

  it("names every parameter that is wrong, unknown or given twice", async () => {
    const at = (query: string) => service.ask("GET", `/surveys/${good.id}/summary/?${query}`, "admin")
    const wrong = await at("times=7&mood=so-so&loud=maybe")
    expect([wrong.status, wrong.body["code"]]).toEqual([400, "invalid_parameter"])
    expect(parametersOf(wrong.body)).toEqual(["times out_of_range", "mood invalid_value", "loud invalid_type"])
    expect((await at("colour=red")).body["code"]).toBe("unknown_parameter")
    expect((await at("times=1&times=2")).body["code"]).toBe("duplicate_parameter")
    const missing = await service.ask("GET", "/surveys/above/", "admin")
    expect([missing.status, parametersOf(missing.body)]).toEqual([400, ["score required"]])
  })

  it("is 404 for whoever does not see the record, 403 for whoever may not ask, before its input is looked at", async () => {
    const at = (id: string, as: string) => service.ask("GET", `/surveys/${id}/judge/?colour=red`, as)
    expect((await at(good.id, "author")).status).toBe(404)
    expect((await at("nonsense", "author")).status).toBe(404)
    expect((await at(good.id, "clerk")).body["code"]).toBe("permission_denied")
    expect((await at(good.id, "admin")).body["code"]).toBe("unknown_parameter")
    expect((await service.ask("GET", `/surveys/${good.id}/judge/`, null)).status).toBe(401)
    expect((await service.ask("GET", `/surveys/${own.id}/judge/`, "author")).body).toEqual({ good: false })
  })

  it("fails with its own errors", async () => {
    const open = await service.make("Open", null)
    const { status, body } = await service.ask("GET", `/surveys/${open.id}/judge/`, "admin")
    expect([status, body["code"], body["guard"]]).toEqual([409, "guard_failed", "answered"])
  })

  it("shows nothing that its caller may not read", async () => {
    const { body } = await service.ask("GET", `/surveys/${good.id}/summary/`, "clerk")
    expect(body["survey"]).toMatchObject({ id: good.id, title: "Good" })
    expect(Object.keys(body["survey"] as object)).not.toContain("score")
    const whole = await service.ask("GET", `/surveys/${good.id}/summary/`, "admin")
    expect(whole.body["survey"]).toMatchObject({ score: 9 })
    expect(Object.keys(whole.body["survey"] as object)).not.toContain("link")
  })
})

describe("a query about the records of a kind", () => {
  it("counts what its caller sees, and by no field that is closed to them", async () => {
    const above = async (as: string) => (await service.ask("GET", "/surveys/above/?score=1", as)).body["count"]
    expect([await above("admin"), await above("author"), await above("clerk")]).toEqual([2, 1, 0])
    expect((await service.ask("GET", "/surveys/above/?score=1", "stranger")).status).toBe(403)
  })

  it("takes an input as a body where it says so", async () => {
    const match = (body: unknown) => service.ask("POST", "/surveys/match/", "author", body)
    expect((await match({ titles: ["Good", "Own"] })).body).toEqual(["Own"])
    const wrong = await match({ titles: [1] })
    expect([wrong.status, wrong.body["code"]]).toEqual([422, "validation_failed"])
    expect((await service.ask("POST", "/surveys/match/", "author")).body["code"]).toBe("malformed_json")
  })

  it("stands beside the ids, with its own methods", async () => {
    const wrong = await service.send("DELETE", "/surveys/above/", "admin")
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"])
    expect((await service.send("GET", "/surveys/import/", "admin")).status).toBe(405)
  })
})

describe("a query about nothing in particular", () => {
  it("may be open to anybody, and then sees nothing", async () => {
    expect(await service.ask("GET", "/server-weather/", null)).toEqual({ status: 200, body: { fine: true, seen: 0 } })
  })
})

describe("the bearer of a link", () => {
  it("sees the one record that the link names, and does what it allows", async () => {
    const as = "secret-of-Good"
    expect((await service.ask("GET", `/surveys/${good.id}/form/`, as)).body).toEqual({ title: "Good", seen: 1 })
    expect((await service.ask("GET", `/surveys/${own.id}/form/`, as)).status).toBe(404)
    const answered = await service.ask("POST", `/surveys/${good.id}/answer/`, as, { score: 10 })
    expect([answered.status, answered.body["score"]]).toEqual([200, 10])
    expect((await service.ask("POST", `/surveys/${own.id}/answer/`, as, { score: 10 })).status).toBe(404)
  })

  it("is nobody without the secret, and elsewhere", async () => {
    const at = `/surveys/${good.id}/form/`
    expect((await service.ask("GET", at, null)).body["code"]).toBe("unauthenticated")
    expect((await service.ask("GET", at, "secret-of-Nothing")).body["code"]).toBe("token_invalid")
    expect((await service.ask("GET", at, "admin")).status).toBe(401)
    expect((await service.ask("GET", `/surveys/${good.id}/`, "secret-of-Good")).status).toBe(401)
  })
})

describe("an answer that is not JSON", () => {
  it("goes out with its media type", async () => {
    const csv = await service.send("GET", "/surveys/export/", "author", { headers: { accept: "text/csv" } })
    expect([csv.status, csv.headers.get("content-type")]).toEqual([200, "text/csv; charset=utf-8"])
    expect(await csv.text()).toBe("Own,2\n")
    const picture = await service.send("GET", `/surveys/${good.id}/badge/`, "admin")
    expect(picture.headers.get("content-type")).toBe("image/svg+xml")
    expect(await picture.text()).toBe("<svg><title>Good</title></svg>")
    expect((await service.send("HEAD", "/surveys/export/", "author")).status).toBe(200)
  })

  it("masks fields in streams too", async () => {
    expect(await (await service.send("GET", "/surveys/export/", "clerk")).text()).toContain("Good,undefined\n")
  })

  it("is made no faster than it is read, and ends when its reader goes away", async () => {
    const answer = await service.send("GET", "/surveys/endless/", "admin")
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    for (let count = 0; count < 5; count++) await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(streamed.pieces).toBeLessThan(50)
    expect(streamed.closed).toBe(0)
    await reader.cancel()
    await expect.poll(() => streamed.closed).toBe(1)
    const made = streamed.pieces
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(streamed.pieces).toBe(made)
  })
})
