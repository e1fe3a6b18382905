import { catalogue } from "@itsm/core"
import { validate } from "@readme/openapi-parser"
import { Catalogue, Input, Timer } from "@itsm/core/kernel"
import { Effect, Result, Schema } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { documentOf, documentPages, Endpoint, endpointsOf, tableOf } from "../src/index.ts"
import { type Service, startService } from "./service.ts"
import { surveyCatalogue } from "./surveys.ts"

const settings = { cursorKey: new Uint8Array(32) }
const Greeting = Schema.Struct({ hello: Schema.String }).annotate({ identifier: "Greeting" })
const greet = Endpoint.handWritten({
  id: "greetings.send",
  tag: "greetings",
  method: "POST",
  path: "/greetings/",
  summary: "Greets.",
  access: "anonymous",
  query: { loud: { description: "Loudly.", schema: { type: "boolean" } } },
  body: Greeting,
  response: Greeting,
  run: ({ body, query }) => Effect.succeed({ hello: query.loud === "true" ? body.hello.toUpperCase() : body.hello })
})

let service: Service
let table: ReadonlyArray<Endpoint.Endpoint<never>>
let document: Json
beforeAll(async () => {
  service = await startService({ endpoints: [greet] })
  table = tableOf({ services: service.services, settings, endpoints: [greet] })
  document = documentOf(catalogue, table, { basePath: "/api/v1" }) as Json
})

/** The document, as far as the tests look into it. */
interface Json {
  readonly [key: string]: Json
}
const operations = () => Object.values(document["paths"]!).flatMap((item) => Object.values(item))
const resolved = (value: Json | undefined): Json | undefined =>
  typeof value?.["$ref"] === "string"
    ? resolved(
        String(value["$ref"])
          .slice(2)
          .split("/")
          .reduce((at: Json | undefined, key) => at?.[key], document)
      )
    : value

describe("the document", () => {
  it("is valid OpenAPI 3.1, with every endpoint under a name of its own", async () => {
    expect(await validate(structuredClone(document) as never)).toMatchObject({ valid: true, warnings: [] })
    const ids = operations().map((operation) => operation["operationId"])
    expect(new Set(ids).size).toBe(table.length)
    expect(ids).toContain("incidents.resolve")
  })

  it("is the same each time", () => {
    expect(JSON.stringify(documentOf(catalogue, table, { basePath: "/api/v1" }))).toBe(JSON.stringify(document))
  })

  it("shows a request that the endpoint would read, for each that takes one", () => {
    for (const endpoint of table) {
      if (endpoint.body === undefined) continue
      const operation = document["paths"]![`/api/v1${endpoint.path}`]![endpoint.method.toLowerCase()]!
      for (const content of Object.values(operation["requestBody"]!["content"]!)) {
        expect(
          Result.isSuccess(Input.decoder(endpoint.body.schema)(content["example"])),
          `${endpoint.id} ${JSON.stringify(content["example"])}`
        ).toBe(true)
      }
    }
  })

  it("shows an answer that is a record, for each that gives one", () => {
    const shown = document["components"]!["examples"]!
    for (const { entity } of catalogue.services) {
      const { allowedActions, ...record } = shown[entity.name as string]!["value"]!
      const read = Schema.decodeUnknownResult(entity.json, { errors: "all", onExcessProperty: "error" })(record)
      expect(Result.isSuccess(read), entity.name as string).toBe(true)
      expect(allowedActions !== undefined).toBe(entity.lifecycle !== undefined)
    }
    for (const operation of operations()) {
      const success = Object.entries(operation["responses"]!).find(([status]) => status.startsWith("2"))!
      const content = resolved(success[1])!["content"]
      if (content === undefined) expect(success[0]).toBe("204")
      else
        for (const media of Object.values(content))
          expect(
            "example" in media || resolved(media["examples"]?.["example"]) !== undefined,
            JSON.stringify(operation["operationId"])
          ).toBe(true)
    }
  })

  it("names the codes that each operation can answer with, by status", () => {
    const codesOf = (path: string, method: string, status: string) =>
      resolved(document["paths"]![path]![method]!["responses"]![status])?.["content"]?.["application/problem+json"]?.[
        "schema"
      ]?.["allOf"]?.[1]?.["properties"]?.["code"]?.["enum"]
    expect(codesOf("/api/v1/incidents/{id}/close/", "post", "409")).toEqual(
      expect.arrayContaining(["state_conflict", "guard_failed", "idempotency_in_progress"])
    )
    expect(codesOf("/api/v1/roles/{id}/", "patch", "428")).toEqual(["precondition_required"])
    expect(codesOf("/api/v1/incidents/", "get", "400")).toEqual(
      expect.arrayContaining(["unknown_parameter", "duplicate_parameter", "invalid_parameter", "invalid_cursor"])
    )
    expect(document["paths"]!["/api/v1/greetings/"]!["post"]!["responses"]).not.toHaveProperty("401")
  })

  it("names the filters, orders and relations of a list", () => {
    const parameters = document["paths"]!["/api/v1/incidents/"]!["get"]!["parameters"] as unknown as ReadonlyArray<
      Record<string, unknown>
    >
    const named = (name: string) =>
      parameters.map((each) => resolved(each as Json) as Record<string, unknown>).find((each) => each["name"] === name)
    expect(named("priority")).toMatchObject({ "x-filter-operators": ["ne", "in", "gt", "gte", "lt", "lte", "isNull"] })
    expect(named("sort")?.["description"]).toContain("`priority`")
    expect(named("include")?.["description"]).toContain("`assignee`")
    expect(JSON.stringify(document)).not.toContain("passwordHash")
  })
})

