import { Effect, Redacted } from "effect"
import type { AddressInfo } from "node:net"
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SMTPServer } from "smtp-server"
import { assert, describe, it } from "vitest"
import { read } from "../server/config/config.ts"
import { mailOf } from "../server/mail.ts"
import { call, startServer, tokenOf } from "./running-server.ts"

const message = { to: "ann@acme.example", subject: "Grüße", text: "Choose one at\n\nhttps://itsm.example/x" }
const settings = { mailFrom: "ITSM <itsm@acme.example>", publicUrl: "https://itsm.example", port: 3000 }

describe("mail", () => {
  it("leaves by SMTP where that is set", async () => {
    const received: Array<{ readonly to: ReadonlyArray<string>; readonly content: string }> = []
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onData: (stream, { envelope }, done) => {
        const parts: Array<Buffer> = []
        stream.on("data", (part: Buffer) => parts.push(part))
        stream.on("end", () => {
          received.push({ to: envelope.rcptTo.map(({ address }) => address), content: Buffer.concat(parts).toString() })
          done()
        })
      }
    })
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
    const { port } = server.server.address() as AddressInfo
    const mail = mailOf({ ...settings, smtpUrl: Redacted.make(`smtp://127.0.0.1:${port}`) }, undefined)
    await Effect.runPromise(mail.send(message))
    await new Promise<void>((resolve) => server.close(resolve))
    assert.lengthOf(received, 1)
    assert.deepEqual(received[0]?.to, ["ann@acme.example"])
    assert.include(received[0]?.content, "From: ITSM <itsm@acme.example>")
    assert.include(received[0]?.content, "https://itsm.example/x")
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
      const received: Array<string> = []
      let refusals = 1
      const smtp = new SMTPServer({
        authOptional: true,
        disabledCommands: ["STARTTLS"],
        onData: (stream, _, done) => {
          const parts: Array<Buffer> = []
          stream.on("data", (part: Buffer) => parts.push(part))
          stream.on("end", () => {
            received.push(Buffer.concat(parts).toString().replaceAll("=\r\n", "").replaceAll("=3D", "="))
            done(refusals-- > 0 ? new Error("come back later") : null)
          })
        }
      })
      await new Promise<void>((resolve) => void smtp.listen(0, "127.0.0.1", resolve))
      const server = await startServer({
        ITSM_STORE: "memory",
        ITSM_DEMO: "on",
        ITSM_DEMO_PASSWORD: "correct horse battery",
        ITSM_PUBLIC_URL: "https://itsm.example",
        ITSM_REGISTRATION: "invite",
        SMTP_URL: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`
      })
      try {
        const token = await tokenOf(server, "admin@acme.example", "correct horse battery")
        const email = "invited@acme.example"
        const body = { email, displayName: "Ida" }
        assert.equal((await call(server, "POST", "/api/v1/users/", { token, body })).status, 201)
        while (received.length < 2) await new Promise((resolve) => setTimeout(resolve, 50))
        const tokens = received.map((text) => /https:\/\/itsm\.example\/accept-invitation#token=(\S+)/.exec(text)?.[1])
        assert.notEqual(tokens[0], tokens[1])
        const accept = (inviteToken: unknown) =>
          call(server, "POST", "/api/v1/auth/register/", {
            body: { email, displayName: "Ida", password: "nine quiet herons wade", inviteToken }
          })
        assert.equal((await accept(tokens[0])).body.code, "token_invalid")
        assert.equal((await accept(tokens[1])).status, 202)
        assert.notEqual(await tokenOf(server, email, "nine quiet herons wade"), "undefined")
      } finally {
        await server.stop("SIGTERM")
        await new Promise<void>((resolve) => smtp.close(resolve))
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
