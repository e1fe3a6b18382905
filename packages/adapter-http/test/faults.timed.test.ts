import { startEmbedded } from "@itsm/adapter-pg/embedded"
import { Effect, Exit, Scope } from "effect"
import { Pool } from "pg"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { openGate } from "../../adapter-pg/test/gate.ts"
import {
  type Answer,
  call,
  isRunning,
  itsm,
  removeFolder,
  type RunningServer,
  startServer,
  temporaryFolder,
  tokenOf
} from "./running-server.ts"

const writers = 16
const password = "nobody guesses this one"
const incidents = "/api/v1/incidents/"
const dataDir = temporaryFolder()
const life = Scope.makeUnsafe()

/** PostgreSQL on the folder, for one of its lives. */
const startDatabase = async () => {
  const scope = Scope.makeUnsafe()
  const server = await Effect.runPromise(Scope.provide(startEmbedded({ dataDir }), scope))
  return { server, port: Number(new URL(server.url).port), scope }
}

let database: Awaited<ReturnType<typeof startDatabase>>
let gate: Effect.Success<typeof openGate>
let servers: ReadonlyArray<RunningServer> = []
let token = ""
let url = ""

beforeAll(async () => {
  database = await startDatabase()
  gate = await Effect.runPromise(Scope.provide(openGate, life))
  await Effect.runPromise(gate.open(database.port))
  const address = new URL(database.server.url)
  address.port = String(gate.port)
  url = address.href
  const settings = { DATABASE_URL: url, ITSM_RATE_LIMIT_USER: "0", ITSM_RATE_LIMIT_ORGANIZATION: "0" }
  const founded = await itsm(
    ["create-admin", "--organization", "acme", "--email", "admin@acme.example", "--name", "Ada"],
    { ...settings, ITSM_ADMIN_PASSWORD: password }
  ).ended
  assert.equal(founded.code, 0, founded.err)
  servers = await Promise.all([startServer(settings), startServer(settings)])
  token = await tokenOf(servers[0]!, "admin@acme.example", password)
}, 90_000)

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop("SIGTERM")))
  await Effect.runPromise(Scope.close(life, Exit.void))
  await Effect.runPromise(Scope.close(database.scope, Exit.void))
  removeFolder(dataDir)
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Sent {
  readonly title: string
  readonly key: string
  readonly status: number
  readonly tookMs: number
}

/** Opens incidents on both processes, each with a key, until it is over: the ledger of what was asked and answered. */
const write = async (round: string, isOver: () => boolean) => {
  const ledger: Array<Sent> = []
  const writer = async (number: number) => {
    for (let count = 0; !isOver(); count++) {
      const key = `${round}-${number}-${count}`
      const title = `Incident ${key}`
      const sentAt = performance.now()
      const answer = await call(servers[number % 2]!, "POST", incidents, { token, key, body: { title } })
      ledger.push({ title, key, status: answer.status, tookMs: performance.now() - sentAt })
      assert.include([201, 503], answer.status, JSON.stringify(answer.body))
      if (answer.status === 503) {
        assert.match(answer.headers.get("retry-after") ?? "", /^([1-9]|[12]\d|30)$/)
        await pause(200)
      }
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, number) => writer(number)))
  return ledger
}

/** Waits until both processes answer, and tells how long that took. */
const recovered = async () => {
  const since = performance.now()
  for (const server of servers) {
    let answer: Answer
    do answer = await call(server, "GET", `${incidents}?limit=1`, { token })
    while (answer.status !== 200 && performance.now() - since < 20_000)
    assert.equal(answer.status, 200)
  }
  return performance.now() - since
}

/** Asks the database itself, past the gate. */
const withDatabase = async <A>(ask: (pool: Pool) => Promise<A>): Promise<A> => {
  const pool = new Pool({ connectionString: database.server.url, max: 1 })
  try {
    return await ask(pool)
  } finally {
    await pool.end()
  }
}

/** Ends every connection but the one that asks for it. */
const endConnections = () =>
  withDatabase((pool) =>
    pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`
    )
  )

/** What was acknowledged is there once; what was not is there once when it has been asked for again with its key. */
const examine = async (ledger: ReadonlyArray<Sent>) => {
  for (const { key, title } of ledger.filter(({ status }) => status !== 201)) {
    const again = await call(servers[0]!, "POST", incidents, { token, key, body: { title } })
    assert.equal(again.status, 201, title)
  }
  const titles = ledger.map(({ title }) => title)
  const { rows } = await withDatabase((pool) =>
    pool.query<{ title: string; found: number; audited: number }>(
      `SELECT i.title, count(DISTINCT i.id)::int AS found, count(a.id)::int AS audited
       FROM incidents i LEFT JOIN audit_logs a ON a.entity_id = i.id::text AND a.action = 'incident.create'
       WHERE i.title = ANY($1) GROUP BY i.title`,
      [titles]
    )
  )
  assert.equal(rows.length, titles.length)
  for (const row of rows) assert.deepInclude(row, { found: 1, audited: 1 }, row.title)
}

describe("two processes on a database that fails", { timeout: 120_000 }, () => {
  it("answer 503, and lose nothing, while all their connections are ended again and again (F5)", async () => {
    let isOver = false
    const writing = write("terminated", () => isOver)
    for (let round = 0; round < 6; round++) {
      await pause(1000)
      await endConnections()
    }
    await pause(500)
    isOver = true
    const ledger = await writing
    assert.isAbove(ledger.filter(({ status }) => status === 201).length, 200)
    assert.isBelow(await recovered(), 5000)
    await examine(ledger)
  })

  it.each(["SIGINT", "SIGQUIT"] as const)(
    "answer 503 in time while it restarts on %s, and go on when it is there (F4)",
    async (signal) => {
      for (let round = 0; round < 2; round++) {
        let isOver = false
        const writing = write(`${signal}-${round}`, () => isOver)
        await pause(500)
        const { pid } = database.server
        process.kill(pid, signal)
        while (isRunning(pid)) await pause(10)
        await Effect.runPromise(Scope.close(database.scope, Exit.void))
        await pause(1000)
        database = await startDatabase()
        await Effect.runPromise(gate.open(database.port))
        const tookMs = await recovered()
        await pause(300)
        isOver = true
        const ledger = await writing
        assert.isBelow(tookMs, 5000)
        assert.isAbove(ledger.filter(({ status }) => status === 503).length, 0)
        const longest = Math.max(...ledger.map((sent) => sent.tookMs))
        assert.isBelow(longest, 5000)
        await examine(ledger)
      }
    }
  )
})
