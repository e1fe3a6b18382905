import { descriptorOf } from "@itsm/adapter-http"
import { createClient, type ItsmClient } from "@itsm/adapter-http/client"
import { MemoryStore } from "@itsm/adapter-memory"
import { ApplicationRole, Drift, Migrate, PgStore } from "@itsm/adapter-pg"
import { ensureDatabase } from "@itsm/adapter-pg/embedded"
import { catalogue, catalogueWith } from "@itsm/core"
import { Instant, Worker } from "@itsm/core/kernel"
import { createItsm } from "@itsm/core/promise"
import { Effect, Layer, Redacted } from "effect"
import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest"
import { openDesk } from "./desk.ts"
import { Loan, migrations, module } from "./index.ts"

const inDays = (days: number) => new Date(Date.now() + days * Instant.dayMs).toISOString()

/** A database of its own with the tables of the product and of this module. */
const databaseUrl = Effect.map(
  ensureDatabase(inject("databaseAdminUrl"), `loaners_${randomUUID().replaceAll("-", "")}`),
  Redacted.make
)
const migrated = Effect.andThen(Migrate.run({ further: [{ name: "loaners", migrations }] }), ApplicationRole.ensure)
const pgStore = Layer.unwrap(
  Effect.map(databaseUrl, (url) =>
    Layer.provideMerge(Layer.effectDiscard(migrated), PgStore.layerFromUrl({ url, statementTimeout: "1 minute" }))
  )
)

describe.each([
  ["memory", MemoryStore.layer],
  ["PostgreSQL", pgStore]
])("loans on %s", (_, store) => {
  let desk: Awaited<ReturnType<typeof openDesk>>
  beforeAll(async () => {
    desk = await openDesk(store)
  }, 120_000)
  afterAll(() => desk.runtime.dispose())

  let devices = 0
  const lend = (more: object = {}) =>
    desk.ask("acme agent", "POST", "/loans/", {
      device: `Laptop ${++devices}`,
      borrowerId: desk.idOf("acme user"),
      dueAt: inDays(7),
      ...more
    })

  it("are lent, kept longer and given back", async () => {
    const { status, body } = await lend()
    expect([status, body.state, body.allowedActions]).toEqual([201, "lent", ["extend", "recall", "give_back"]])
    const longer = inDays(14)
    const extended = await desk.ask("acme agent", "POST", `/loans/${body.id}/extend/`, { dueAt: longer })
    expect(extended.body).toMatchObject({ dueAt: longer, state: "lent" })
    const past = await desk.ask("acme agent", "POST", `/loans/${body.id}/extend/`, { dueAt: inDays(-1) })
    expect([past.status, past.body.errors[0]?.pointer]).toEqual([422, "/dueAt"])
    const back = await desk.ask("acme agent", "POST", `/loans/${body.id}/give_back/`)
    expect(back.body).toMatchObject({ state: "returned", allowedActions: [] })
    expect((await desk.ask("acme agent", "POST", `/loans/${body.id}/give_back/`)).status).toBe(409)
  })

  it("are of one device at a time", async () => {
    const first = await lend()
    const { device } = first.body
    expect((await lend({ device })).status).toBe(409)
    await desk.ask("acme agent", "POST", `/loans/${first.body.id}/give_back/`)
    expect((await lend({ device })).status).toBe(201)
  })

  it("are refused to whom they are not permitted, and seen by their borrower", async () => {
    const { id } = (await lend()).body
    const borrowed = { device: "x", borrowerId: desk.idOf("acme user"), dueAt: inDays(1) }
    const denied = await desk.ask("acme user", "POST", "/loans/", borrowed)
    expect([denied.status, denied.body.code]).toEqual([403, "permission_denied"])
    expect((await desk.ask("acme user", "POST", `/loans/${id}/give_back/`)).status).toBe(403)
    expect((await desk.ask("acme user", "GET", `/loans/${id}/`)).status).toBe(200)
  })

  it("are not there for another organization, which cannot be referred to either", async () => {
    const { id } = (await lend()).body
    for (const [method, path] of [
      ["GET", `/loans/${id}/`],
      ["POST", `/loans/${id}/give_back/`]
    ] as const)
      expect((await desk.ask("globex admin", method, path)).status).toBe(404)
    const { items } = (await desk.ask("globex admin", "GET", "/loans/")).body
    expect(items).toEqual([])
    const foreign = await lend({ borrowerId: desk.idOf("globex user") })
    expect([foreign.status, foreign.body.errors[0]]).toEqual([
      422,
      expect.objectContaining({ pointer: "/borrowerId", code: "reference_not_found" })
    ])
  })

  it("are asked back once the incident is closed that they were for", async () => {
    const opened = await desk.ask("acme agent", "POST", "/incidents/", { title: "The laptop is broken" })
    const incident = `/incidents/${opened.body.id}`
    const { id } = (await lend({ incidentId: opened.body.id })).body
    const resolution = { resolutionCode: "fixed", resolutionNotes: "Replaced the board" }
    expect((await desk.ask("acme admin", "POST", `${incident}/resolve/`, resolution)).status).toBe(200)
    expect((await desk.ask("acme admin", "POST", `${incident}/close/`)).status).toBe(200)
    await desk.runtime.runPromise(Worker.drain)
    const loan = (await desk.ask("acme agent", "GET", `/loans/${id}/`)).body
    expect(Date.parse(loan.dueAt)).toBeLessThanOrEqual(Date.now() + 2 * Instant.dayMs)
    const { items } = (await desk.ask("acme admin", "GET", `/audit-logs/?entityId=${id}&sort=createdAt`)).body
    expect(items.map(({ action, actorId }) => [action, actorId])).toEqual([
      ["loan.create", desk.idOf("acme agent")],
      ["loan.recall", null]
    ])
  })

  it("are in the OpenAPI document, with what they can be refused with", () => {
    const { paths } = desk.document as { readonly paths: Readonly<Record<string, any>> }
    expect(Object.keys(paths).filter((path) => path.includes("/loans/"))).toHaveLength(6)
    expect(Object.keys(paths["/api/v1/loans/{id}/give_back/"].post.responses)).toEqual(
      expect.arrayContaining(["200", "403", "404", "409"])
    )
  })

  it("are operations of the client", async () => {
    const { loans } = createClient<ItsmClient<typeof module>>(descriptorOf(catalogueWith([module])), {
      baseUrl: "http://desk",
      accessToken: "",
      fetch: async (input, init) =>
        desk.app.request(input, { ...init, headers: { ...init?.headers, "x-person": "acme agent" } })
    })
    const loan = await loans.lend({
      device: "Phone 3",
      borrowerId: desk.idOf("acme user"),
      dueAt: Instant.fromEpochMs(Date.now() + Instant.dayMs)
    })
    expect((await loans.giveBack(loan.id)).state).toBe("returned")
  })
})

