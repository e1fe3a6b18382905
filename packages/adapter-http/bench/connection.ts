import { connect, type Socket } from "node:net"

/** One answer: its status, and the body where it was asked for. */
export interface Answer {
  readonly status: number
  readonly body: string
}

const headEnd = Buffer.from("\r\n\r\n")
const lengthOf = /\r\ncontent-length: *(\d+)/i

/** A kept connection that asks one thing at a time: as little work as a client can have with HTTP/1.1. */
export class Connection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined
  #wantsBody = false

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true })
    this.#socket.on("data", (chunk) => this.#take(chunk))
    this.#socket.on("error", (error) => this.#settle?.reject(error))
    this.#socket.on("close", () => this.#settle?.reject(new Error("The server closed the connection.")))
  }

  ask(request: string, wantsBody = false): Promise<Answer> {
    this.#wantsBody = wantsBody
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const head = this.#received.indexOf(headEnd)
    if (head < 0) return
    const text = this.#received.toString("latin1", 0, head)
    const length = lengthOf.exec(text)
    if (length === null) return this.#settle?.reject(new Error(`An answer without a length: ${text}`))
    const start = head + headEnd.length
    const end = start + Number(length[1])
    if (this.#received.length < end) return
    const answer = {
      status: Number(text.slice(9, 12)),
      body: this.#wantsBody ? this.#received.toString("utf8", start, end) : ""
    }
    this.#received = this.#received.subarray(end)
    const settle = this.#settle
    this.#settle = undefined
    settle?.resolve(answer)
  }
}

/** The text of a request. */
export const requestText = (port: number, token: string, method: string, path: string, body?: object): string => {
  const head = `${method} /api/v1${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\nUser-Agent: itsm-bench\r\n`
  if (body === undefined) return `${head}\r\n`
  const json = JSON.stringify(body)
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`
}
