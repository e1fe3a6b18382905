import { statSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import {
  call,
  databasePid,
  isRunning,
  itsm,
  removeFolder,
  type RunningServer,
  startServer,
  temporaryFolder,
  tokenOf
} from "./running-server.ts"

const password = "a demo for the tests"
const states = ["new", "assigned", "in_progress", "pending", "resolved", "closed", "cancelled"]
const incidents = "/api/v1/incidents/"

const totalOf = async (server: RunningServer, token: string, query = "") =>
  Number((await call(server, "GET", `${incidents}?count=true&limit=1${query}`, { token })).body["total"])

/** A request of which the server has everything but the last byte. */
const unfinished = (server: RunningServer, token: string) => {
  const body = JSON.stringify({ title: "Begun before the end" })
  const socket = connect(server.port, "127.0.0.1")
  let answer = ""
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text))
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(answer)))
  socket.write(
    `POST ${incidents} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`
  )
  return { finish: () => socket.write(body.slice(-1)), closed }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe("the server on its own database", { timeout: 90_000 }, () => {
  const dataDir = temporaryFolder()
  const settings = { ITSM_DATA_DIR: dataDir, ITSM_DEMO_PASSWORD: password, LOG_LEVEL: "info" }
  let server: RunningServer
  let token: string
  let total: number

  beforeAll(async () => {
    server = await startServer(settings)
  }, 60_000)
  afterAll(async () => {
    await server.stop("SIGKILL")
    removeFolder(dataDir)
  })

  it("starts on an empty folder with the demo, and says how to go on", async () => {
    assert.isBelow(server.startedInMs, 30_000)
    assert.include(server.out(), `curl -s ${server.url}/api/v1/auth/login/`)
    assert.include(server.out(), password)
    assert.equal((await call(server, "GET", "/readyz")).status, 200)
    assert.equal(statSync(join(dataDir, "secrets", "signing-keys")).mode & 0o777, 0o600)
  })

  it("has every account and incidents in every state", async () => {
    for (const company of ["acme", "globex"]) {
      for (const account of ["admin", "manager", "agent", "user"]) {
        const tokenOfAccount = await tokenOf(server, `${account}@${company}.example`, password)
        assert.isAbove(await totalOf(server, tokenOfAccount), 20, account)
      }
      const admin = await tokenOf(server, `admin@${company}.example`, password)
      assert.isAtLeast(await totalOf(server, admin), 100)
      for (const state of states) assert.isAtLeast(await totalOf(server, admin, `&state=${state}`), 5, state)
      assert.isAbove(await totalOf(server, admin, "&reopenCount[gt]=0"), 0)
      assert.isAbove(await totalOf(server, admin, "&closureMethod=auto"), 0)
    }
    assert.equal(
      (await call(server, "POST", "/api/v1/auth/login/", { body: { email: "superuser@platform.example", password } }))
        .status,
      200
    )
    token = await tokenOf(server, "admin@acme.example", password)
    total = await totalOf(server, token)
  })

  it("refuses a second server on its folder", async () => {
    const second = await itsm(["serve"], { ...settings, PORT: "0" }).ended
    assert.equal(second.code, 1)
    assert.include(second.err, `is in use by process ${server.child.pid}`)
    assert.equal((await call(server, "GET", "/readyz")).status, 200)
  })

  it("says so when its port is taken", async () => {
    const second = await itsm(["serve"], { ITSM_STORE: "memory", ITSM_DEMO: "off", PORT: String(server.port) }).ended
    assert.equal(second.code, 1)
    assert.include(second.err, "choose another PORT")
  })

  it("ends in order: not ready at once, what has begun is finished, the database stops", async () => {
    const database = databasePid(dataDir) ?? 0
    assert.isTrue(isRunning(database))
    const begun = unfinished(server, token)
    await pause(300)
    const ended = server.stop("SIGTERM")
    await pause(300)
    assert.equal((await call(server, "GET", "/readyz")).status, 503)
    assert.equal((await call(server, "GET", "/healthz")).status, 200)
    const late = await call(server, "GET", incidents, { token })
    assert.equal(late.status, 503)
    assert.equal(late.body.code, "shutting_down")
    assert.isTrue(late.headers.has("retry-after"))
    begun.finish()
    const answer = await begun.closed
    assert.include(answer, "HTTP/1.1 201")
    assert.match(answer, /connection: close/i)
    assert.deepInclude(await ended, { code: 0, signal: null })
    assert.isFalse(isRunning(database))
  })

  it("has what it had when it comes back, makes no second demo, and takes the tokens from before", async () => {
    server = await startServer({ ...settings, ITSM_DEMO: "on" })
    assert.equal(server.out(), "")
    assert.equal((await call(server, "GET", "/api/v1/auth/me/", { token })).status, 200)
    assert.equal(await totalOf(server, token), total + 1)
  })

  it("ends at once with a second signal, and leaves no database behind", async () => {
    const database = databasePid(dataDir) ?? 0
    const begun = unfinished(server, token)
    await pause(200)
    void server.stop("SIGINT")
    await pause(200)
    assert.deepInclude(await server.stop("SIGINT"), { code: 130 })
    assert.notInclude(await begun.closed, "HTTP/1.1 2")
    for (let waited = 0; isRunning(database) && waited < 10_000; waited += 20) await pause(20)
    assert.isFalse(isRunning(database))
  })
})

describe("the server in memory", { timeout: 60_000 }, () => {
  it("serves the demo with nothing but itself", async () => {
    const server = await startServer({ ITSM_STORE: "memory", ITSM_DEMO_PASSWORD: password })
    const token = await tokenOf(server, "agent@globex.example", password)
    assert.isAbove(await totalOf(server, token), 20)
    assert.deepInclude(await server.stop("SIGTERM"), { code: 0 })
  })
})
