import { Condition, Kernel, SecondFactor, Session } from "@itsm/core"
import { Effect } from "effect"
import { decodeJwt } from "jose"
import { generate } from "otplib"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { aesGcm } from "../src/auth/index.ts"
import { bearer, type MemoryServer, password, startMemoryServer } from "./memory-server.ts"
import { storedRows } from "./stored.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const api = "/api/v1/auth"
const post = (path: string, body: object, token?: unknown) =>
  server.post(`${api}/${path}/`, body, token === undefined ? {} : bearer(token))
const seconds = () => Math.floor(Date.now() / 1000)

/** Waits for the next time step, where the present one is about to end. */
const steadily = async () => {
  const left = 30 - (seconds() % 30)
  if (left <= 8) await new Promise((resolve) => setTimeout(resolve, left * 1000 + 50))
}
/** The code of the present time step, or of one before or after it. */
const codeOf = (secret: string, steps = 0) => generate({ secret, epoch: seconds() + steps * 30 })

const newAccount = async (account: string) => {
  const admin = await server.as("admin@acme.example")
  const email = `${account}@acme.example`
  const created = await server.post("/api/v1/users/", { email, displayName: "Newly Hired", password }, admin)
  assert.equal(created.status, 201)
  return { email, token: String((await server.login(email)).body["accessToken"]) }
}

/** An account with a second factor; the code of the present time step is not used yet. */
const enrolled = async (account: string) => {
  const { email, token } = await newAccount(account)
  const offer = await post("mfa/enable", { password }, token)
  assert.equal(offer.status, 200)
  const secret = String(offer.body["secret"])
  await steadily()
  const verified = await post("mfa/verify", { code: await codeOf(secret, -1) }, token)
  assert.equal(verified.status, 200)
  return { email, token, secret, offer, recoveryCodes: verified.body["recoveryCodes"] as ReadonlyArray<string> }
}

const ticketFor = async (email: string) => String((await server.login(email)).body["mfaToken"])
const refused = ({ status, body }: { readonly status: number; readonly body: { readonly code?: string } }) => [
  status,
  body.code
]
const wrong = [401, "mfa_code_invalid"]

describe("enrolment", () => {
  it("offers a secret once, and is on when a code of it is verified (T-MFA-1)", async () => {
    const { email, token } = await newAccount("careful")
    assert.deepEqual(refused(await post("mfa/enable", { password: "wrong" }, token)), [401, "invalid_credentials"])
    const offer = await post("mfa/enable", { password }, token)
    assert.equal(offer.body["expiresIn"], 600)
    assert.match(String(offer.body["secret"]), /^[A-Z2-7]{32}$/)
    const url = new URL(String(offer.body["otpauthUrl"]))
    assert.equal(url.searchParams.get("secret"), offer.body["secret"])
    assert.equal((await server.login(email)).status, 200)
    assert.property((await server.login(email)).body, "accessToken")
    assert.deepEqual(refused(await post("mfa/verify", { code: "000000" }, token)), wrong)
    await steadily()
    const code = await codeOf(String(offer.body["secret"]))
    const verified = await post("mfa/verify", { code }, token)
    assert.equal(verified.body["mfaEnabled"], true)
    assert.lengthOf(new Set(verified.body["recoveryCodes"] as ReadonlyArray<string>), 10)
    assert.deepEqual(refused(await post("mfa/enable", { password }, token)), [409, "state_conflict"])
    assert.deepEqual(refused(await post("mfa/verify", { code }, token)), [409, "state_conflict"])
    assert.deepEqual(refused(await post("token", { email, password, mfaCode: code })), wrong)
  })

  it("keeps the secret encrypted, the recovery codes hashed, and neither in the audit log", async () => {
    const { secret, recoveryCodes } = await enrolled("discreet")
    const rows = JSON.stringify([...(await storedRows(server))])
    assert.notInclude(rows, secret)
    for (const code of recoveryCodes) assert.notInclude(rows, code)
  })

  it("asks for a proof of the last ten minutes", async () => {
    const { token } = await newAccount("absent")
    const claims = decodeJwt(token)
    await server.run(
      Effect.gen(function* () {
        const { store } = yield* Kernel.Kernel
        const where = Condition.eq("id", String(claims["sid"]))
        const [session] = (yield* store.find("everywhere", Session, { where, sort: [], limit: 1 })).items
        const then = new Date(Date.now() - 601_000).toISOString()
        const record = { ...session!, authenticatedAt: then, version: session!.version + 1 }
        yield* store.commit({ organizationId: session!.organizationId }, [
          { kind: "update", entity: Session, record, expectedVersion: session!.version }
        ])
      })
    )
    const late = [403, "reauthentication_required"]
    assert.deepEqual(refused(await post("mfa/enable", { password }, token)), late)
    assert.deepEqual(refused(await post("mfa/disable", { password, code: "000000" }, token)), late)
    assert.deepEqual(refused(await post("reauthenticate", { password: "wrong" }, token)), [401, "invalid_credentials"])
    assert.equal((await post("reauthenticate", { password }, token)).status, 200)
    assert.equal((await post("mfa/enable", { password }, token)).status, 200)
  })
})

