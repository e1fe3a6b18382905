import { PgStore } from "@itsm/adapter-pg"
import { ensureDatabase } from "@itsm/adapter-pg/embedded"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { SigningKeys } from "../src/auth/index.ts"
import { call, itsm, removeFolder, startServer, temporaryFolder, tokenOf } from "./running-server.ts"

const folder = temporaryFolder()
const name = `itsm_${randomUUID().replaceAll("-", "")}`
const DATABASE_URL = (() => {
  const url = new URL(inject("databaseAdminUrl"))
  url.pathname = `/${name}`
  return url.href
})()
const password = "nobody guesses this one"

const drop = SqlClient.SqlClient.use((sql) => sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`).unprepared).pipe(
  Effect.provide(PgStore.clientLayer({ url: Redacted.make(inject("databaseAdminUrl")), maxConnections: 1 }))
)

beforeAll(() => Effect.runPromise(Effect.asVoid(ensureDatabase(inject("databaseAdminUrl"), name))))
afterAll(async () => {
  await Effect.runPromise(drop)
  removeFolder(folder)
})

const run = (args: ReadonlyArray<string>, settings: Readonly<Record<string, string>> = { DATABASE_URL }, input = "") =>
  itsm(args, settings, input).ended

describe("settings", { timeout: 30_000 }, () => {
  it("are all checked at once, and no value is repeated", async () => {
    const secret = "hunter2-hunter2-hunter2"
    const { code, err } = await run(["serve"], {
      PORT: "99999",
      DATABASE_URL: `mysql://root:${secret}@localhost/itsm`,
      ITSM_DEMO: "perhaps",
      ITSM_ROLE: "boss",
      ITSM_SIGNING_KEYS: `{"keys":[{"d":"${secret}"}]}`,
      ITSM_ENCRYPTION_KEY: secret,
      ITSM_PASSWORD_MIN: "3",
      ITSM_PUBLIC_URL: "itsm.example",
      ITSM_ADMIN_PASSWORD_FILE: join(folder, "missing"),
      LOG_LEVEL: "loud"
    })
    assert.equal(code, 2)
    for (const setting of [
      "PORT",
      "DATABASE_URL",
      "ITSM_DEMO",
      "ITSM_ROLE",
      "ITSM_SIGNING_KEYS",
      "ITSM_ENCRYPTION_KEY",
      "ITSM_PASSWORD_MIN",
      "ITSM_PUBLIC_URL",
      "ITSM_ADMIN_PASSWORD_FILE",
      "LOG_LEVEL"
    ]) {
      assert.include(err, `  ${setting}: `)
    }
    assert.include(err, "10 mistakes")
    assert.notInclude(err, secret)
  })

  it("that contradict each other are mistakes", async () => {
    const { code, err } = await run(["serve"], {
      ITSM_STORE: "memory",
      DATABASE_URL,
      ITSM_DEMO_PASSWORD: "a",
      ITSM_DEMO_PASSWORD_FILE: "b"
    })
    assert.equal(code, 2)
    assert.include(err, "ITSM_STORE: memory beside DATABASE_URL")
    assert.include(err, "ITSM_DEMO_PASSWORD: a value beside ITSM_DEMO_PASSWORD_FILE")
    assert.include((await run(["serve"], { ITSM_ROLE: "api" })).err, "ITSM_ROLE: api without DATABASE_URL")
  })

  it("that nobody knows are told, and do no harm", async () => {
    const { code, err } = await run(["openapi"], { ITSM_DATADIR: "/nowhere", SMTP_URL: "smtp://localhost" })
    assert.equal(code, 0)
    assert.include(err, "ITSM_DATADIR")
    assert.notInclude(err, "SMTP_URL")
  })
})

