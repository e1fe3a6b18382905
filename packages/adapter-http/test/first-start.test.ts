import { PgStore } from "@itsm/adapter-pg"
import { Effect, Exit, Redacted, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { freshDatabase } from "../../adapter-pg/test/database.ts"
import { call, itsm, type RunningServer, startServer, tokenOf } from "./running-server.ts"

const scope = Scope.makeUnsafe()
let url: Redacted.Redacted
let server: RunningServer
beforeAll(async () => {
  url = await Effect.runPromise(Scope.provide(freshDatabase, scope))
  server = await startServer({ DATABASE_URL: Redacted.value(url) })
}, 60_000)
afterAll(async () => {
  await server.stop("SIGKILL")
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

const countOf = (table: string) =>
  Effect.runPromise(
    SqlClient.SqlClient.use(
      (sql) => sql<{ readonly count: number }>`SELECT count(*)::int AS count FROM ${sql(table)}`
    ).pipe(
      Effect.map(([row]) => row!.count),
      Effect.provide(PgStore.clientLayer({ url, maxConnections: 1 }))
    )
  )

/** Where other products of the field let everybody in. */
const usual = [
  ["admin@localhost", "admin"],
  ["admin", "admin"],
  ["glpi", "glpi"],
  ["root@localhost", "root"],
  ["admin@example.com", "password"],
  ["admin@acme.example", "itsm"],
  ["superuser@platform.example", "superuser"]
] as const

describe("after the first start (T-BOOT-1)", { timeout: 60_000 }, () => {
  it("there is no account, and no usual one signs in", async () => {
    for (const table of ["users", "organizations", "sessions"]) assert.equal(await countOf(table), 0, table)
    for (const [email, password] of usual)
      assert.equal(
        (await call(server, "POST", "/api/v1/auth/login/", { body: { email, password } })).status,
        401,
        email
      )
  })

  it("the first administrator is made by a command, with a password that somebody chose", async () => {
    const settings = { DATABASE_URL: Redacted.value(url) }
    const args = ["create-admin", "--organization", "initech", "--email", "bill@initech.example", "--name", "Bill"]
    assert.equal((await itsm(args, settings).ended).code, 1)
    assert.equal((await itsm(args, settings, "short\n").ended).code, 1)
    assert.equal(await countOf("users"), 0)
    const chosen = "a staple that is mine"
    assert.equal((await itsm(args, settings, `${chosen}\n`).ended).code, 0)
    const token = await tokenOf(server, "bill@initech.example", chosen)
    assert.equal((await call(server, "GET", "/api/v1/users/", { token })).status, 200)
  })

  it("the demo has a password that nobody can know before", async () => {
    const passwords: Array<string> = []
    for (let start = 0; start < 2; start++) {
      const demo = await startServer({ ITSM_STORE: "memory" })
      const password = /The password of all of them:\s+(\S+)\n/.exec(demo.out())?.[1] ?? ""
      assert.isAtLeast(password.length, 15)
      assert.notInclude(demo.err(), password)
      passwords.push(password)
      await demo.stop("SIGKILL")
    }
    assert.notEqual(passwords[0], passwords[1])
  })
})
