import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { listen, type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

const always = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'"
}

describe("paths", () => {
  it("are the same with and without the last slash, and keep their case", async () => {
    const { id } = await service.open("Mail is down")
    for (const path of [`/incidents/${id}`, `/incidents/${id}/`, "/incidents", "/incidents/"])
      expect((await service.ask("GET", path)).status).toBe(200)
    for (const path of ["/Incidents/", `/incidents/${id.toUpperCase()}/`, "/incidents/x/", "/nothing/"])
      expect((await service.ask("GET", path)).status, path).toBe(404)
  })

  it("have one spelling: what is doubled, encoded or dotted is no route", async () => {
    const server = await listen(service)
    const { id } = await service.open("Mail is down")
    const status = (path: string) =>
      new Promise<number>((resolve) => {
        const socket = connect(server.port, "127.0.0.1", () =>
          socket.end(
            `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer admin\r\nConnection: close\r\n\r\n`
          )
        )
        let text = ""
        socket.on("data", (chunk) => (text += chunk)).on("close", () => resolve(Number(text.split(" ")[1])))
      })
    expect(await status(`/api/v1/incidents/${id}/`)).toBe(200)
    const spellings = [
      "//api/v1/incidents/",
      "/api//v1/incidents/",
      "/api/v1//incidents/",
      "/api/v1/incidents//",
      "/api/v1/./incidents/",
      "/api/v1/x/../incidents/",
      "/api/v1/%2e/incidents/",
      "/api/v1/x/%2e%2e/incidents/",
      "/api/v1%2fincidents/",
      "/api/v1%2Fincidents",
      "/api/v1/incidents%5c",
      "/api/v1/%69ncidents/",
      "/api/v1/incidents/..",
      "/api/v1/incidents/.",
      `/api/v1/incidents/${id}/..%2f`,
      `/api/v1/incidents;/${id}`,
      "/api/v1/incidents%00/",
      "/api/v1/incidents/%20"
    ]
    for (const path of spellings) expect(await status(path), path).toBe(404)
    await server.close()
  })
})

describe("media types", () => {
  it("of a body are JSON in UTF-8, and for a PATCH merge patch as well", async () => {
    const { id } = await service.open("Mail is down")
    const patch = (type: string) =>
      service.ask("PATCH", `/incidents/${id}/`, { body: { title: "x" }, headers: { "content-type": type } })
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      'Application/JSON;charset="UTF-8"',
      "application/merge-patch+json"
    ]) {
      expect((await patch(type)).status, type).toBe(200)
    }
    for (const type of ["text/plain", "application/json; charset=latin1", "application/xml", "multipart/form-data"])
      expect((await patch(type)).body["code"], type).toBe("unsupported_media_type")
    const merge = { headers: { "content-type": "application/merge-patch+json" } }
    expect((await service.ask("POST", "/incidents/", { body: { title: "x" }, ...merge })).status).toBe(415)
  })

  it("of an answer are JSON: an Accept that excludes it is refused", async () => {
    const get = (accept: string) => service.ask("GET", "/incidents/", { headers: { accept } })
    for (const accept of [
      "*/*",
      "application/*",
      "application/json",
      "application/problem+json",
      "text/html, */*;q=0.1",
      "text/html;q=0, application/json;q=0.5"
    ]) {
      expect((await get(accept)).status, accept).toBe(200)
    }
    for (const accept of [
      "text/html",
      "application/json;q=0",
      "application/json;q=0, */*",
      "*/*;q=0",
      "application/*;q=0.0, text/*"
    ]) {
      expect((await get(accept)).body["code"], accept).toBe("not_acceptable")
    }
  })

  it("need no name where there is no body", async () => {
    const { id } = await service.open("Mail is down")
    expect((await service.ask("POST", `/incidents/${id}/start/`)).status).toBe(200)
    expect((await service.ask("POST", `/incidents/${id}/hold/`)).body["code"]).toBe("malformed_json")
  })
})

