import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Service, startService } from "./service.ts"

let service: Service
beforeAll(async () => {
  service = await startService()
})

describe("If-None-Match", () => {
  it("spares the body of a version that the caller has", async () => {
    const { id } = await service.open("Mail is down")
    const get = (tag: string) => service.ask("GET", `/incidents/${id}/`, { headers: { "if-none-match": tag } })
    for (const tag of ['"1"', 'W/"1"', '"7", "1"', "*"]) {
      const { status, headers, body } = await get(tag)
      expect([status, headers.get("etag"), headers.get("content-type"), body], tag).toEqual([304, '"1"', null, {}])
    }
    for (const tag of ['"2"', "1", '""']) expect((await get(tag)).status, tag).toBe(200)
  })
})

describe("If-Match", () => {
  it("stops a change of another version, and nothing is written", async () => {
    const { id } = await service.open("Mail is down")
    const change = (tag: string, title: string) =>
      service.ask("PATCH", `/incidents/${id}/`, { body: { title }, headers: { "if-match": tag } })
    for (const tag of ['"2"', 'W/"1"', "1", '"1', "nonsense", '"0"', '"x", "y"', '"7", "8"', ""]) {
      const { status, body } = await change(tag, "other")
      expect([status, body["code"], body["currentEtag"]], tag).toEqual([412, "precondition_failed", '"1"'])
    }
    expect((await service.ask("GET", `/incidents/${id}/`)).body).toMatchObject({ title: "Mail is down", version: 1 })
    expect((await change('"1"', "first")).headers.get("etag")).toBe('"2"')
    expect((await change('"9", "2"', "second")).headers.get("etag")).toBe('"3"')
    expect((await change("*", "third")).headers.get("etag")).toBe('"4"')
  })

  it("holds for actions and deletions", async () => {
    const { id } = await service.open("Mail is down")
    const stale = { headers: { "if-match": '"9"' } }
    expect((await service.ask("POST", `/incidents/${id}/start/`, stale)).status).toBe(412)
    expect((await service.ask("DELETE", `/incidents/${id}/`, stale)).status).toBe(412)
    expect((await service.ask("DELETE", `/incidents/${id}/`, { headers: { "if-match": '"1"' } })).status).toBe(204)
  })

  it("lets one of many writers with the same version through", async () => {
    const { id } = await service.open("Mail is down")
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        service.ask("PATCH", `/incidents/${id}/`, { body: { title: `t${index}` }, headers: { "if-match": '"1"' } })
      )
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 412)])
  })

  it("is asked for where shared configuration changes", async () => {
    const role = (await service.ask("POST", "/roles/", { body: { key: "auditor", name: "Auditor", permissions: [] } }))
      .body
    const path = `/roles/${String(role["id"])}/`
    expect((await service.ask("PATCH", path, { body: { name: "Auditors" } })).body["code"]).toBe(
      "precondition_required"
    )
    expect((await service.ask("DELETE", path)).status).toBe(428)
    expect(
      (await service.ask("PATCH", path, { body: { name: "Auditors" }, headers: { "if-match": "*" } })).status
    ).toBe(200)
    expect((await service.ask("DELETE", path, { headers: { "if-match": '"2"' } })).status).toBe(204)
  })
})

describe("a single record of an organization", () => {
  it("is read and replaced at one path", async () => {
    const read = await service.ask("GET", "/priority-matrix/")
    expect([read.status, read.headers.get("etag"), read.body["size"]]).toEqual([200, '"0"', 3])
    const cells = [
      [1, 1, 2],
      [1, 2, 3],
      [2, 3, 4]
    ]
    const replaced = await service.ask("PUT", "/priority-matrix/", {
      body: { size: 3, cells },
      headers: { "if-match": '"0"' }
    })
    expect([replaced.status, replaced.headers.get("etag"), replaced.body["cells"]]).toEqual([200, '"1"', cells])
    expect(
      (await service.ask("PUT", "/priority-matrix/", { body: { size: 3, cells }, headers: { "if-match": '"0"' } }))
        .status
    ).toBe(412)
    expect((await service.ask("PUT", "/priority-matrix/", { as: "caller", body: { size: 3, cells } })).status).toBe(403)
  })
})

afterAll(() => service.runtime.dispose())
