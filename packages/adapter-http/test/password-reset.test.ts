import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { bearer, issuer, type MemoryServer, password, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
beforeAll(async () => {
  server = await startMemoryServer()
})
afterAll(() => server.close())

const api = "/api/v1/auth"
const newPassword = "nine quiet herons wade"
const ask = (email: string, headers = {}) => server.post(`${api}/password-reset/`, { email }, headers)
const confirm = (token: unknown, wanted = newPassword) =>
  server.post(`${api}/password-reset/confirm/`, { token, newPassword: wanted })
const dead = [422, "token_invalid"]

const newAccount = async (account: string) => {
  const admin = await server.as("admin@acme.example")
  const email = `${account}@acme.example`
  const created = await server.post("/api/v1/users/", { email, displayName: "Newly Hired", password }, admin)
  assert.equal(created.status, 201)
  return { email, admin, path: `/api/v1/users/${String(created.body["id"])}/` }
}

const mailsTo = (email: string) => server.mails.filter(({ to }) => to === email)
/** Asks for a link, lets the mail leave, and gives the token in it. */
const tokenFor = async (email: string, headers = {}) => {
  const before = mailsTo(email).length
  assert.equal((await ask(email, headers)).status, 202)
  await server.drain()
  return /#token=(\S+)/.exec(mailsTo(email)[before]?.text ?? "")?.[1] ?? "no mail"
}
const told = async (answer: ReturnType<typeof confirm>) => {
  const { status, body } = await answer
  return [status, body.code]
}

describe("asking for a new password", () => {
  it("answers everyone alike, and mails a link to the public URL, whatever the headers (T-RESET-1)", async () => {
    const { email } = await newAccount("forgetful")
    const forged = { Host: "evil.example", "X-Forwarded-Host": "evil.example" }
    const [known, unknown, nonsense] = [await ask(email, forged), await ask("nobody@acme.example"), await ask("x")]
    assert.deepEqual(
      [known, unknown, nonsense].map(({ status, body }) => [status, body]),
      [
        [202, { accepted: true }],
        [202, { accepted: true }],
        [202, { accepted: true }]
      ]
    )
    assert.notEqual(await tokenFor(email, forged), "no mail")
    assert.isTrue(mailsTo(email).every(({ text }) => text.includes(`${issuer}/reset-password#token=itsm_pr_`)))
    assert.isFalse(server.mails.some(({ text }) => text.includes("evil")))
    assert.isEmpty(mailsTo("nobody@acme.example"))
  })

  it("mails three times an hour, and only the last link is good", async () => {
    const { email } = await newAccount("insistent")
    const [first, second, third] = [await tokenFor(email), await tokenFor(email), await tokenFor(email)]
    await ask(email)
    await server.drain()
    assert.lengthOf(mailsTo(email), 3)
    assert.deepEqual(await told(confirm(first)), dead)
    assert.deepEqual(await told(confirm(second)), dead)
    assert.equal((await confirm(third)).status, 204)
  })
})

describe("the new password", () => {
  it("ends every session, and signs nobody in", async () => {
    const { email } = await newAccount("renewed")
    const { body } = await server.login(email)
    const token = await tokenFor(email)
    const weak = await confirm(token, "too short")
    assert.deepEqual([weak.status, weak.body.code], [422, "password_too_weak"])
    const done = await confirm(token)
    assert.deepEqual([done.status, done.body], [204, {}])
    assert.equal((await server.get(`${api}/me/`, bearer(body["accessToken"]))).body.code, "session_revoked")
    assert.equal((await server.login(email)).status, 401)
    assert.equal((await server.post(`${api}/login/`, { email, password: newPassword })).status, 200)
    assert.deepEqual(await told(confirm(token)), dead)
  })

  it("is set once, of many that race with one link (T-RACE-2)", async () => {
    const { email } = await newAccount("sprinter")
    const token = await tokenFor(email)
    const answers = await Promise.all(Array.from({ length: 16 }, () => confirm(token)))
    assert.lengthOf(
      answers.filter(({ status }) => status === 204),
      1
    )
    for (const { status, body } of answers) if (status !== 204) assert.deepEqual([status, body.code], dead)
  })

  it("needs a link that nothing has overtaken (T-RESET-2)", async () => {
    assert.deepEqual(await told(confirm("itsm_pr_nothing")), dead)
    const moved = await newAccount("moved")
    const disabled = await newAccount("disabled")
    const changed = await newAccount("changed")
    const tokens = [await tokenFor(moved.email), await tokenFor(disabled.email), await tokenFor(changed.email)]
    const { admin } = moved
    assert.equal((await server.send("PATCH", moved.path, { email: "elsewhere@acme.example" }, admin)).status, 200)
    assert.equal((await server.post(`${disabled.path}disable/`, {}, admin)).status, 200)
    const own = await server.as(changed.email)
    const change = { currentPassword: password, newPassword: "some other long words" }
    assert.equal((await server.post(`${api}/change-password/`, change, own)).status, 200)
    for (const token of tokens) assert.deepEqual(await told(confirm(token)), dead)
  })
})
