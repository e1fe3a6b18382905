import { PgStore } from "@itsm/adapter-pg"
import { ensureDatabase } from "@itsm/adapter-pg/embedded"
import { type Id, Instant } from "@itsm/core/kernel"
import { Clock, Effect, Redacted, Result } from "effect"
import { SqlClient } from "effect/sql"
import { decodeProtectedHeader } from "jose"
import { randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, inject, it } from "vitest"
import { pastClock } from "../server/demo/past.ts"
import { installation } from "../server/installation.ts"
import { AccessToken, SigningKeys } from "../src/auth/index.ts"
import { forged } from "./instance.ts"
import {
  call,
  itsm,
  removeFolder,
  type RunningServer,
  startServer,
  temporaryFolder,
  tokenOf
} from "./running-server.ts"

const start = Date.UTC(2026, 10, 21, 8, 30)
const minutes = (count: number) => count * 60_000

const keysOf = (text: string) => Result.getOrThrow(SigningKeys.read(text))
const kidsAt = (text: string, ms: number) => {
  const { signing, published, verifying } = keysOf(text).at(ms)
  assert.sameMembers(
    published.keys.map(({ kid }) => kid),
    [...verifying.keys()]
  )
  return { signing: signing.kid, published: published.keys.map(({ kid }) => kid).toSorted() }
}
const rotate = (text: string, ms: number, atOnce = false) => Result.getOrThrow(SigningKeys.rotate(text, ms, atOnce))

const subject = {
  user: { id: randomUUID() as Id.Id<"User">, organizationId: randomUUID() as Id.Id<"Organization"> },
  session: { id: randomUUID() as Id.Id<"Session">, amr: ["pwd"], authenticatedAt: Instant.fromEpochMs(start) }
}
/** One process of a server that has read these keys. */
const processWith = (text: string) => {
  let keys = keysOf(text)
  const tokens = AccessToken.make({
    keys: { at: (ms) => keys.at(ms) },
    issuer: "https://itsm.example",
    audience: "itsm"
  })
  const at = <A, E>(ms: number, effect: Effect.Effect<A, E>) =>
    Effect.runPromise(Effect.provideService(Effect.result(effect), Clock.Clock, pastClock(ms)))
  return {
    sign: async (ms: number) => Result.getOrThrow(await at(ms, tokens.sign(subject))),
    verify: async (ms: number, token: string) => {
      const result = await at(ms, tokens.verify(token))
      return Result.isSuccess(result) ? "good" : result.failure._tag
    },
    read: (newer: string) => void (keys = keysOf(newer))
  }
}
const kidOf = (token: string) => String(decodeProtectedHeader(token).kid)

describe("a rotation of signing keys", () => {
  const first = SigningKeys.generate()
  const old = keysOf(first).at(start).signing.kid
  const { text, kid, signsFrom } = rotate(first, start)

  it("publishes a key before it signs, and the one before it until its last token has expired", () => {
    assert.equal(signsFrom * 1000, start + minutes(20))
    const both = [kid, old].toSorted()
    assert.deepEqual(kidsAt(text, start), { signing: old, published: both })
    assert.deepEqual(kidsAt(text, start + minutes(20) - 1), { signing: old, published: both })
    assert.deepEqual(kidsAt(text, start + minutes(20)), { signing: kid, published: both })
    assert.deepEqual(kidsAt(text, start + minutes(38) - 1), { signing: kid, published: both })
    assert.deepEqual(kidsAt(text, start + minutes(38)), { signing: kid, published: [kid] })
  })

  it("keeps every token good until it expires, whichever process signed it, and refuses a retired key", async () => {
    const [here, there] = [processWith(text), processWith(text)]
    for (const minute of [0, 19, 20, 21]) {
      const ms = start + minutes(minute)
      const token = await here.sign(ms)
      assert.equal(kidOf(token), minute < 20 ? old : kid)
      assert.equal(kidOf(await there.sign(ms)), kidOf(token))
      for (const process of [here, there]) {
        for (const age of [0, 5, 14.9])
          assert.equal(await process.verify(ms + minutes(age), token), "good", `${minute}`)
        assert.equal(await process.verify(ms + minutes(15), token), "TokenExpired")
      }
    }
    // a process whose clock is behind signs with the old key a little longer
    const late = await here.sign(start + minutes(20) - 1)
    assert.equal(await there.verify(start + minutes(34), late), "good")
    assert.equal(await there.verify(start + minutes(38), late), "TokenInvalid")
  })

  it("is taken up by a process that has seen a token before: a retired key is not remembered", async () => {
    const process = processWith(first)
    const token = await process.sign(start)
    assert.equal(await process.verify(start, token), "good")
    process.read(text)
    assert.equal(await process.verify(start, token), "good")
    process.read(rotate(text, start, true).text)
    assert.equal(await process.verify(start, token), "TokenInvalid")
  })

  it("is one at a time, and each clears away what has ended", () => {
    const again = SigningKeys.rotate(text, start + minutes(10), false)
    assert.include(Result.isFailure(again) ? again.failure : "", "under way")
    const next = rotate(text, start + minutes(60))
    assert.deepEqual(next.retired, [old])
    assert.deepEqual(kidsAt(next.text, start + minutes(60)), { signing: kid, published: [kid, next.kid].toSorted() })
    const now = rotate(text, start + minutes(10), true)
    assert.sameMembers([...now.retired], [old, kid])
    assert.deepEqual(kidsAt(now.text, start + minutes(10)), { signing: now.kid, published: [now.kid] })
  })

  it("of given keys: the first of the set signs, and all verify", () => {
    const [one, two] = [SigningKeys.generate(), SigningKeys.generate()].map(
      (each) => (JSON.parse(each) as { keys: [{ kid: string }] }).keys[0]
    )
    const both = [one!.kid, two!.kid].toSorted()
    assert.deepEqual(kidsAt(JSON.stringify({ keys: [one, two] }), start), { signing: one!.kid, published: both })
    assert.deepEqual(kidsAt(JSON.stringify({ keys: [two, one] }), start), { signing: two!.kid, published: both })
    const ended = SigningKeys.read(JSON.stringify({ keys: [{ ...one, endsAt: 1 }] }))
    assert.equal(Result.isFailure(ended) && ended.failure, "has no key without an end")
  })
})

