import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { ensureDatabase, startEmbedded } from "@itsm/adapter-pg/embedded"
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "itsm-embedded-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const on = (url: string) => Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))

const remember = (url: string, text: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE IF NOT EXISTS memory (line text)`
    yield* sql`INSERT INTO memory (line) VALUES (${text})`
  }).pipe(on(url))

const memory = (url: string) =>
  SqlClient.SqlClient.use((sql) => sql<{ line: string }>`SELECT line FROM memory ORDER BY line`).pipe(
    Effect.map((rows) => rows.map(({ line }) => line)),
    on(url)
  )

const setting = (url: string, name: string) =>
  SqlClient.SqlClient.use((sql) => sql<{ value: string }>`SELECT current_setting(${name}) AS value`).pipe(
    Effect.map((rows) => rows[0]?.value),
    on(url)
  )

const isRunning = (pid: number) =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")

const untilGone = (pid: number) =>
  Effect.gen(function* () {
    while (isRunning(pid)) yield* Effect.sleep("10 millis")
  }).pipe(Effect.timeout("10 seconds"))

interface Owner {
  readonly process: ChildProcess
  readonly url: string
  readonly pid: number
}

/** Another process with a server on the folder. */
const ownerProcess = (dataDir: string) =>
  Effect.acquireRelease(
    Effect.callback<Owner>((resume) => {
      const child = spawn(process.execPath, [join(import.meta.dirname, "embedded-owner.ts"), dataDir], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      createInterface(child.stdout).once("line", (line) =>
        resume(Effect.succeed({ process: child, ...(JSON.parse(line) as { url: string; pid: number }) }))
      )
    }),
    (owner) => Effect.sync(() => owner.process.kill("SIGKILL")).pipe(Effect.andThen(Effect.orDie(untilGone(owner.pid))))
  )

describe("embedded PostgreSQL", () => {
  it.live("keeps its data over a restart", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const first = yield* Effect.scoped(
        Effect.tap(startEmbedded({ dataDir }), (server) => remember(server.url, "before"))
      )
      assert.isFalse(isRunning(first.pid))
      const started = performance.now()
      const second = yield* startEmbedded({ dataDir })
      assert.isBelow(performance.now() - started, 5_000)
      assert.deepStrictEqual(yield* memory(second.url), ["before"])
    })
  )

  it.live("survives a power loss, speaks UTF-8 and asks for the password it generated", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const { url } = yield* startEmbedded({ dataDir })
      for (const name of ["fsync", "synchronous_commit", "full_page_writes"])
        assert.strictEqual(yield* setting(url, name), "on")
      assert.strictEqual(yield* setting(url, "server_encoding"), "UTF8")
      assert.strictEqual(yield* setting(url, "listen_addresses"), "127.0.0.1")
      assert.strictEqual(statSync(join(dataDir, "postgres", "password")).mode & 0o777, 0o600)
      const wrong = new URL(url)
      wrong.password = "guess"
      const refused = yield* Effect.flip(setting(wrong.href, "fsync"))
      assert.strictEqual(refused._tag, "SqlError")
    })
  )

  it.live("refuses a second owner of the folder, in this process and in another", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const owner = yield* ownerProcess(dataDir)
      const elsewhere = yield* Effect.flip(Effect.scoped(startEmbedded({ dataDir })))
      assert.include(elsewhere.message, `is in use by process ${owner.process.pid}`)
      yield* remember(owner.url, "the first owner goes on working")

      const other = yield* temporaryFolder
      yield* startEmbedded({ dataDir: other })
      const here = yield* Effect.flip(Effect.scoped(startEmbedded({ dataDir: other })))
      assert.strictEqual(here._tag, "EmbeddedInUse")
    })
  )

  it.live("lets one of several contenders own the folder", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const attempts = Array.from({ length: 5 }, () => Effect.result(startEmbedded({ dataDir })))
      const results = yield* Effect.all(attempts, { concurrency: "unbounded" })
      assert.deepStrictEqual(results.map((result) => result._tag).toSorted(), [...Array(4).fill("Failure"), "Success"])
    })
  )

  it.live("ends with its owner when that is killed, and a restart has the data", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const owner = yield* ownerProcess(dataDir)
      yield* remember(owner.url, "acknowledged")
      owner.process.kill("SIGKILL")
      yield* untilGone(owner.pid)
      const next = yield* startEmbedded({ dataDir })
      assert.deepStrictEqual(yield* memory(next.url), ["acknowledged"])
    })
  )

  it.live("takes over at once from an owner killed a moment ago", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const owner = yield* ownerProcess(dataDir)
      yield* remember(owner.url, "acknowledged")
      owner.process.kill("SIGKILL")
      yield* Effect.callback<void>((resume) => void owner.process.once("exit", () => resume(Effect.void)))
      const next = yield* startEmbedded({ dataDir })
      assert.deepStrictEqual(yield* memory(next.url), ["acknowledged"])
      assert.isFalse(isRunning(owner.pid))
    })
  )

  it.live("recovers when the server itself is killed, alone or together with its owner", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const alone = yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* startEmbedded({ dataDir })
          yield* remember(server.url, "1")
          process.kill(server.pid, "SIGKILL")
          yield* server.exited
          return server
        })
      )
      const owner = yield* ownerProcess(dataDir)
      assert.notStrictEqual(owner.pid, alone.pid)
      yield* remember(owner.url, "2")
      owner.process.kill("SIGKILL")
      process.kill(owner.pid, "SIGKILL")
      yield* Effect.callback<void>((resume) => void owner.process.once("exit", () => resume(Effect.void)))
      const next = yield* startEmbedded({ dataDir })
      assert.deepStrictEqual(yield* memory(next.url), ["1", "2"])
    })
  )

  it.live("is not misled by a process that has the number of a dead owner or server", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      yield* Effect.scoped(startEmbedded({ dataDir }))
      const folder = join(dataDir, "postgres")
      const dead = { host: hostname(), pid: process.pid, startedAt: "long ago" }
      writeFileSync(join(folder, "owner-7.lock"), JSON.stringify(dead))
      writeFileSync(join(folder, "cluster", "postmaster.pid"), `${process.pid}\n${folder}/cluster\n`)
      yield* Effect.scoped(startEmbedded({ dataDir }))
    })
  )

  it.live("leaves the folder to an owner on another host until that falls silent", () =>
    Effect.gen(function* () {
      const dataDir = yield* temporaryFolder
      const lock = join(dataDir, "postgres", "owner-1.lock")
      mkdirSync(join(dataDir, "postgres"), { recursive: true })
      writeFileSync(lock, JSON.stringify({ host: "elsewhere", pid: 1, startedAt: "1" }))
      const refused = yield* Effect.flip(Effect.scoped(startEmbedded({ dataDir })))
      assert.include(refused.message, "process 1 on elsewhere")
      utimesSync(lock, new Date(0), new Date(0))
      yield* startEmbedded({ dataDir })
    })
  )

  it.live("creates a database once", () =>
    Effect.gen(function* () {
      const { url } = yield* startEmbedded({ dataDir: yield* temporaryFolder })
      const urls = yield* Effect.all([ensureDatabase(url, "itsm"), ensureDatabase(url, "itsm")], { concurrency: 2 })
      yield* remember(urls[0], "there")
      assert.deepStrictEqual(yield* memory(yield* ensureDatabase(url, "itsm")), ["there"])
    })
  )
})