describe("a sign-in with a second factor", () => {
  it("gives no token before the code, and a session of both factors after it (T-MFA-2)", async () => {
    const { email, secret } = await enrolled("doubly-safe")
    const started = await server.login(email)
    assert.equal(started.status, 200)
    assert.sameMembers(Object.keys(started.body), ["mfaRequired", "mfaToken", "methods", "expiresIn"])
    assert.equal(started.body["expiresIn"], 300)
    assert.deepEqual(refused(await post("token", { email, password })), [401, "mfa_code_required"])
    const { mfaToken } = started.body
    const code = await codeOf(secret)
    assert.deepEqual(refused(await post("mfa/verify", { mfaToken: "itsm_mt_nothing", code })), wrong)
    assert.deepEqual(refused(await server.get(`${api}/me/`, bearer(mfaToken))), [401, "token_invalid"])
    const done = await post("mfa/verify", { mfaToken, code })
    assert.equal(done.status, 200)
    assert.deepEqual(decodeJwt(String(done.body["accessToken"]))["amr"], ["pwd", "otp", "mfa"])
    const facts = await server.get(`${api}/verify-token/`, bearer(done.body["accessToken"]))
    assert.equal(facts.body["mfa"], true)
    assert.deepEqual(refused(await post("mfa/verify", { mfaToken, code })), wrong)
    assert.deepEqual(refused(await post("mfa/verify", { mfaToken: await ticketFor(email), code })), wrong)
  })

  it("takes a code once, of many that race (T-RACE-2)", async () => {
    const { email, secret } = await enrolled("raced")
    await steadily()
    const [mfaCode, tickets] = [
      await codeOf(secret),
      await Promise.all(Array.from({ length: 16 }, () => ticketFor(email)))
    ]
    const answers = await Promise.all([
      ...tickets.map((mfaToken) => post("mfa/verify", { mfaToken, code: mfaCode })),
      ...Array.from({ length: 16 }, () => post("token", { email, password, mfaCode }))
    ])
    assert.lengthOf(
      answers.filter(({ status }) => status === 200),
      1
    )
    for (const { status } of answers) assert.include([200, 401, 429], status)
  })

  it("takes a recovery code once, also raced (T-MFA-3)", async () => {
    const { email, recoveryCodes } = await enrolled("locked-out")
    const [first, second] = recoveryCodes
    const tickets = await Promise.all(Array.from({ length: 8 }, () => ticketFor(email)))
    const answers = await Promise.all(
      tickets.map((mfaToken) => post("mfa/verify", { mfaToken, recoveryCode: first?.toUpperCase() }))
    )
    assert.lengthOf(
      answers.filter(({ status }) => status === 200),
      1
    )
    for (const { status } of answers) assert.include([200, 401, 429], status)
    const { status } = await post("mfa/verify", { mfaToken: await ticketFor(email), recoveryCode: second })
    assert.include([200, 429], status)
  })

  it("ends a ticket after five wrong codes, and all tries for a while after ten (T-MFA-3)", async () => {
    const { email, recoveryCodes } = await enrolled("guessed")
    const mfaToken = await ticketFor(email)
    for (let failure = 1; failure <= 5; failure++)
      assert.deepEqual(refused(await post("mfa/verify", { mfaToken, code: "000000" })), wrong)
    const [recoveryCode] = recoveryCodes
    assert.deepEqual(refused(await post("mfa/verify", { mfaToken, recoveryCode })), wrong)
    const another = await ticketFor(email)
    for (let failure = 6; failure <= 10; failure++)
      assert.deepEqual(refused(await post("mfa/verify", { mfaToken: another, code: "000000" })), wrong)
    const last = await post("mfa/verify", { mfaToken: await ticketFor(email), recoveryCode })
    assert.deepEqual(refused(last), [429, "login_throttled"])
    assert.isAbove(Number(last.headers.get("retry-after")), 3000)
  })

  it("refuses what is neither a code nor a recovery code", async () => {
    const { email, token } = await enrolled("confused")
    const mfaToken = await ticketFor(email)
    for (const body of [{ mfaToken }, { mfaToken, code: "1", recoveryCode: "2" }, {}])
      assert.equal((await post("mfa/verify", body, token)).status, 422)
    assert.deepEqual(refused(await post("mfa/verify", { mfaToken, code: "12345" })), wrong)
    assert.deepEqual(refused(await post("mfa/verify", { code: "123456" })), [401, "unauthenticated"])
  })
})

