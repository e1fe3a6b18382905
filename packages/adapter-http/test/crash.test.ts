import { readdirSync, readlinkSync } from "node:fs"
import { afterAll, assert, describe, it } from "vitest"
import {
  type Answer,
  call,
  databasePid,
  itsm,
  isRunning,
  removeFolder,
  type RunningServer,
  startServer,
  temporaryFolder,
  tokenOf
} from "./running-server.ts"

const rounds = 20
const writers = 8
const password = "nobody guesses this one"
const incidents = "/api/v1/incidents/"
const dataDir = temporaryFolder()
const settings = { ITSM_DATA_DIR: dataDir, ITSM_DEMO: "off", LOG_LEVEL: "info" }

afterAll(() => removeFolder(dataDir))

interface Write {
  readonly title: string
  readonly key: string
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Processes of PostgreSQL that still work in the folder. */
const leftBehind = () =>
  readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDir)
      } catch {
        return false
      }
    })

describe("a server that is killed amid writes", { timeout: 180_000 }, () => {
  let token = ""
  const acknowledged = new Map<string, { id: string; comments: number; resolved: boolean }>()
  let unanswered: Array<Write> = []
  const send = (server: RunningServer, path: string, body: object, key?: string): Promise<Answer | undefined> =>
    call(server, "POST", path, { token, body, ...(key === undefined ? {} : { key }) }).catch(() => undefined)

  /** Opens incidents, comments on them and resolves them, until the server is gone. */
  const write = async (server: RunningServer, round: number, writer: number, isOver: () => boolean) => {
    for (let count = 0; !isOver(); count++) {
      const wanted = {
        title: `Round ${round}, writer ${writer}, incident ${count}`,
        key: `${round}-${writer}-${count}`
      }
      const opened = await send(server, incidents, { title: wanted.title }, wanted.key)
      if (opened === undefined) return void unanswered.push(wanted)
      assert.equal(opened.status, 201, JSON.stringify(opened.body))
      const known = { id: String(opened.body["id"]), comments: 0, resolved: false }
      acknowledged.set(wanted.title, known)
      const commented = await send(server, `${incidents}${known.id}/add_comment/`, { body: "written amid a crash" })
      if (commented?.status !== 201) return
      known.comments = 1
      const resolved = await send(server, `${incidents}${known.id}/resolve/`, {
        resolutionCode: "fixed",
        resolutionNotes: "It works again."
      })
      if (resolved?.status !== 200) return
      known.resolved = true
    }
  }

  const total = async (server: RunningServer, path: string) =>
    Number((await call(server, "GET", `${path}&count=true&limit=1`, { token })).body["total"])

  /** Every acknowledged write is there, and every command has left its record and its audit entry, or neither. */
  const examine = async (server: RunningServer) => {
    for (const [title, { id, comments, resolved }] of acknowledged) {
      const { status, body } = await call(server, "GET", `${incidents}${id}/`, { token })
      assert.equal(status, 200, title)
      assert.equal(body["title"], title)
      if (resolved) assert.equal(body["state"], "resolved", title)
      const entries = (action: string) =>
        total(server, `/api/v1/audit-logs/?entityId=${id}&action=${action}&outcome=allow`)
      assert.equal(await entries("incident.create"), 1, title)
      const commented = await total(server, `${incidents}${id}/comments/?visibility=public`)
      assert.isAtLeast(commented, comments, title)
      assert.equal(await entries("incident.add_comment"), commented, title)
      assert.equal(await entries("incident.resolve"), body["state"] === "resolved" ? 1 : 0, title)
    }
    assert.equal(
      await total(server, `${incidents}?version[gte]=1`),
      await total(server, "/api/v1/audit-logs/?action=incident.create&outcome=allow")
    )
  }

  it(`loses nothing that it acknowledged, in ${rounds} rounds`, async () => {
    const founded = await itsm(
      ["create-admin", "--organization", "acme", "--email", "admin@acme.example", "--name", "Ada"],
      { ...settings, ITSM_ADMIN_PASSWORD: password }
    ).ended
    assert.equal(founded.code, 0, founded.err)
    const databases = new Set<number>()
    for (let round = 1; round <= rounds; round++) {
      const server = await startServer(settings)
      if (token === "") token = await tokenOf(server, "admin@acme.example", password)
      const database = databasePid(dataDir) ?? 0
      databases.add(database)
      // what had no answer is asked for again with its key: it is done once, whether or not it was done before
      for (const { title, key } of unanswered) {
        const answer = await send(server, incidents, { title }, key)
        assert.equal(answer?.status, 201)
        acknowledged.set(title, { id: String(answer?.body["id"]), comments: 0, resolved: false })
      }
      unanswered = []
      let isOver = false
      const writing = Promise.all(
        Array.from({ length: writers }, (_, writer) => write(server, round, writer, () => isOver))
      )
      await pause(50 + Math.random() * 250)
      if (round % 4 === 0) process.kill(database, "SIGKILL")
      await server.stop("SIGKILL")
      isOver = true
      await writing
    }
    assert.isAbove(acknowledged.size, rounds)
    const server = await startServer(settings)
    await examine(server)
    assert.deepInclude(await server.stop("SIGTERM"), { code: 0 })
    for (const pid of databases) assert.isFalse(isRunning(pid))
    if (process.platform === "linux") assert.deepEqual(leftBehind(), [])
  })

  it.each(["the server", "the database, too,"])(
    "knows a refresh token that was used before %s was killed (T-REFRESH-2)",
    async (killed) => {
      const before = await startServer(settings)
      const login = await call(before, "POST", "/api/v1/auth/login/", {
        body: { email: "admin@acme.example", password }
      })
      const refresh = (server: RunningServer, refreshToken: unknown) =>
        call(server, "POST", "/api/v1/auth/token/refresh/", { body: { refreshToken } })
      const next = await refresh(before, login.body["refreshToken"])
      assert.equal(next.status, 200)
      if (killed !== "the server") process.kill(databasePid(dataDir) ?? 0, "SIGKILL")
      await before.stop("SIGKILL")
      const after = await startServer(settings)
      assert.equal((await refresh(after, login.body["refreshToken"])).body.code, "refresh_token_reused")
      assert.equal((await refresh(after, next.body["refreshToken"])).body.code, "refresh_token_invalid")
      await after.stop("SIGTERM")
    }
  )
})
