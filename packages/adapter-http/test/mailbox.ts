import type { AddressInfo } from "node:net"
import { SMTPServer } from "smtp-server"

interface Received {
  readonly to: ReadonlyArray<string>
  readonly text: string
}

/** Undoes the transfer encoding of a text part, in which a long link is cut by soft line breaks. */
const plainText = (content: string) =>
  content
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** A real SMTP server on this machine that keeps what it is given, also what it refuses: the first mails, as many as told. */
export const openMailbox = async (refusals = 0) => {
  let toRefuse = refusals
  const received: Array<Received> = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, { envelope }, done) => {
      const parts: Array<Buffer> = []
      stream.on("data", (part: Buffer) => parts.push(part))
      stream.on("end", () => {
        const to = envelope.rcptTo.map(({ address }) => address)
        received.push({ to, text: plainText(Buffer.concat(parts).toString()) })
        done(toRefuse-- > 0 ? new Error("come back later") : null)
      })
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const { port } = server.server.address() as AddressInfo
  const mailsTo = (address: string) => received.filter(({ to }) => to.includes(address))
  /** The token in the link of the `count`th mail to this address; waits until it is there. */
  const tokenFor = async (address: string, count = 1): Promise<string> => {
    for (let waited = 0; waited < 20_000; waited += 50) {
      const token = /[?#&]token=([\w-]+)/.exec(mailsTo(address)[count - 1]?.text ?? "")?.[1]
      if (token !== undefined) return token
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`No mail with a token came to ${address}: ${received.map(({ text }) => text).join("\n---\n")}`)
  }
  return {
    url: `smtp://127.0.0.1:${port}`,
    mailsTo,
    tokenFor,
    close: () => new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

export type Mailbox = Awaited<ReturnType<typeof openMailbox>>