describe("turning it off, and proving anew", () => {
  it("asks for password and code", async () => {
    const { email, token, secret } = await enrolled("tired")
    assert.deepEqual(refused(await post("reauthenticate", { password }, token)), [401, "mfa_code_required"])
    assert.deepEqual(refused(await post("mfa/disable", { password, code: "000000" }, token)), wrong)
    await steadily()
    const code = await codeOf(secret)
    assert.equal((await post("mfa/disable", { password, code }, token)).status, 204)
    assert.property((await server.login(email)).body, "accessToken")
    assert.deepEqual(refused(await post("mfa/disable", { password, code }, token)), [409, "state_conflict"])
    assert.equal((await post("mfa/enable", { password }, token)).status, 200)
  })
})

describe("encryption at rest", () => {
  const bytes = (fill: number) => new Uint8Array(32).fill(fill)
  const key = (fill: number) => aesGcm(bytes(fill))
  const opens = (sealed: string, owner: string, fill = 1) =>
    Effect.runPromise(Effect.exit(key(fill).open(sealed, owner))).then((exit) => exit._tag === "Success")

  it("opens for the same owner and key, unaltered, and never looks the same twice", async () => {
    const sealed = await Effect.runPromise(key(1).seal("JBSWY3DP", "ann"))
    assert.equal(await Effect.runPromise(key(1).open(sealed, "ann")), "JBSWY3DP")
    assert.notEqual(await Effect.runPromise(key(1).seal("JBSWY3DP", "ann")), sealed)
    const altered = `${sealed.slice(0, -1)}${sealed.endsWith("A") ? "Q" : "A"}`
    assert.deepEqual(
      [await opens(sealed, "bob"), await opens(sealed, "ann", 2), await opens(altered, "ann")],
      [false, false, false]
    )
  })

  it("reads with an earlier key, and seals anew with the present one", async () => {
    const sealed = await Effect.runPromise(key(1).seal("JBSWY3DP", "ann"))
    const rotated = aesGcm(bytes(2), [bytes(1)])
    assert.equal(await Effect.runPromise(rotated.open(sealed, "ann")), "JBSWY3DP")
    assert.deepEqual([rotated.isCurrent(sealed), key(1).isCurrent(sealed)], [false, true])
    assert.isTrue(rotated.isCurrent(await Effect.runPromise(rotated.seal("JBSWY3DP", "ann"))))
  })

  it("with another key is told as unavailable, and a recovery code still helps", async () => {
    const { email, recoveryCodes } = await enrolled("locked-away")
    const rows = await storedRows(server)
    const sealed = (await Effect.runPromise(key(1).seal("JBSWY3DP", "nobody"))) as unknown
    const user = rows.get("User")?.find((row) => row["email"] === email)
    const factor = rows.get("SecondFactor")?.find((row) => row["userId"] === user?.id)
    assert.isDefined(factor)
    await server.run(
      Effect.flatMap(Kernel.Kernel, ({ store }) =>
        store.commit({ organizationId: factor.organizationId }, [
          {
            kind: "update",
            entity: SecondFactor,
            record: { ...factor, sealedSecret: sealed, version: factor.version + 1 },
            expectedVersion: factor.version
          }
        ])
      )
    )
    const mfaToken = await ticketFor(email)
    const answer = await post("mfa/verify", { mfaToken, code: "123456" })
    assert.deepEqual(refused(answer), [503, "secret_unreadable"])
    assert.equal((await post("mfa/verify", { mfaToken, recoveryCode: recoveryCodes[0] })).status, 200)
  })
})
