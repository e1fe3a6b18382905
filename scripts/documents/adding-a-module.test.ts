import { endpointsOf, makeApp } from "@itsm/adapter-http"
import { MemoryStore } from "@itsm/adapter-memory"
import { ApplicationRole, Drift, Migrate, PgStore } from "@itsm/adapter-pg"
import { ensureDatabase } from "@itsm/adapter-pg/embedded"
import {
  Authentication,
  type Catalogue,
  catalogue,
  catalogueWith,
  type Entity,
  type Id,
  Itsm,
  SessionRevoked,
  type Store
} from "@itsm/core"
import { Access, company, makeRecords, type Samples, scenario } from "@itsm/core/testing"
import { Effect, Layer, Logger, ManagedRuntime, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { blocksOf } from "./markdown.ts"
import { writePrograms } from "./programs.ts"

const folder = "dist/documents-of-modules"

interface Written {
  readonly handovers: Catalogue.Module
  readonly Handover: Entity.AnyEntity
  readonly samples: Samples
}

const load = async (): Promise<Written> => {
  writePrograms(folder)
  const parts = ["handovers/index.ts", "handovers/samples/index.ts"].map(
    (file) => import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href) as Promise<object>
  )
  return Object.assign({}, ...(await Promise.all(parts))) as Written
}

const migrated = Effect.gen(function* () {
  const { text } = blocksOf("docs/adding-a-module.md").find(({ language }) => language === "sql")!
  yield* Migrate.run({ migrations: [...(yield* Migrate.shipped), { name: "9999_handovers.sql", sql: text }] })
  yield* ApplicationRole.ensure
})
const databaseUrl = Effect.map(
  ensureDatabase(inject("databaseAdminUrl"), `handovers_${randomUUID().replaceAll("-", "")}`),
  Redacted.make
)
const pgStore = Layer.unwrap(
  Effect.map(databaseUrl, (url) =>
    Layer.provideMerge(Layer.effectDiscard(migrated), PgStore.layerFromUrl({ url, statementTimeout: "1 minute" }))
  )
)

/** The API over one organization, with everybody signed in under the name of their role. */
const open = async (store: Layer.Layer<Store.Store, unknown>) => {
  const { handovers } = await load()
  const domain = Layer.provide(Itsm.layerWith({ modules: [handovers] }), store)
  const runtime = ManagedRuntime.make(Layer.merge(domain, Logger.layer([])))
  const services = await runtime.context()
  const { team, ...people } = await runtime.runPromise(scenario("acme"))
  const idOf = (name: string | null) =>
    (people as Readonly<Record<string, unknown>>)[name ?? ""] as { id: Id.Id<"User"> }
  const app = makeApp({
    services,
    authenticate: ({ request }) => {
      const person = idOf(request.headers.get("x-person"))
      return person === undefined
        ? Effect.fail(new SessionRevoked({}))
        : Authentication.use((authentication) => authentication.actorFor(person.id))
    },
    settings: { cursorKey: new Uint8Array(32) }
  })
  const ask = async (person: string, method: string, path: string, body?: unknown) => {
    const response = await app.request(`/api/v1${path}`, {
      method,
      headers: { "x-person": person, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, any>> }
  }
  return { runtime, ask, team, agentId: idOf("agent").id }
}

describe.each([
  ["memory", MemoryStore.layer],
  ["PostgreSQL, by its migration", pgStore]
])("the module that the document adds, on %s", (_, store) => {
  let world: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    world = await open(store)
  }, 120_000)
  afterAll(() => world.runtime.dispose())

  it("has its routes, its permissions and its audit entries", async () => {
    const { ask, team, agentId } = world
    const given = { teamId: team.id, notes: "The relay was restarted twice tonight." }
    expect((await ask("agent", "POST", "/handovers/", given)).status).toBe(403)
    const granted = await ask("admin", "POST", "/user-permissions/", {
      subjectType: "user",
      subjectId: agentId,
      permission: "handover.*",
      effect: "allow",
      scope: "team"
    })
    expect(granted.status).toBe(201)

    const written = await ask("admin", "POST", "/handovers/", given)
    expect([written.status, written.body["state"]]).toEqual([201, "waiting"])
    const path = `/handovers/${written.body["id"]}/`
    expect((await ask("agent", "GET", path)).body).toMatchObject({ ...given, allowedActions: ["accept"] })
    expect((await ask("agent", "GET", `${path}transitions/`)).body["currentState"]).toBe("waiting")
    expect((await ask("agent", "GET", "/handovers/?q=relay")).body["items"]).toHaveLength(1)
    expect((await ask("user", "GET", path)).status).toBe(403)
    expect((await ask("admin", "POST", `${path}accept/`)).body).toMatchObject({ status: 409, guard: "notOwn" })
    const accepted = await ask("agent", "POST", `${path}accept/`)
    expect(accepted.body).toMatchObject({ state: "accepted", acceptedById: agentId })
    expect((await ask("agent", "POST", `${path}accept/`)).status).toBe(409)

    const { items } = (await ask("admin", "GET", "/audit-logs/?entityType=handover&sort=createdAt")).body
    expect(items.map(({ outcome, action }: Record<string, string>) => `${outcome} ${action}`)).toEqual([
      "deny handover.create",
      "allow handover.create",
      "allow handover.accept"
    ])
  })
})

describe("the samples of the document", () => {
  it("have a live record, and a row of access for each route", async () => {
    const { handovers, samples } = await load()
    const domain = Layer.provide(Itsm.layerWith({ modules: [handovers] }), MemoryStore.layer)
    const made = Effect.flatMap(company("acme"), (people) =>
      makeRecords(people, [{ name: handovers.name, samples }])
    ).pipe(Effect.provide(domain))
    const { records } = await Effect.runPromise(made)
    expect(Object.keys(records)).toEqual(["Handover"])
    const rows = Access.accessRows(handovers.name, samples.access)
    const routes = endpointsOf(catalogueWith([handovers]), new Uint8Array(32)).filter(
      ({ tag }) => tag === handovers.name
    )
    const placed = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`
    expect(rows.map(placed).toSorted()).toEqual(routes.map(placed).toSorted())
    expect(rows.filter(({ on }) => on !== "-" && records["Handover"]![on] === undefined)).toEqual([])
  })
})

describe("the migration of the document", () => {
  it("makes the table that the entity asks for", async () => {
    const { Handover } = await load()
    const drift = Effect.andThen(migrated, Drift.of([Handover], [...catalogue.entities.values()]))
    const found = Effect.flatMap(databaseUrl, (url) =>
      Effect.provide(drift, PgStore.clientLayer({ url, maxConnections: 1 }))
    )
    expect(await Effect.runPromise(found)).toEqual([])
  })
})
