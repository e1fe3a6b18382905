import { Effect, Exit, Redacted, Scope } from "effect"
import { generate } from "otplib"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { freshDatabase } from "../../adapter-pg/test/database.ts"
import { type Mailbox, openMailbox } from "./mailbox.ts"
import { type Answer, call, itsm, type RunningServer, startServer, tokenOf } from "./running-server.ts"

const clients = 64
const password = "nobody guesses this one"
const scope = Scope.makeUnsafe()
let mailbox: Mailbox
let servers: ReadonlyArray<RunningServer> = []
let admin = ""

beforeAll(async () => {
  const url = Redacted.value(await Effect.runPromise(Scope.provide(freshDatabase, scope)))
  mailbox = await openMailbox()
  const settings = {
    DATABASE_URL: url,
    SMTP_URL: mailbox.url,
    ITSM_PUBLIC_URL: "https://itsm.example",
    ITSM_RATE_LIMIT_ANONYMOUS: "0",
    ITSM_RATE_LIMIT_LOGIN: "0",
    LOG_LEVEL: "info"
  }
  const created = await itsm(
    ["create-admin", "--organization", "acme", "--email", "admin@acme.example", "--name", "Ada"],
    {
      ...settings,
      ITSM_ADMIN_PASSWORD: password
    }
  ).ended
  assert.equal(created.code, 0, created.err)
  servers = await Promise.all([startServer(settings), startServer(settings)])
  admin = await tokenOf(servers[0]!, "admin@acme.example", password)
}, 90_000)

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop("SIGTERM")))
  await mailbox.close()
  await Effect.runPromise(Scope.close(scope, Exit.void))
})

/** Asks the two processes in turn. */
const ask = (client: number, method: string, path: string, body?: object, token?: string) =>
  call(servers[client % 2]!, method, `/api/v1${path}`, { body, token })

const atOnce = (run: (client: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: clients }, (_, client) => run(client)))

const outcomes = (answers: ReadonlyArray<Answer>) =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ status, body }) => `${status} ${body.code ?? ""}`.trim())].map(([key, each]) => [
      key,
      each.length
    ])
  )

const won = (answers: ReadonlyArray<Answer>) => answers.filter(({ status }) => status < 300)

/** One of them won; the others were told one of these. */
const assertOneWon = (answers: ReadonlyArray<Answer>, others: ReadonlyArray<string>) => {
  const seen = outcomes(answers)
  assert.lengthOf(won(answers), 1, JSON.stringify(seen))
  assert.includeMembers([...others, ...Object.keys(seen).filter((key) => key.startsWith("2"))], Object.keys(seen))
}

const newAccount = async (name: string) => {
  const email = `${name}@acme.example`
  const created = await ask(0, "POST", "/users/", { email, displayName: name, password }, admin)
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const { body } = await ask(1, "POST", "/auth/login/", { email, password })
  return {
    email,
    id: String(created.body["id"]),
    token: String(body["accessToken"]),
    refreshToken: body["refreshToken"]
  }
}

const seconds = () => Math.floor(Date.now() / 1000)
/** The code of the present time step, or of one before it; waits where the step is about to end. */
const codeOf = async (secret: string, steps = 0) => {
  const left = 30 - (seconds() % 30)
  if (left <= 12) await new Promise((resolve) => setTimeout(resolve, left * 1000 + 50))
  return generate({ secret, epoch: seconds() + steps * 30 })
}

const enrolled = async (name: string) => {
  const account = await newAccount(name)
  const offer = await ask(0, "POST", "/auth/mfa/enable/", { password }, account.token)
  const secret = String(offer.body["secret"])
  const verified = await ask(1, "POST", "/auth/mfa/verify/", { code: await codeOf(secret, -1) }, account.token)
  assert.equal(verified.status, 200, JSON.stringify(verified.body))
  return { ...account, secret, recoveryCodes: verified.body["recoveryCodes"] as ReadonlyArray<string> }
}

const ticketFor = async (email: string) =>
  String((await ask(0, "POST", "/auth/login/", { email, password })).body["mfaToken"])

