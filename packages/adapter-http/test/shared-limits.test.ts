import { PgStore } from "@itsm/adapter-pg"
import { Effect, Exit, type Layer, ManagedRuntime, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { Redacted } from "effect"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { freshDatabase } from "../../adapter-pg/test/database.ts"
import { call, type RunningServer, startServer, tokenOf } from "./running-server.ts"

const password = "a demo for the tests"
const incidents = "/api/v1/incidents/?limit=1"
const login = "/api/v1/auth/login/"

const scope = Scope.makeUnsafe()
let database: ManagedRuntime.ManagedRuntime<SqlClient.SqlClient, unknown>
let servers: ReadonlyArray<RunningServer>

const query = <A extends object>(text: string) =>
  database.runPromise(SqlClient.SqlClient.use((sql) => sql.unsafe<A>(text).unprepared))

beforeAll(async () => {
  const url = await Effect.runPromise(Scope.provide(freshDatabase, scope))
  database = ManagedRuntime.make(
    PgStore.clientLayer({ url, maxConnections: 1 }) as Layer.Layer<SqlClient.SqlClient, unknown>
  )
  const settings = {
    DATABASE_URL: Redacted.value(url),
    ITSM_DEMO: "on",
    ITSM_DEMO_PASSWORD: password,
    ITSM_RATE_LIMIT_USER: "100",
    ITSM_RATE_LIMIT_ORGANIZATION: "150",
    ITSM_RATE_LIMIT_ANONYMOUS: "10",
    ITSM_TRUSTED_PROXIES: "127.0.0.1"
  }
  const first = await startServer(settings)
  servers = [first, await startServer(settings)]
}, 60_000)
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop("SIGKILL")))
  await database.dispose()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

/** How many of so many requests got each status, sent to both processes in turn. */
const statusesOf = async (count: number, ask: (server: RunningServer, at: number) => ReturnType<typeof call>) => {
  const answers = await Promise.all(Array.from({ length: count }, (_, at) => ask(servers[at % 2]!, at)))
  const groups = Map.groupBy(answers, ({ status }) => status)
  return Object.fromEntries([...groups].map(([status, group]) => [status, group.length]))
}
let callers = 0
/** Somebody who has not called before. */
const somebody = () => `198.18.${++callers >> 8}.${callers & 255}`
const signIn = (server: RunningServer, body: object) => call(server, "POST", login, { body, from: somebody() })

describe("two processes on one database", { timeout: 60_000 }, () => {
  it("let a user, and an organization, in as often together as one would", async () => {
    const agent = await tokenOf(servers[0]!, "agent@acme.example", password)
    const user = await tokenOf(servers[1]!, "user@acme.example", password)
    const manager = await tokenOf(servers[1]!, "agent@globex.example", password)
    const allowed = async (token: string, count: number) =>
      (await statusesOf(count, (server) => call(server, "GET", incidents, { token })))["200"] ?? 0
    // never one too many; of the last points a few may lie where nobody asks for them any more
    const ofAgent = await allowed(agent, 140)
    assert.isAtMost(ofAgent, 100)
    assert.isAtLeast(ofAgent, 95)
    const ofUser = await allowed(user, 80)
    assert.isAtMost(ofAgent + ofUser, 150)
    assert.isAtLeast(ofAgent + ofUser, 140)
    let inTurn = 0
    for (let at = 0; at < 130; at++)
      if ((await call(servers[at % 2]!, "GET", incidents, { token: manager })).status === 200) inTurn++
    assert.isAtMost(inTurn, 100)
    assert.isAtLeast(inTurn, 97)
  })

  it("let callers whom nobody knows in as often together as one would", async () => {
    const from = somebody()
    assert.deepEqual(await statusesOf(40, (server) => call(server, "GET", incidents, { from })), { 401: 10, 429: 30 })
  })

  it.each(["manager@acme.example", "nobody@acme.example"])("try five of 64 guesses at once: %s", async (email) => {
    const guess = { email, password: "wrong" }
    const since = performance.now()
    const tried = await statusesOf(64, (server) => signIn(server, guess))
    // after the first wait, of a second, one more may try, then after two, after four
    const waits = Math.floor(Math.log2((performance.now() - since) / 1000 + 1))
    assert.isAtLeast(tried["401"]!, 5)
    assert.isAtMost(tried["401"]!, 5 + waits)
    assert.equal(tried["401"]! + tried["429"]!, 64)
  })

  it("let everybody in who knows the password, many at once", async () => {
    const right = { email: "user@globex.example", password }
    assert.deepEqual(await statusesOf(24, (server) => signIn(server, right)), { 200: 24 })
  })

  it("mail three links to a new password an hour, however many ask at once", async () => {
    const body = { email: "manager@globex.example" }
    const reset = "/api/v1/auth/password-reset/"
    assert.deepEqual(await statusesOf(64, (server) => call(server, "POST", reset, { body, from: somebody() })), {
      202: 64
    })
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const [row] = await query<{ readonly count: number }>(
      "SELECT count(*)::int AS count FROM verification_tokens WHERE purpose = 'password_reset'"
    )
    assert.isAtLeast(row!.count, 1)
    assert.isAtMost(row!.count, 3)
  })

  it("shut /auth/ while nothing can be counted, and serve the rest", async () => {
    const token = await tokenOf(servers[0]!, "admin@globex.example", password)
    await query("ALTER TABLE rate_limits RENAME TO rate_limits_elsewhere")
    for (const server of servers) {
      const refused = await signIn(server, { email: "admin@globex.example", password })
      assert.deepEqual([refused.status, refused.body.code], [503, "storage_unavailable"])
      assert.equal((await call(server, "GET", "/api/v1/auth/me/", { token })).status, 503)
      assert.equal((await call(server, "GET", incidents, { token })).status, 200)
      assert.equal((await call(server, "GET", "/.well-known/jwks.json")).status, 200)
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      assert.match(metrics, /^itsm_rate_limiter_failures_total [1-9]\d*$/m)
    }
    await query("ALTER TABLE rate_limits_elsewhere RENAME TO rate_limits")
    assert.equal((await call(servers[0]!, "GET", "/api/v1/auth/me/", { token })).status, 200)
  })
})
