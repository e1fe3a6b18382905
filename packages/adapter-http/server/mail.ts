import { Effect, Redacted } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { MailShape, Message } from "@itsm/core/identity"
import type { Config } from "./config/config.ts"

type Settings = Pick<Config, "smtpUrl" | "mailFrom" | "publicUrl" | "port">

/** A mail server that does not answer holds up no other work for long. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

/** Through the server that `SMTP_URL` names; TLS is asked for wherever the server offers it. */
const overSmtp = (url: string, from: string): MailShape["send"] => {
  // loaded with the first message: a server that sends none starts without it
  const transport = Effect.runSync(
    Effect.cached(
      Effect.promise(() => import("nodemailer").then(({ createTransport }) => createTransport({ url, ...patience })))
    )
  )
  return ({ to, subject, text }) =>
    Effect.flatMap(transport, (open) => Effect.asVoid(Effect.promise(() => open.sendMail({ from, to, subject, text }))))
}

/** Into a folder, one file for each message, for its owner's eyes only. */
const intoFolder = (folder: string, from: string): MailShape["send"] => {
  let count = 0
  return ({ to, subject, text }: Message) =>
    Effect.sync(() => {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const name = `${new Date().toISOString().replaceAll(":", "-")}-${process.pid}-${++count}.txt`
      writeFileSync(join(folder, name), `From: ${from}\nTo: ${to}\nSubject: ${subject}\n\n${text}\n`, { mode: 0o600 })
    })
}

const nowhere: MailShape["send"] = ({ subject }) =>
  Effect.logWarning("no mail leaves: SMTP_URL is not set", { subject })

/** How mail leaves this server: by SMTP, else into the folder `outbox` beside the data, else not at all. */
export const mailOf = ({ smtpUrl, mailFrom, publicUrl, port }: Settings, dataDir: string | undefined): MailShape => ({
  publicUrl: publicUrl ?? `http://localhost:${port}`,
  send:
    smtpUrl !== undefined
      ? overSmtp(Redacted.value(smtpUrl), mailFrom)
      : dataDir === undefined
        ? nowhere
        : intoFolder(join(dataDir, "outbox"), mailFrom)
})
