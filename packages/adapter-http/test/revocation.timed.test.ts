import { MemoryStore } from "@itsm/adapter-memory"
import { PgStore } from "@itsm/adapter-pg"
import { ensureDatabase } from "@itsm/adapter-pg/embedded"
import { Store } from "@itsm/core"
import { Context, Effect, Layer, Redacted, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { foundCompany, password, startInstance } from "./instance.ts"
import { adminPassword, delayOf, prepare, type Process } from "./revocation-cases.ts"
import { call, itsm, type RunningServer, startServer } from "./running-server.ts"

/** Decides everything in turn on one process, asks the other, and gives the longest time that it took to see it. */
const worst = async (here: Process, there: Process, admin: string, suffix: string): Promise<number> => {
  const delays: Array<readonly [string, number]> = []
  for (const each of await prepare(here, admin, suffix)) delays.push([each.name, await delayOf(each, there)])
  const late = delays.filter(([, ms]) => ms > 1000)
  assert.deepEqual(late, [])
  return Math.max(...delays.map(([, ms]) => ms))
}

const signIn = async ({ ask }: Process, email: string, secret: string) =>
  String((await ask("POST", "/auth/login/", { body: { email, password: secret } })).body["accessToken"])

const report = (what: string, ms: number) => console.log(`${what}: the latest was seen after ${Math.round(ms)} ms`)

describe("what one application decides, another on the same store in memory", () => {
  it("sees at once", async () => {
    const scope = Scope.makeUnsafe()
    const store = await Effect.runPromise(Scope.provide(Layer.build(MemoryStore.layer), scope))
    const shared = Layer.succeed(Store.Store, Context.get(store, Store.Store))
    const [here, there] = [await startInstance(shared), await startInstance(shared)]
    await foundCompany(here, "acme")
    const ms = await worst(here, there, await signIn(here, "admin@acme.example", password), "m")
    assert.isBelow(ms, 500)
    await Promise.all([here.close(), there.close()])
  })

  it("sees within a second where the store cannot tell of changes", async () => {
    const scope = Scope.makeUnsafe()
    const store = await Effect.runPromise(Scope.provide(Layer.build(MemoryStore.layer), scope))
    const { watch: _, ...silent } = Context.get(store, Store.Store)
    const shared = Layer.succeed(Store.Store, silent)
    const [here, there] = [await startInstance(shared), await startInstance(shared)]
    await foundCompany(here, "acme")
    report(
      "a store that cannot tell",
      await worst(here, there, await signIn(here, "admin@acme.example", password), "s")
    )
    await Promise.all([here.close(), there.close()])
  }, 60_000)
})

describe("what one server process decides, another on the same database", { timeout: 120_000 }, () => {
  const name = `itsm_${randomUUID().replaceAll("-", "")}`
  const url = new URL(inject("databaseAdminUrl"))
  url.pathname = `/${name}`
  const DATABASE_URL = url.href
  const sql = <A>(run: (client: SqlClient.SqlClient) => Effect.Effect<A, unknown>) =>
    Effect.runPromise(
      SqlClient.SqlClient.use(run).pipe(
        Effect.provide(PgStore.clientLayer({ url: Redacted.make(inject("databaseAdminUrl")), maxConnections: 1 }))
      )
    )
  let servers: ReadonlyArray<RunningServer> = []
  let processes: ReadonlyArray<Process> = []
  let admin = ""

  beforeAll(async () => {
    await Effect.runPromise(Effect.asVoid(ensureDatabase(inject("databaseAdminUrl"), name)))
    const wanted = ["--organization", "acme", "--name", "Ada", "--email", "admin@acme.example"]
    const made = await itsm(["create-admin", ...wanted], { DATABASE_URL, ITSM_ADMIN_PASSWORD: adminPassword }).ended
    assert.equal(made.code, 0, made.err)
    servers = await Promise.all([startServer({ DATABASE_URL }), startServer({ DATABASE_URL, ITSM_ROLE: "api" })])
    processes = servers.map((server) => ({
      ask: (method, path, options = {}) => call(server, method, `/api/v1${path}`, options)
    }))
    admin = await signIn(processes[0]!, "admin@acme.example", adminPassword)
  }, 120_000)

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop("SIGTERM")))
    await sql((client) => client.unsafe(`DROP DATABASE ${name} WITH (FORCE)`).unprepared)
  })

  it("sees within a second", async () => {
    report("two processes", await worst(processes[0]!, processes[1]!, admin, "a"))
  })

  it("sees within a second while the connections that listen are killed again and again", async () => {
    let killed = 0
    const over = new AbortController()
    const killing = sql((client) =>
      Effect.gen(function* () {
        while (!over.signal.aborted) {
          const rows = yield* client`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = ${name} AND application_name LIKE '% watch'`
          killed += rows.length
          yield* Effect.sleep("150 millis")
        }
      })
    )
    try {
      report("while listeners are killed", await worst(processes[1]!, processes[0]!, admin, "b"))
    } finally {
      over.abort()
      await killing
    }
    assert.isAbove(killed, 10)
  })

  it("hears again afterwards: a change is there long before what was read would be too old", async () => {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    const delays: Array<number> = []
    for (const each of await prepare(processes[0]!, admin, "c")) delays.push(await delayOf(each, processes[1]!))
    const sorted = delays.toSorted((x, y) => x - y)
    assert.isBelow(sorted[Math.floor(sorted.length / 2)]!, 400)
  })
})