describe("the size of the document, as it goes out", () => {
  const sizeOf = (shape: object) => JSON.stringify(shape).length

  it("is less than 3 kB an operation", () => {
    expect(sizeOf(document) / operations().length).toBeLessThan(3000)
  })

  it("grows by less than 3 kB with each operation of another module", async () => {
    const modules = Catalogue.make([...catalogue.modules, ...surveyCatalogue.modules], [Timer.Timer])
    const more = endpointsOf(surveyCatalogue, settings.cursorKey)
    const larger = documentOf(modules, [...table, ...more], { basePath: "/api/v1" })
    expect(await validate(structuredClone(larger) as never)).toMatchObject({ valid: true, warnings: [] })
    expect((sizeOf(larger) - sizeOf(document)) / more.length).toBeLessThan(3000)
  })

  it("says what goes in and out that is not JSON, and who may call", () => {
    const { paths } = documentOf(surveyCatalogue, endpointsOf(surveyCatalogue, settings.cursorKey), {
      basePath: ""
    }) as Json
    const at = (path: string, method: string) => paths![path]![method]!
    expect(Object.keys(at("/surveys/import/", "post")["requestBody"]!["content"]!)).toEqual(["application/x-ndjson"])
    expect(Object.keys(at("/surveys/upload/", "post")["requestBody"]!["content"]!)).toEqual(["multipart/form-data"])
    expect(Object.keys(at("/surveys/export/", "get")["responses"]!["200"]!["content"]!)).toEqual(["text/csv"])
    expect(Object.keys(at("/surveys/reset/", "post")["responses"]!)).toContain("202")
    expect(at("/server-weather/", "get")["security"]).toEqual([])
    expect(at("/surveys/{id}/form/", "get")["security"]).toEqual([{ link: [] }])
    expect(at("/surveys/above/", "get")["parameters"]).toContainEqual({
      name: "score",
      in: "query",
      description: expect.any(String),
      schema: expect.objectContaining({ type: "integer" }),
      required: true
    })
  })
})

describe("an endpoint that is written by hand", () => {
  it("reads its input as a command does, and says it in JSON", async () => {
    const send = (path: string, body: unknown) => service.ask("POST", path, { as: null, body })
    expect(await send("/greetings/?loud=true", { hello: "you" })).toMatchObject({ status: 200, body: { hello: "YOU" } })
    expect((await send("/greetings/", { hello: 1, x: 2 })).status).toBe(422)
    expect((await send("/greetings/?x=1", { hello: "you" })).body["code"]).toBe("unknown_parameter")
    expect((await service.ask("POST", "/greetings/", { as: null })).body["code"]).toBe("malformed_json")
  })
})

describe("the pages of the document", () => {
  it("need nothing from elsewhere, and no script of their own text", async () => {
    const { app } = await startService({ pages: documentPages(() => document) })
    const read = await app.request("/api/schema")
    expect([read.status, ((await read.json()) as Json)["openapi"]]).toEqual([200, "3.1.0"])
    for (const page of ["/api/docs/", "/api/redoc/", "/api/docs", "/api/redoc"]) {
      const answer = await app.request(page)
      const text = await answer.text()
      expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8")
      expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/)
      expect(text).not.toMatch(/https?:|<script>| on\w+=|style=/)
      const files = [...text.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(
        ([, file]) => new URL(file!, `http://server${page}`).pathname
      )
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) expect((await app.request(file)).status, file).toBe(200)
    }
    expect((await app.request("/api/redoc/redoc.standalone.js")).headers.get("content-type")).toBe(
      "text/javascript; charset=utf-8"
    )
  })
})

afterAll(() => service.runtime.dispose())
