import { Effect, Redacted } from "effect"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { read } from "../server/config/config.ts"
import { mailOf } from "../server/mail.ts"
import { openMailbox } from "./mailbox.ts"

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