describe("status", () => {
  it("of a creation is 201 with the place and the version", async () => {
    const { status, headers, body } = await service.ask("POST", "/incidents/", { body: { title: "Mail is down" } })
    expect([status, headers.get("location"), headers.get("etag")]).toEqual([
      201,
      `/api/v1/incidents/${String(body["id"])}/`,
      '"1"'
    ])
    const read = await service.ask("GET", headers.get("location")!)
    expect(read.body).toEqual(body)
  })

  it("of an action is 200 with the record, and 201 where it makes another one", async () => {
    const { id } = await service.open("Mail is down")
    const started = await service.ask("POST", `/incidents/${id}/start/`)
    expect([started.status, started.headers.get("etag"), started.body["state"]]).toEqual([200, '"2"', "in_progress"])
    const commented = await service.ask("POST", `/incidents/${id}/add_comment/`, { body: { body: "Looking into it" } })
    expect([commented.status, commented.headers.get("location")]).toEqual([
      201,
      `/api/v1/incident-comments/${String(commented.body["id"])}/`
    ])
    const alias = await service.ask("POST", `/incidents/${id}/comments/`, { body: { body: "Still looking" } })
    expect([alias.status, alias.body["incidentId"]]).toEqual([201, id])
    expect((await service.ask("GET", `/incidents/${id}/comments/`)).body["items"]).toHaveLength(2)
  })

  it("of a deletion is 204, then 404, until it is restored", async () => {
    const { id } = await service.open("Mail is down")
    expect((await service.ask("DELETE", `/incidents/${id}/`)).status).toBe(204)
    expect((await service.ask("DELETE", `/incidents/${id}/`)).status).toBe(404)
    expect((await service.ask("GET", `/incidents/${id}/`)).status).toBe(404)
    expect((await service.ask("POST", `/incidents/${id}/restore/`)).status).toBe(200)
    expect((await service.ask("GET", `/incidents/${id}/`)).status).toBe(200)
  })
})

describe("every answer", () => {
  it("carries its headers, errors and unknown paths too", async () => {
    const answers = await Promise.all([
      service.ask("GET", "/incidents/"),
      service.ask("GET", "/nothing/"),
      service.ask("GET", "/api/elsewhere"),
      service.ask("GET", "/incidents/", { as: null }),
      service.ask("PUT", "/incidents/"),
      service.ask("OPTIONS", "/incidents/"),
      service.ask("POST", "/incidents/", { text: "{" }),
      service.ask("GET", "/incidents/?x=1")
    ])
    for (const { headers } of answers) {
      for (const [name, value] of Object.entries(always)) expect(headers.get(name)).toBe(value)
      expect(headers.get("x-request-id")).toMatch(/^[A-Za-z0-9._-]{8,64}$/)
    }
  })

  it("names the request as the caller did, where that is a name", async () => {
    const named = (id: string) => service.ask("GET", "/nothing/", { headers: { "x-request-id": id } })
    const kept = await named("abc-123.DEF_4")
    expect([kept.headers.get("x-request-id"), kept.body["requestId"]]).toEqual(["abc-123.DEF_4", "abc-123.DEF_4"])
    for (const bad of ["short", "with space in it", "x".repeat(65), "<script>alert"])
      expect((await named(bad)).headers.get("x-request-id")).not.toBe(bad)
  })
})

describe("methods", () => {
  it("that a route does not have are 405 with those that it has, whoever asks", async () => {
    const { status, headers, body } = await service.ask("DELETE", "/incidents/", { as: null })
    expect([status, body["code"], headers.get("allow")]).toEqual([
      405,
      "method_not_allowed",
      "GET, HEAD, POST, OPTIONS"
    ])
    const options = await service.ask("OPTIONS", "/priority-matrix", { as: null })
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, PUT, OPTIONS"])
  })

  it("include HEAD, which is GET without the body", async () => {
    const { id } = await service.open("Mail is down")
    const { status, headers, body } = await service.ask("HEAD", `/incidents/${id}/`)
    expect([status, headers.get("etag"), body]).toEqual([200, '"1"', {}])
    expect((await service.ask("HEAD", "/incidents/", { as: null })).status).toBe(401)
  })
})

afterAll(() => service.runtime.dispose())
