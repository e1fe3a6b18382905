import { Readable } from "node:stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startSurveys } from "./surveys.ts"

let service: Awaited<ReturnType<typeof startSurveys>>
beforeAll(async () => {
  service = await startSurveys()
})
afterAll(() => service.runtime.dispose())

const titles = async () =>
  ((await service.ask("GET", "/surveys/?limit=100", "admin")).body["items"] as ReadonlyArray<{ title: string }>).map(
    ({ title }) => title
  )

const importing = async (
  body: string | ReadableStream<Uint8Array>,
  as = "admin",
  more: Record<string, string> = {}
) => {
  const answer = await service.send("POST", `/surveys/import/${more["query"] ?? ""}`, as, {
    body: body as string,
    headers: {
      "content-type": "application/x-ndjson",
      ...(typeof body === "string" ? { "content-length": String(Buffer.byteLength(body)) } : {}),
      ...(more["key"] === undefined ? {} : { "idempotency-key": more["key"] })
    },
    ...({ duplex: "half" } as object)
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as Record<string, unknown> }
}

const line = (value: unknown) => `${JSON.stringify(value)}\n`

describe("a stream of records", () => {
  it("is taken as one command: all of it, once, with an audit entry", async () => {
    const body = line({ title: "One", score: 1 }) + line({ title: "Two", score: 2 }).trim()
    const first = await importing(body, "admin", { key: "import-1" })
    expect([first.status, first.body]).toEqual([200, { made: 2 }])
    const again = await importing(body, "admin", { key: "import-1" })
    expect([again.body, again.headers.get("idempotency-replayed")]).toEqual([{ made: 2 }, "true"])
    const longer = await importing(`${body} `, "admin", { key: "import-1" })
    expect([longer.status, longer.body["code"]]).toEqual([422, "idempotency_key_reused"])
    const unsaid = await importing(new Blob([body]).stream(), "admin", { key: "import-2" })
    expect([unsaid.status, unsaid.body["code"]]).toEqual([400, "malformed_body"])
    expect((await titles()).toSorted()).toEqual(["One", "Two"])
  })

  it("names the line, and where in it, and leaves nothing behind", async () => {
    const before = await titles()
    const wrong = await importing(line({ title: "Three", score: null }) + line({ title: "", score: 11 }))
    expect([wrong.status, wrong.body["errors"]]).toEqual([
      422,
      [
        { pointer: "/title", code: "invalid_length", message: expect.any(String), line: 2 },
        { pointer: "/score", code: expect.any(String), message: expect.any(String), line: 2 }
      ]
    ])
    const broken = await importing(`${line({ title: "Three", score: null })}{"title":\n`)
    expect(broken.body["errors"]).toMatchObject([{ pointer: "", code: "malformed_json", line: 2 }])
    const twice = await importing('{"title":"a","title":"b","score":1}\n')
    expect(twice.body["errors"]).toMatchObject([{ code: "malformed_json", line: 1 }])
    expect(await titles()).toEqual(before)
  })

  it("is read wherever its pieces end", async () => {
    const bytes = new TextEncoder().encode(line({ title: "Ü1", score: 1 }) + line({ title: "Ü2", score: 2 }))
    const single = Readable.toWeb(Readable.from([...bytes].map((byte) => Uint8Array.of(byte))))
    expect((await importing(single as ReadableStream<Uint8Array>)).body).toEqual({ made: 2 })
    expect(await titles()).toEqual(expect.arrayContaining(["Ü1", "Ü2"]))
  })

  it("decides a dry run and stores nothing of it", async () => {
    const before = await titles()
    const dry = await importing(line({ title: "Dry", score: 1 }), "admin", { query: "?dryRun=true" })
    expect([dry.status, dry.body["resource"]]).toEqual([200, { made: 1 }])
    expect(await titles()).toEqual(before)
  })

  it("is refused beyond its size, said or not, and no further read", async () => {
    const before = await titles()
    const most = 3 * 1024 * 1024
    const row = line({ title: "Big", score: 1 })
    const body = row.repeat(Math.floor(most / row.length))
    const rest = most - body.length
    expect((await importing(body + " ".repeat(rest + 1))).body["code"]).toBe("payload_too_large")
    let given = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        given += row.length * 1000
        controller.enqueue(new TextEncoder().encode(row.repeat(1000)))
      }
    })
    const refused = await importing(endless)
    expect([refused.status, refused.body["code"]]).toEqual([413, "payload_too_large"])
    expect(given).toBeLessThan(2 * most)
    expect((await importing(`{"title":"${"x".repeat(1024 * 1024)}"}`)).body["code"]).toBe("payload_too_large")
    expect(await titles()).toEqual(before)
  }, 60_000)

  it("is not read where its sender may not send it", async () => {
    let given = 0
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => (given++, controller.enqueue(new Uint8Array(1024))) },
      { highWaterMark: 0 }
    )
    expect((await importing(body, "clerk")).body["code"]).toBe("permission_denied")
    expect(given).toBe(0)
  })

  it("says so where it is of another media type, or ends too early", async () => {
    const other = await service.send("POST", "/surveys/import/", "admin", {
      body: "[]",
      headers: { "content-type": "application/json" }
    })
    expect(other.status).toBe(415)
    const cut = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("gone"))
    })
    expect((await importing(cut)).body["code"]).toBe("malformed_body")
  })
})