describe("a loan that is not brought back", () => {
  it("is overdue when its day has come, and says so", async () => {
    let now = Date.UTC(2026, 8, 2, 9)
    const overdue: Array<string> = []
    const itsm = await createItsm(MemoryStore.layer, {
      modules: [module],
      clock: { now: () => now },
      on: { "loan.overdue.v1": ({ aggregateId }) => void overdue.push(aggregateId) }
    })
    const { administrator } = await itsm.found({
      name: "Acme",
      slug: "acme",
      administrator: { email: "ada@acme.example", displayName: "Ada" }
    })
    const { loans } = itsm.as(administrator)
    const lent = (device: string) =>
      loans.lend({ device, borrowerId: administrator.id!, dueAt: Instant.fromEpochMs(now + 7 * Instant.dayMs) })
    const [kept, returned] = [await lent("Laptop 1"), await lent("Laptop 2")]
    await loans.giveBack(returned.id)
    now += 8 * Instant.dayMs
    await itsm.drain()
    expect([(await loans.get(kept.id)).state, (await loans.get(returned.id)).state]).toEqual(["overdue", "returned"])
    expect(overdue).toEqual([kept.id])
    await itsm.close()
  })
})

describe("the migrations", () => {
  it("make the table that the entity asks for", async () => {
    const drift = Effect.andThen(migrated, Drift.of([Loan], [...catalogue.entities.values()]))
    const found = Effect.flatMap(databaseUrl, (url) =>
      Effect.provide(drift, PgStore.clientLayer({ url, maxConnections: 1 }))
    )
    expect(await Effect.runPromise(found)).toEqual([])
  })
})
