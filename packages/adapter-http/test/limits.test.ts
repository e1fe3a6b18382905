import { request } from "node:http"
import { Readable } from "node:stream"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { listen, type Service, startService } from "./service.ts"

let service: Service
let server: Awaited<ReturnType<typeof listen>>
beforeAll(async () => {
  service = await startService()
  server = await listen(service)
})

const mebibyte = 1024 * 1024
const bodyOf = (bytes: number) => {
  const start = '{"title":"x","filler":"'
  return `${start}${"y".repeat(bytes - start.length - 2)}"}`
}

/** A request on the wire; a body in parts has no length. */
const send = (path: string, headers: Readonly<Record<string, string>>, body?: string | ReadonlyArray<string>) =>
  new Promise<{ readonly status: number; readonly code: unknown }>((resolve, reject) => {
    const outgoing = request(
      {
        port: server.port,
        host: "127.0.0.1",
        path,
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: "Bearer admin", ...headers }
      },
      (answer) => {
        let text = ""
        answer
          .on("data", (chunk) => (text += chunk))
          .on("end", () =>
            resolve({ status: answer.statusCode!, code: text.startsWith("{") ? JSON.parse(text).code : undefined })
          )
      }
    )
    outgoing.on("error", reject)
    if (Array.isArray(body)) Readable.from(body).pipe(outgoing)
    else outgoing.end(body)
  })
const json = { "content-type": "application/json" }

describe("a body", () => {
  it("is at most one mebibyte, with or without a length", async () => {
    expect(await send("/api/v1/incidents/", json, bodyOf(mebibyte))).toEqual({ status: 422, code: "validation_failed" })
    expect(await send("/api/v1/incidents/", json, bodyOf(mebibyte + 1))).toEqual({
      status: 413,
      code: "payload_too_large"
    })
    const inParts = (text: string) => [text.slice(0, 1000), text.slice(1000, 500_000), text.slice(500_000)]
    expect(await send("/api/v1/incidents/", json, inParts(bodyOf(mebibyte)))).toEqual({
      status: 422,
      code: "validation_failed"
    })
    expect(await send("/api/v1/incidents/", json, inParts(bodyOf(mebibyte + 1)))).toEqual({
      status: 413,
      code: "payload_too_large"
    })
    expect((await service.ask("POST", "/incidents/", { text: bodyOf(mebibyte + 1) })).status).toBe(413)
  })

  it("is JSON of at most 32 levels, in UTF-8, that says nothing twice", async () => {
    const code = async (text: string) => (await service.ask("POST", "/incidents/", { text })).body["code"]
    const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`
    expect(await code(nested(32))).toBe("validation_failed")
    for (const bad of [
      nested(33),
      nested(100_000),
      "[".repeat(100_000),
      "",
      "{",
      '{"a":1,}',
      "{'a':1}",
      "NaN",
      '{"a":1} x',
      "\ufeff{}",
      '{"title":"a","title":"b"}',
      '{"title":"a","t\\u0069tle":"b"}',
      '{"a":{"b":[{"c":1,"c":2}]}}',
      '{"__proto__":1,"__proto__":2}'
    ]) {
      expect(await code(bad), bad.slice(0, 40)).toBe("malformed_json")
    }
    for (const fine of ['{"title":"a: {[\\""}', '{"title":"\\\\"}', '{"title":"a","tags":["a","a"]}'])
      expect(await code(fine), fine).toBeUndefined()
    const broken = await service.app.request("/api/v1/incidents/", {
      method: "POST",
      headers: { ...json, authorization: "Bearer admin" },
      body: new Uint8Array([0x22, 0xff, 0x22])
    })
    expect(broken.status).toBe(400)
  })

  it("has at most a thousand items in a list, and text that can be kept", async () => {
    const tags = (count: number) =>
      service.ask("POST", "/incidents/", {
        body: { title: "x", tags: Array.from({ length: count }, (_, index) => `t${index}`) }
      })
    expect((await tags(50)).status).toBe(201)
    expect((await tags(51)).body["errors"]).toMatchObject([{ pointer: "/tags" }])
    expect((await tags(1001)).body["errors"]).toMatchObject([{ pointer: "/tags", code: "too_many" }])
    expect((await service.ask("POST", "/incidents/", { text: '{"title":"a\\u0000b"}' })).body["errors"]).toMatchObject([
      { pointer: "/title", code: "invalid_text" }
    ])
    expect((await service.ask("POST", "/incidents/", { text: '{"title":"a\\ud800b"}' })).status).toBe(422)
  })
})

describe("a request", () => {
  it("has a URL of at most 8 KiB", async () => {
    const path = (length: number) =>
      `/api/v1/incidents/?title=${"x".repeat(length - "/api/v1/incidents/?title=".length)}`
    expect((await send(path(8192), {})).status).toBe(200)
    expect(await send(path(8193), {})).toEqual({ status: 414, code: "uri_too_long" })
  })

  it("has headers of at most 16 KiB", async () => {
    const filler = (length: number) =>
      service.ask("GET", "/incidents/", { headers: { "x-filler": "x".repeat(length) } })
    // each header with its colon, space and end of line
    const others = "authorization: Bearer admin\r\nx-filler: \r\n".length
    expect((await filler(16 * 1024 - others)).status).toBe(200)
    const beyond = await filler(16 * 1024 - others + 1)
    expect([beyond.status, beyond.body["code"]]).toEqual([431, "headers_too_large"])
  })
})

afterAll(async () => {
  await server.close()
  await service.runtime.dispose()
})
