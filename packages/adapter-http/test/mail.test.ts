import { Effect, Redacted } from "effect"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { read } from "../server/config/config.ts"
import { mailOf } from "../server/mail.ts"
import { openMailbox } from "./mailbox.ts"
import { call, startServer, tokenOf } from "./running-server.ts"

const message = { to: "ann@acme.example", subject: "Grüße", text: "Choose one at\n\nhttps://itsm.example/x" }
const settings = { mailFrom: "ITSM <itsm@acme.example>", publicUrl: "https://itsm.example", port: 3000 }

describe("mail", () => {
  it("leaves by SMTP where that is set", async () => {
    const mailbox = await openMailbox()
    const mail = mailOf({ ...settings, smtpUrl: Redacted.make(mailbox.url) }, undefined)
    await Effect.runPromise(mail.send(message))
    await mailbox.close()
    const [received, ...more] = mailbox.mailsTo("ann@acme.example")
    assert.lengthOf(more, 0)
    assert.include(received?.text, "From: ITSM <itsm@acme.example>")
    assert.include(received?.text, "https://itsm.example/x")
  })

  it("is told of where its links would lead nowhere", { timeout: 60_000 }, async () => {
    const smtp = { ITSM_STORE: "memory", ITSM_DEMO: "off", SMTP_URL: "smtp://127.0.0.1:1" }
    const told = async (more: Readonly<Record<string, string>>) =>
      (await (await startServer({ ...smtp, ...more })).stop("SIGTERM")).err.includes("ITSM_PUBLIC_URL is not set")
    assert.isTrue(await told({}))
    assert.isFalse(await told({ ITSM_PUBLIC_URL: "https://itsm.example" }))
  })

  it("goes into a folder that only its owner reads, where the data are in one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "itsm-mail-"))
    try {
      const mail = mailOf({ ...settings, smtpUrl: undefined }, folder)
      await Effect.runPromise(Effect.andThen(mail.send(message), mail.send(message)))
      const files = readdirSync(join(folder, "outbox"))
      assert.lengthOf(files, 2)
      const file = join(folder, "outbox", files[0] ?? "")
      assert.include(readFileSync(file, "utf8"), "To: ann@acme.example\nSubject: Grüße\n\nChoose one at")
      assert.equal(statSync(file).mode & 0o777, 0o600)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe("an invitation", () => {
  it(
    "leaves the server by SMTP, again where the first time failed, and the last one is good",
    { timeout: 60_000 },
    async () => {
      const mailbox = await openMailbox(1)
      const server = await startServer({
        ITSM_STORE: "memory",
        ITSM_DEMO: "on",
        ITSM_DEMO_PASSWORD: "correct horse battery",
        ITSM_PUBLIC_URL: "https://itsm.example",
        ITSM_REGISTRATION: "invite",
        SMTP_URL: mailbox.url
      })
      try {
        const token = await tokenOf(server, "admin@acme.example", "correct horse battery")
        const email = "invited@acme.example"
        const body = { email, displayName: "Ida" }
        assert.equal((await call(server, "POST", "/api/v1/users/", { token, body })).status, 201)
        const tokens = [await mailbox.tokenFor(email, 1), await mailbox.tokenFor(email, 2)]
        for (const { text } of mailbox.mailsTo(email))
          assert.include(text, "https://itsm.example/accept-invitation#token=")
        assert.notEqual(tokens[0], tokens[1])
        const accept = (inviteToken: unknown) =>
          call(server, "POST", "/api/v1/auth/register/", {
            body: { email, displayName: "Ida", password: "nine quiet herons wade", inviteToken }
          })
        const signIn = () => tokenOf(server, email, "nine quiet herons wade")
        assert.equal((await accept(tokens[0])).status, 202)
        assert.equal(await signIn(), "undefined")
        assert.equal((await accept(tokens[1])).status, 202)
        assert.notEqual(await signIn(), "undefined")
      } finally {
        await server.stop("SIGTERM")
        await mailbox.close()
      }
    }
  )
})

describe("the setting SMTP_URL", () => {
  const isTaken = (url: string, more = {}) => "config" in read({ ITSM_STORE: "memory", SMTP_URL: url, ...more })

  it("asks for encryption, but on this machine or on demand", () => {
    assert.deepEqual(
      ["smtps://mail.example", "smtp://localhost:25", "smtp://[::1]", "smtp://127.0.0.1:2525"].map((url) =>
        isTaken(url)
      ),
      [true, true, true, true]
    )
    assert.isFalse(isTaken("smtp://mail.example"))
    assert.isFalse(isTaken("https://mail.example"))
    assert.isTrue(isTaken("smtp://mail.example", { ITSM_SMTP_PLAIN: "allow" }))
  })
})