describe("keys that only the process has", () => {
  const none = { signingKeys: undefined, encryptionKey: undefined, earlierEncryptionKeys: undefined }

  it("stay as they were made", async () => {
    const storage = { database: undefined, dataDir: undefined }
    const { signingKeys, follow } = await Effect.runPromise(installation(none, storage))
    const made = signingKeys.at(start).signing.kid
    await Effect.runPromise(follow)
    assert.equal(signingKeys.at(start).signing.kid, made)
  })
})

describe("itsm rotate-keys", { timeout: 120_000 }, () => {
  const name = `itsm_${randomUUID().replaceAll("-", "")}`
  const url = new URL(inject("databaseAdminUrl"))
  url.pathname = `/${name}`
  const DATABASE_URL = url.href
  const password = "nobody guesses this one"
  const folder = temporaryFolder()
  let servers: ReadonlyArray<RunningServer> = []

  beforeAll(async () => {
    await Effect.runPromise(Effect.asVoid(ensureDatabase(inject("databaseAdminUrl"), name)))
    const options = ["--organization", "acme", "--name", "Ada", "--email", "ada@acme.example"]
    const made = await itsm(["create-admin", ...options], { DATABASE_URL, ITSM_ADMIN_PASSWORD: password }).ended
    assert.equal(made.code, 0, made.err)
    servers = await Promise.all([startServer({ DATABASE_URL }), startServer({ DATABASE_URL, ITSM_ROLE: "api" })])
  }, 120_000)
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop("SIGTERM")))
    removeFolder(folder)
    await Effect.runPromise(
      SqlClient.SqlClient.use((sql) => sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`).unprepared).pipe(
        Effect.provide(PgStore.clientLayer({ url: Redacted.make(inject("databaseAdminUrl")), maxConnections: 1 }))
      )
    )
  })

  const published = async (server: RunningServer) => {
    const { body } = await call(server, "GET", "/.well-known/jwks.json")
    return (body["keys"] as ReadonlyArray<{ readonly kid: string }>).map(({ kid }) => kid)
  }
  /** Waits until each server publishes so many keys with this one among them. */
  const takenUp = async (kid: string, count: number) => {
    const since = performance.now()
    for (const server of servers) {
      for (
        let kids = await published(server);
        !(kids.includes(kid) && kids.length === count);
        kids = await published(server)
      ) {
        assert.isBelow(performance.now() - since, 60_000)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  const me = (server: RunningServer, token: string) => call(server, "GET", "/api/v1/auth/me/", { token })
  const kidIn = (out: string) => /The key (\S+)/.exec(out)![1]!

  it("reaches running servers: published first, no token ends, and with --now all do", async () => {
    const [old] = await published(servers[0]!)
    const tokens = await Promise.all(servers.map((server) => tokenOf(server, "ada@acme.example", password)))
    const first = await itsm(["rotate-keys"], { DATABASE_URL }).ended
    assert.equal(first.code, 0, first.err)
    const next = kidIn(first.out)
    await takenUp(next, 2)
    for (const server of servers) {
      for (const token of tokens) assert.equal((await me(server, token)).status, 200)
      assert.equal(kidOf(await tokenOf(server, "ada@acme.example", password)), old)
    }
    const again = await itsm(["rotate-keys"], { DATABASE_URL }).ended
    assert.equal(again.code, 1)
    assert.include(again.err, "under way")

    const second = await itsm(["rotate-keys", "--now"], { DATABASE_URL }).ended
    assert.equal(second.code, 0, second.err)
    await takenUp(kidIn(second.out), 1)
    for (const server of servers) {
      for (const token of tokens) {
        const answer = await me(server, token)
        assert.equal(answer.status, 401)
        assert.equal(answer.body.code, "token_invalid")
      }
    }
    const fresh = await tokenOf(servers[0]!, "ada@acme.example", password)
    assert.equal(kidOf(fresh), kidIn(second.out))
    for (const server of servers) {
      assert.equal((await me(server, fresh)).status, 200)
      assert.equal((await me(server, await forged(fresh))).body.code, "token_invalid")
    }
  })

  it("replaces the keys in a data folder, closed to others, and explains itself where it cannot", async () => {
    const missing = await itsm(["rotate-keys"], { ITSM_DATA_DIR: join(folder, "empty") }).ended
    assert.equal(missing.code, 1)
    assert.include(missing.err, "no keys yet")
    mkdirSync(join(folder, "secrets"), { recursive: true })
    const file = join(folder, "secrets", "signing-keys")
    writeFileSync(file, SigningKeys.generate())
    const done = await itsm(["rotate-keys"], { ITSM_DATA_DIR: folder }).ended
    assert.equal(done.code, 0, done.err)
    assert.include(kidsAt(readFileSync(file, "utf8"), Date.now()).published, kidIn(done.out))
    assert.isFalse(existsSync(`${file}.unfinished`))
    const given = await itsm(["rotate-keys"], { DATABASE_URL, ITSM_SIGNING_KEYS: SigningKeys.generate() }).ended
    assert.include(given.err, "ITSM_SIGNING_KEYS")
    assert.equal((await itsm(["rotate-keys"], { ITSM_STORE: "memory" }).ended).code, 1)
  })
})
