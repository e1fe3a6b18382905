import { Cause, Context, Effect, Logger, Option } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, inject, it } from "vitest"
import { jsonLinesTo } from "../server/log.ts"
import { leaksIn } from "./leaks.ts"
import { startMemoryServer } from "./memory-server.ts"
import { startService } from "./service.ts"

/** What breaks lines, moves cursors, turns text around, and fills disks. */
const hostile = {
  "ends of lines": 'x\r\n{"level":"error","message":"forged"}\r\n',
  "escapes of terminals": "\u001b[2J\u001b]0;owned\u0007\u009b31m\u0000",
  "turned text": "\u202eevil\u2066\u2028\u2029\u200f\ufeff",
  "a mebibyte": "y".repeat(1024 * 1024)
}
// oxlint-disable-next-line no-control-regex
const plainLine = /^[^\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]*\n$/

const checkLines = (lines: ReadonlyArray<string>, what: string) => {
  for (const line of lines) {
    assert.match(line, plainLine, what)
    assert.isBelow(line.length, 70_000, what)
    assert.containsAllKeys(JSON.parse(line), ["time", "level", "message"], what)
  }
}

describe("a log line", () => {
  it.each(Object.entries(hostile))("is one of JSON, whatever callers send (T-LOG-1): %s", async (what, text) => {
    const lines: Array<string> = []
    const { services, runtime } = await startService()
    const logger = jsonLinesTo((line) => void lines.push(line))
    const logged = Context.add(services, Logger.CurrentLoggers, new Set([logger]))
    const { app } = await startService({ services: logged })
    const asHeader = text.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "?").slice(0, 8000)
    const requests: ReadonlyArray<readonly [string, RequestInit]> = [
      ["/api/v1/incidents/", { headers: { "user-agent": asHeader, "x-request-id": asHeader.slice(0, 64) } }],
      [`/api/v1/${encodeURIComponent(text).slice(0, 8000)}/`, {}],
      [`/api/v1/incidents/?title=${encodeURIComponent(text).slice(0, 8000)}`, {}],
      [
        "/api/v1/incidents/",
        {
          method: "POST",
          body: JSON.stringify({ title: text, email: text }),
          headers: { "content-type": "application/json" }
        }
      ]
    ]
    for (const [path, init] of requests)
      await app.request(path, { ...init, headers: { authorization: "Bearer admin", ...(init.headers as object) } })
    assert.lengthOf(lines, requests.length)
    checkLines(lines, what)
    await runtime.dispose()
  })

  it.each(Object.entries(hostile))("is one of JSON, whatever a failure says: %s", async (what, text) => {
    const lines: Array<string> = []
    const failure = new Error(text)
    await Effect.runPromise(
      Effect.all([
        Effect.logError(text, { email: text, list: [text], [text.slice(0, 99)]: 1 }, failure),
        Effect.logError("broken", Cause.die(failure)),
        Effect.logInfo(Option.some(text))
      ]).pipe(Effect.provide(Logger.layer([jsonLinesTo((line) => void lines.push(line))])))
    )
    assert.lengthOf(lines, 3)
    checkLines(lines, what)
  })
})

describe("the scan of the logs of this run", () => {
  it("finds a secret, as it stands and inside JSON, and what looks like one", () => {
    const log = `first line\n{"message":"the \\"odd\\" password"}\n{"user":"plain words in here"}\nlast`
    assert.deepEqual(leaksIn(log, ['the "odd" password', "plain words in", "not there at all"]), [
      { found: 'the "odd" password', line: '{"message":"the \\"odd\\" password"}' },
      { found: "plain words in", line: '{"user":"plain words in here"}' }
    ])
    for (const secret of [
      `itsm_rt_${"a".repeat(43)}`,
      `itsm_ak_${"B-_".repeat(12)}`,
      "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
      "Authorization: bearer abcdefghijklmnop",
      "$argon2id$v=19$m=19456",
      "postgres://itsm:hunter2@localhost/itsm",
      "smtps://user:word@mail.example:465",
      "-----BEGIN PRIVATE KEY-----"
    ])
      assert.lengthOf(leaksIn(`{"message":"x ${secret} y"}\n`, []), 1, secret)
    assert.deepEqual(leaksIn('{"message":"request","route":"/auth/login/","status":200}\n', ["a password"]), [])
  })

  it("is fed by the servers of the tests: their lines, and the secrets that they are sent and give", async () => {
    const server = await startMemoryServer()
    const password = `fresh and long enough ${Math.random()}`
    const admin = await server.as("admin@acme.example")
    await server.post("/api/v1/users/", { email: "logged@acme.example", displayName: "Logged", password }, admin)
    const { body } = await server.post("/api/v1/auth/login/", { email: "logged@acme.example", password })
    const mfa = await server.post(
      "/api/v1/auth/mfa/enable/",
      { password },
      { Authorization: `Bearer ${String(body["accessToken"])}` }
    )
    const read = (file: string) => readFileSync(join(inject("logBook"), file), "utf8")
    assert.include(read("log"), '"route":"/auth/mfa/enable/"')
    const secrets = read("secrets")
    for (const secret of [password, body["accessToken"], body["refreshToken"], mfa.body["secret"]])
      assert.include(secrets, JSON.stringify(secret))
    await server.close()
  })
})