describe("of 64 clients on two processes, one", { timeout: 90_000 }, () => {
  it("refreshes with one token, and the family ends (T-RACE-1)", async () => {
    const { refreshToken } = await newAccount("refresher")
    const answers = await atOnce((client) => ask(client, "POST", "/auth/token/refresh/", { refreshToken }))
    assertOneWon(answers, ["401 refresh_token_reused"])
    const { accessToken, refreshToken: next } = won(answers)[0]!.body
    for (const process of [0, 1]) {
      const me = await ask(process, "GET", "/auth/me/", undefined, String(accessToken))
      assert.deepEqual([me.status, me.body.code], [401, "session_revoked"])
      assert.equal((await ask(process, "POST", "/auth/token/refresh/", { refreshToken: next })).status, 401)
    }
  })

  it("signs in with one code (T-RACE-2)", async () => {
    const { email, secret } = await enrolled("coded")
    const mfaToken = await ticketFor(email)
    const code = await codeOf(secret)
    const answers = await atOnce((client) =>
      client % 4 < 2
        ? ask(client, "POST", "/auth/mfa/verify/", { mfaToken, code })
        : ask(client, "POST", "/auth/token/", { email, password, mfaCode: code })
    )
    assertOneWon(answers, ["401 mfa_code_invalid", "429 login_throttled"])
  })

  it("signs in with one recovery code", async () => {
    const { email, recoveryCodes } = await enrolled("recovering")
    const mfaToken = await ticketFor(email)
    const [recoveryCode] = recoveryCodes
    const answers = await atOnce((client) => ask(client, "POST", "/auth/mfa/verify/", { mfaToken, recoveryCode }))
    assertOneWon(answers, ["401 mfa_code_invalid", "429 login_throttled"])
  })

  it("sets a new password with one reset token", async () => {
    const { email } = await newAccount("forgetful")
    assert.equal((await ask(0, "POST", "/auth/password-reset/", { email })).status, 202)
    const token = await mailbox.tokenFor(email)
    const chosen = (client: number) => `chosen by client number ${client}`
    const answers = await atOnce((client) =>
      ask(client, "POST", "/auth/password-reset/confirm/", { token, newPassword: chosen(client) })
    )
    assertOneWon(answers, ["422 token_invalid", "429 rate_limited"])
    const winner = answers.findIndex(({ status }) => status === 204)
    assert.equal((await ask(0, "POST", "/auth/login/", { email, password: chosen(winner) })).status, 200)
    assert.equal((await ask(1, "POST", "/auth/login/", { email, password })).status, 401)
  })

  it("takes up an invitation (T-RACE-5)", async () => {
    const email = "invited@acme.example"
    const { body: invited } = await ask(0, "POST", "/users/", { email, displayName: "Ida" }, admin)
    const token = await mailbox.tokenFor(email)
    const chosen = (client: number) => `chosen by client number ${client}`
    const answers = await atOnce((client) =>
      ask(client, "POST", "/auth/password-reset/confirm/", { token, newPassword: chosen(client) })
    )
    assertOneWon(answers, ["422 token_invalid"])
    const winner = answers.findIndex(({ status }) => status === 204)
    assert.equal((await ask(1, "POST", "/auth/login/", { email, password: chosen(winner) })).status, 200)
    const roles = await ask(0, "GET", `/user-roles/?userId=${String(invited["id"])}&count=true`, undefined, admin)
    assert.equal(roles.body["total"], 1)
  })

  it("of two administrators takes the other's role away, and one remains", async () => {
    const roles = await ask(0, "GET", "/roles/?key=admin", undefined, admin)
    const [{ id: roleId }] = roles.body["items"] as readonly [{ readonly id: string }]
    const held = await ask(0, "GET", `/user-roles/?roleId=${roleId}`, undefined, admin)
    const [{ id: first }] = held.body["items"] as readonly [{ readonly id: string }]
    const { id: userId, token } = await newAccount("second-admin")
    const { body: second } = await ask(1, "POST", "/user-roles/", { userId, roleId }, admin)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const answers = await atOnce((client) =>
      client % 4 < 2
        ? ask(client, "DELETE", `/user-roles/${String(second["id"])}/`, undefined, admin)
        : ask(client, "DELETE", `/user-roles/${first}/`, undefined, token)
    )
    assertOneWon(answers, ["409 guard_failed", "404 not_found", "403 permission_denied"])
    const left = await Promise.all(
      [admin, token].map((each) => ask(0, "GET", "/user-roles/?count=true", undefined, each))
    )
    assert.lengthOf(
      left.filter(({ body }) => Number(body["total"]) > 1),
      1
    )
  })
})