describe("itsm", { timeout: 60_000 }, () => {
  it("explains itself", async () => {
    for (const args of [["--help"], ["serve", "--help"], ["create-admin", "-h"]]) {
      const { code, out } = await run(args)
      assert.equal(code, 0)
      assert.include(out, "itsm")
    }
    assert.include((await run(["--help"])).out, "Exit codes")
    for (const args of [["dance"], ["serve", "--fast"], ["create-admin"], ["create-admin", "--organization", "acme"]])
      assert.equal((await run(args)).code, 2)
  })

  it("migrates, and tells what is pending", async () => {
    assert.match((await run(["migrate", "--status"])).out, /pending {2}0001_/)
    assert.include((await run(["doctor"])).out, "Run: itsm migrate")
    assert.match((await run(["migrate"])).out, /applied {2}0001_/)
    const { out } = await run(["migrate", "--status"])
    assert.notInclude(out, "pending")
    assert.include((await run(["migrate"])).out, "up to date")
  })

  it("finds what is wrong, and says what to do", async () => {
    const healthy = await run(["doctor"])
    assert.equal(healthy.code, 0, healthy.out)
    assert.match(healthy.out, /good +isolation +row-level security holds every table\n/)
    const open = await run(["doctor"], { DATABASE_URL, ITSM_ROW_LEVEL_SECURITY: "off" })
    assert.match(open.out, /skipped +isolation +row-level security is off/)
    const sick = await run(["doctor"], { DATABASE_URL, ITSM_SINGING_KEYS: "x" })
    assert.equal(sick.code, 1)
    assert.include(sick.out, "ITSM_SINGING_KEYS")
  })

  it("makes administrators, and the organizations they are missing", async () => {
    const options = [
      "create-admin",
      "--organization",
      "initech",
      "--organization-name",
      "Initech",
      "--name",
      "Bill Lumbergh"
    ]
    const first = await run([...options, "--email", "bill@initech.example"], {
      DATABASE_URL,
      ITSM_ADMIN_PASSWORD: password
    })
    assert.equal(first.code, 0, first.err)
    const second = await run([...options, "--email", "milton@initech.example"], { DATABASE_URL }, `${password}\n`)
    assert.equal(second.code, 0, second.err)
    assert.include(
      (await run([...options, "--email", "bill@initech.example"], { DATABASE_URL, ITSM_ADMIN_PASSWORD: password })).err,
      "already"
    )
    const weak = await run([...options, "--email", "peter@initech.example"], {
      DATABASE_URL,
      ITSM_ADMIN_PASSWORD: "short"
    })
    assert.equal(weak.code, 1)
    assert.include(weak.err, "at least 15 characters")
    assert.equal((await run([...options, "--email", "nobody@initech.example"])).code, 1)
    assert.equal(
      (
        await run(
          [
            "create-admin",
            "--superuser",
            "--organization",
            "platform",
            "--name",
            "Root",
            "--email",
            "root@platform.example"
          ],
          { DATABASE_URL },
          password
        )
      ).code,
      0
    )
    assert.equal((await run(["demo"])).code, 1)
  })

  it("serves one database from several processes, which know each other's tokens", async () => {
    const [a, b] = await Promise.all([startServer({ DATABASE_URL }), startServer({ DATABASE_URL, ITSM_ROLE: "api" })])
    assert.equal(a.out() + b.out(), "")
    for (const email of ["bill@initech.example", "milton@initech.example"]) {
      const token = await tokenOf(a, email, password)
      assert.equal((await call(b, "GET", "/api/v1/users/", { token })).status, 200)
      assert.equal((await call(a, "POST", "/api/v1/auth/logout/", { token })).status, 204)
      await new Promise((resolve) => setTimeout(resolve, 1000))
      assert.equal((await call(b, "GET", "/api/v1/users/", { token })).body.code, "session_revoked")
    }
    const root = await call(a, "POST", "/api/v1/auth/login/", { body: { email: "root@platform.example", password } })
    assert.equal((root.body["user"] as { readonly isSuperuser: boolean }).isSuperuser, true)
    const worker = await startServer({ DATABASE_URL, ITSM_ROLE: "worker" })
    assert.equal((await call(worker, "GET", "/readyz")).status, 200)
    assert.equal((await call(worker, "GET", "/api/v1/users/")).status, 404)
    for (const { code } of await Promise.all([a, b, worker].map((server) => server.stop("SIGTERM"))))
      assert.equal(code, 0)
  })

  it("signs with the keys of the settings", async () => {
    const file = join(folder, "keys.json")
    writeFileSync(file, SigningKeys.generate())
    const server = await startServer({ DATABASE_URL, ITSM_SIGNING_KEYS_FILE: file })
    const { body } = await call(server, "GET", "/.well-known/jwks.json")
    assert.equal((body["keys"] as ReadonlyArray<unknown>).length, 1)
    const token = await tokenOf(server, "bill@initech.example", password)
    const other = await startServer({ DATABASE_URL })
    assert.equal((await call(other, "GET", "/api/v1/users/", { token })).body.code, "token_invalid")
    await Promise.all([server.stop("SIGTERM"), other.stop("SIGTERM")])
  })

  it("gives up on a database that does not answer, and takes no other in its place", async () => {
    const begun = performance.now()
    const { code, err } = await run(["serve"], {
      DATABASE_URL: `postgres://itsm:${password.replaceAll(" ", "")}@127.0.0.1:1/itsm`,
      ITSM_DATA_DIR: join(folder, "unused")
    })
    assert.equal(code, 1)
    assert.include(err, "Check DATABASE_URL")
    assert.notInclude(err, password.replaceAll(" ", ""))
    assert.isBelow(performance.now() - begun, 30_000)
    assert.isFalse(existsSync(join(folder, "unused")))
  })

  it("prints the OpenAPI document", async () => {
    const { out } = await run(["openapi"], {})
    const document = JSON.parse(out) as { readonly openapi: string; readonly paths: Readonly<Record<string, unknown>> }
    assert.equal(document.openapi, "3.1.0")
    assert.property(document.paths, "/api/v1/auth/login/")
  })
})
