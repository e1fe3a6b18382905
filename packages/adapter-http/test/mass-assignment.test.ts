import { catalogue, type Entity } from "@itsm/core"
import { SchemaAST } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Route } from "./instance.ts"
import { storedVersions } from "./stored.ts"
import { callersOwn, entityOf, startWorld, type World } from "./world.ts"

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

/** The routes that write what a record says: creation, PATCH and PUT. */
const writers = () =>
  world.table.filter(
    ({ id, method, path, body }) =>
      body !== undefined && !id.startsWith("auth.") && (method !== "POST" || path === `/${entityOf({ path }).path}/`)
  )
/** Every other route that takes a body: the actions. */
const actions = () =>
  world.table.filter(
    (endpoint) => endpoint.body !== undefined && endpoint.command !== undefined && !writers().includes(endpoint)
  )

const namesIn = ({ body }: Route): ReadonlySet<string> => {
  const ast = SchemaAST.toEncoded(body!.schema.ast)
  return new Set(ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : [])
}

const send = (endpoint: Route, more: string) => {
  const { acme } = world
  const path = endpoint.path.replace("{id}", acme.live[entityOf(endpoint).name] ?? "")
  const input = JSON.stringify(acme.inputs[endpoint.id])
  return world.ask(endpoint.method, path, {
    token: endpoint.permission?.startsWith("platform.") === true ? world.operator : acme.tokens.admin,
    text: `${input.slice(0, -1)}${input === "{}" ? "" : ","}${more}}`,
    headers: endpoint.command?.requiresIfMatch === true ? { "if-match": "*" } : {}
  })
}

/** A value for a field that its own schema would take, where that is easily told. */
const plausible = ({ kind, literals }: Entity.AnyEntity["fields"][number]) => {
  switch (kind) {
    case "id":
      return world.acme.people.admin
    case "integer":
      return 1
    case "boolean":
      return true
    case "instant":
      return "2026-01-01T00:00:00.000Z"
    case "enum":
      return literals?.[0] ?? "x"
    default:
      return kind === "json" ? {} : "x"
  }
}

const writingNothing = async (run: () => Promise<void>) => {
  const before = await storedVersions(world)
  await run()
  expect(await storedVersions(world)).toEqual(before)
}

const writing: ReadonlySet<string> = new Set(["create", "update", "replace"])

describe("what only the system writes (T-MASS-1)", () => {
  it("is refused on every creation and change, each field by its name", () =>
    writingNothing(async () => {
      const refused = new Set<string>()
      for (const endpoint of writers()) {
        const allowed = namesIn(endpoint)
        const entity = entityOf(endpoint)
        for (const field of entity.fields.filter(({ name }) => !allowed.has(name))) {
          for (const value of [plausible(field), null]) {
            const { status, body } = await send(endpoint, `${JSON.stringify(field.name)}:${JSON.stringify(value)}`)
            const errors = [
              {
                pointer: `/${field.name}`,
                code: "read_only_field",
                message: "is set by the system and cannot be written"
              }
            ]
            expect([status, body["errors"]], `${endpoint.id} ${field.name}`).toEqual([422, errors])
            refused.add(`${entity.name}.${field.name}`)
          }
        }
      }
      const managed = catalogue.services.flatMap(({ entity, commands }): ReadonlyArray<string> =>
        Object.values(commands).some(({ kind }) => writing.has(kind))
          ? entity.fields
              .filter(({ access }) => access === "managed" || access === "secret")
              .map(({ name }) => `${entity.name}.${name}`)
          : []
      )
      expect(managed.filter((name) => !refused.has(name))).toEqual([])
    }))

  it("leaves out no field that an entity does not say is the caller's", () => {
    const given = (endpoint: Route) =>
      [...namesIn(endpoint)].filter((name) =>
        ["managed", "secret"].includes(entityOf(endpoint).field(name)?.access ?? "")
      )
    expect(
      Object.fromEntries(
        writers()
          .map((endpoint) => [endpoint.id, given(endpoint)])
          .filter(([, names]) => names!.length > 0)
      )
    ).toEqual(callersOwn)
    const changeable = writers().filter(({ method }) => method === "PATCH")
    const immutable = changeable.flatMap((endpoint) =>
      [...namesIn(endpoint)].filter((name) => entityOf(endpoint).field(name)?.access !== "open")
    )
    const updates = catalogue.commands.filter(({ kind }) => kind === "update").map(({ permission }) => permission)
    expect(changeable.map(({ permission }) => permission).toSorted()).toEqual(updates.toSorted())
    expect(immutable).toEqual([])
  })

  it("is refused in every action, where it is no input of it", () =>
    writingNothing(async () => {
      for (const endpoint of actions()) {
        const allowed = namesIn(endpoint)
        for (const name of [
          "id",
          "organizationId",
          "version",
          "state",
          "isSuperuser",
          "createdById",
          "deletedAt",
          "number"
        ].filter((each) => !allowed.has(each))) {
          const { status, body } = await send(endpoint, `"${name}":"x"`)
          const [problem] = body["errors"] as ReadonlyArray<{ readonly pointer: string; readonly code: string }>
          expect([status, problem?.pointer], `${endpoint.id} ${name}`).toEqual([422, `/${name}`])
          expect(["read_only_field", "unknown_field"]).toContain(problem?.code)
        }
      }
    }))
})

describe("a field that nothing has", () => {
  const names = [
    "nonsense",
    "password_hash",
    "organization_id",
    "roles",
    "is_superuser",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "__defineGetter__",
    "$where",
    "",
    "título",
    "a/b~c"
  ]
  const pointers = (name: string) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`

  it("is refused by every route that takes a body, whatever its name", () =>
    writingNothing(async () => {
      for (const endpoint of [...writers(), ...actions()]) {
        for (const name of names) {
          for (const value of ["1", '{"isSuperuser":true,"polluted":true}']) {
            const { status, body } = await send(endpoint, `${JSON.stringify(name)}:${value}`)
            const problem = { pointer: pointers(name), code: "unknown_field", message: "is not a field of this input" }
            expect([status, body["errors"]], `${endpoint.id} ${name}`).toEqual([422, [problem]])
          }
        }
      }
      expect(({} as { readonly polluted?: boolean }).polluted).toBeUndefined()
    }))

  it("is refused inside of what a field holds, too", () =>
    writingNothing(async () => {
      const { status, body } = await world.ask("POST", "/roles/", {
        token: world.acme.tokens.admin,
        text: '{"key":"x","name":"X","permissions":[{"permission":"incident.read","scope":"own","__proto__":{"scope":"organization"}}]}'
      })
      expect([status, body["code"]]).toEqual([422, "validation_failed"])
    }))

  it("is refused by sign-in, too", async () => {
    for (const name of names) {
      const text = `{"email":"admin@acme.example","password":"x",${JSON.stringify(name)}:1}`
      const { status, body } = await world.ask("POST", "/auth/login/", { text })
      expect([name, status, body["code"]]).toEqual([name, 422, "validation_failed"])
    }
  })
})