describe("a form with files", () => {
  const upload = async (form: FormData) => {
    const whole = new Response(form)
    const headers = { "content-type": whole.headers.get("content-type") ?? "" }
    const answer = await service.send("POST", "/surveys/upload/", "admin", { body: await whole.arrayBuffer(), headers })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  it("gives its parts in order, whatever their content", async () => {
    const form = new FormData()
    form.append("note", "plain")
    form.append("file", new Blob(["\r\n--x\r\n", new Uint8Array(300_000)], { type: "image/png" }), 'a "b".png')
    form.append("empty", new Blob([]), "empty.txt")
    const { status, body } = await upload(form)
    expect([status, body]).toEqual([
      200,
      [
        { name: "note", fileName: null, mediaType: "text/plain", bytes: 5 },
        { name: "file", fileName: 'a "b".png', mediaType: "image/png", bytes: 300_007 },
        { name: "empty", fileName: "empty.txt", mediaType: "application/octet-stream", bytes: 0 }
      ]
    ])
  })

  it("is refused beyond its size, and where it is no form", async () => {
    const before = await titles()
    const form = new FormData()
    form.append("file", new Blob([new Uint8Array(2 * 1024 * 1024)]), "large.bin")
    expect((await upload(form)).body["code"]).toBe("payload_too_large")
    const send = async (body: string, type = "multipart/form-data; boundary=x") => {
      const answer = await service.send("POST", "/surveys/upload/", "admin", {
        body,
        headers: { "content-type": type }
      })
      return ((await answer.json()) as Record<string, unknown>)["code"]
    }
    expect(await send('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nabc')).toBe("malformed_body")
    expect(await send("--x\r\nContent-Type: text/plain\r\n\r\nabc\r\n--x--")).toBe("malformed_body")
    expect(await send("--x--", "multipart/form-data")).toBe("malformed_body")
    expect(await send(`--x\r\n${"y".repeat(20_000)}`)).toBe("malformed_body")
    expect(await titles()).toEqual(before)
  })
})

describe("a command of many", () => {
  it("is answered with 202 where the work comes later, and stays within its caller's permission", async () => {
    const theirs = await service.make("Theirs", 1, "author")
    const other = await service.make("Other", 1)
    const reset = (as: string, ids: ReadonlyArray<string>) => service.ask("POST", "/surveys/reset/", as, { ids })
    const denied = await reset("reviewer", [theirs.id, other.id])
    expect([denied.status, denied.body["code"]]).toEqual([403, "permission_denied"])
    expect((await service.ask("GET", `/surveys/${other.id}/`, "admin")).body["score"]).toBe(1)
    const unseen = await reset("author", [theirs.id, other.id])
    expect([unseen.status, unseen.body["code"]]).toEqual([422, "validation_failed"])
    expect(await reset("author", [theirs.id])).toMatchObject({ status: 202, body: { taken: 1 } })
    expect((await service.ask("GET", `/surveys/${theirs.id}/`, "admin")).body).toMatchObject({
      score: null,
      version: 2
    })
    expect((await reset("admin", ["x"])).status).toBe(422)
  })
})
