import { PgStore } from "@itsm/adapter-pg"
import { ensureDatabase } from "@itsm/adapter-pg/embedded"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { loadExtensions } from "../server/index.ts"
import { call, itsm, removeFolder, startServer, temporaryFolder, tokenOf } from "./running-server.ts"

const folder = temporaryFolder()
const name = `itsm_${randomUUID().replaceAll("-", "")}`
const DATABASE_URL = (() => {
  const url = new URL(inject("databaseAdminUrl"))
  url.pathname = `/${name}`
  return url.href
})()
const password = "nobody guesses this one"
const loaners = join(import.meta.dirname, "..", "..", "..", "examples", "loaners", "index.ts")
const settings = { DATABASE_URL, ITSM_MODULES: loaners }

const drop = SqlClient.SqlClient.use((sql) => sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`).unprepared).pipe(
  Effect.provide(PgStore.clientLayer({ url: Redacted.make(inject("databaseAdminUrl")), maxConnections: 1 }))
)

beforeAll(() => Effect.runPromise(Effect.asVoid(ensureDatabase(inject("databaseAdminUrl"), name))))
afterAll(async () => {
  await Effect.runPromise(drop)
  removeFolder(folder)
})

const run = (args: ReadonlyArray<string>, given: Readonly<Record<string, string>> = settings) => itsm(args, given).ended

describe("a module from outside", { timeout: 240_000 }, () => {
  it("has its migrations among those of the server, and is told by the doctor", async () => {
    assert.match((await run(["migrate", "--status"])).out, /pending {2}loaners\/0001_loans\.sql\n$/)
    assert.match((await run(["migrate"])).out, /applied {2}loaners\/0001_loans\.sql\n$/)
    const healthy = await run(["doctor"])
    assert.equal(healthy.code, 0, healthy.out)
    assert.match(healthy.out, /good +modules +loaners/)
    assert.match(healthy.out, /good +isolation/)
  })

  it("is served, worked for and documented; without it the server leaves its tables alone", async () => {
    const administrator = ["--organization", "initech", "--email", "bill@initech.example", "--name", "Bill"]
    const made = await run(["create-admin", ...administrator], { ...settings, ITSM_ADMIN_PASSWORD: password })
    assert.equal(made.code, 0, made.err)
    const server = await startServer(settings)
    const token = await tokenOf(server, "bill@initech.example", password)
    const me = await call(server, "GET", "/api/v1/auth/me/", { token })
    const soon = new Date(Date.now() + 1500).toISOString()
    const lent = await call(server, "POST", "/api/v1/loans/", {
      token,
      body: { device: "Laptop", borrowerId: me.body["id"] ?? (me.body["user"] as { id: string }).id, dueAt: soon }
    })
    assert.equal(lent.status, 201, JSON.stringify(lent.body))
    const path = `/api/v1/loans/${String(lent.body["id"])}/`
    let state: unknown = "lent"
    for (let tries = 0; state === "lent" && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      state = (await call(server, "GET", path, { token })).body["state"]
    }
    assert.equal(state, "overdue")
    assert.equal((await call(server, "GET", "/readyz")).status, 200)
    assert.equal((await server.stop("SIGTERM")).code, 0)
    assert.include((await run(["openapi"], { ITSM_MODULES: loaners })).out, `"/api/v1/loans/{id}/give_back/"`)

    const without = await startServer({ DATABASE_URL })
    const again = await tokenOf(without, "bill@initech.example", password)
    assert.equal((await call(without, "GET", path, { token: again })).status, 404)
    await without.stop("SIGTERM")
  })
})

describe("a module that cannot be used", { timeout: 240_000 }, () => {
  const fileOf = (file: string, text: string) => {
    writeFileSync(join(folder, file), text)
    return join(folder, file)
  }
  const refused = (...specifiers: ReadonlyArray<string>) =>
    Effect.runPromise(Effect.map(Effect.flip(loadExtensions(specifiers)), ({ reason }) => reason))
  const asModule = (text: string) => `export const module = ${text}\n`

  it("keeps the server from starting", async () => {
    const given = { ITSM_MODULES: "./missing.mjs", ITSM_DATA_DIR: join(folder, "unused"), PORT: "0" }
    const { code, err } = await run(["serve"], given)
    assert.equal(code, 1)
    assert.match(err, /^The module \.\/missing\.mjs of ITSM_MODULES cannot be used: Cannot find/m)
    assert.isFalse(existsSync(given.ITSM_DATA_DIR))
  })

  it("is told with the reason", async () => {
    assert.match(await refused("@acme/nowhere"), /@acme\/nowhere of ITSM_MODULES cannot be used/)
    assert.include(await refused(fileOf("throws.mjs", `throw new Error("No licence.")`)), "cannot be used: No licence.")
    assert.include(await refused(fileOf("empty.mjs", "export const modul = 1")), "it exports no module")
    const text = fileOf("text.mjs", `${asModule("{ name: 'x', services: [] }")}export const migrations = "here"`)
    assert.include(await refused(text), "`migrations` is no URL")
    const second = fileOf("second.mjs", asModule("{ name: 'incidents', services: [] }"))
    assert.include(await refused(second), `The module "incidents" is claimed by`)
    const twice = fileOf("twice.mjs", asModule("{ name: 'twice', services: [] }"))
    const again = fileOf("again.mjs", asModule("{ name: 'twice', services: [] }"))
    assert.include(await refused(twice, again), `The module "twice" is claimed by`)
  })

  it("for its migrations is told before anything is migrated", async () => {
    const empty = join(folder, "empty")
    mkdirSync(empty)
    const migrations = `export const migrations = new URL(${JSON.stringify(pathToFileURL(empty).href)})`
    const bare = fileOf("bare.mjs", `${asModule("{ name: 'bare', services: [] }")}${migrations}`)
    const { code, err } = await run(["migrate"], { DATABASE_URL, ITSM_MODULES: bare })
    assert.equal(code, 1)
    assert.match(err, /The migrations of "bare" cannot be used: .* holds no file/)
  })

  it("is found as a package that is installed where the server is started", async () => {
    const home = join(folder, "home")
    const place = join(home, "node_modules", "@acme", "labels")
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, "package.json"), `{"name":"@acme/labels","type":"module","exports":"./index.js"}`)
    writeFileSync(
      join(place, "index.js"),
      `export default { name: "labels", services: [], permissions: ["label.print"] }`
    )
    const loaded = await Effect.runPromise(loadExtensions(["@acme/labels"], home))
    assert.deepEqual(
      loaded.map(({ module }) => module.name),
      ["labels"]
    )
  })
})
