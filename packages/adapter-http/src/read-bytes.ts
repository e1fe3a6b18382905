import type { IncomingMessage } from "node:http"
import type { Exchange } from "./exchange.ts"
import { announcedLength } from "./gate.ts"

export type Bytes = Uint8Array | undefined | "too large"

const readCounted = async (stream: ReadableStream<Uint8Array>, limit: number): Promise<Bytes> => {
  const reader = stream.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return size === 0 ? undefined : Buffer.concat(chunks)
    size += value.byteLength
    if (size > limit) {
      void reader.cancel().catch(() => undefined)
      return "too large"
    }
    chunks.push(value)
  }
}

/** The body of a length that was announced, and that is no more than may be read. */
const readAnnounced = (incoming: IncomingMessage) =>
  new Promise<Bytes>((resolve, reject) => {
    const chunks: Array<Buffer> = []
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
    incoming.once("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    incoming.once("error", reject)
    incoming.once("close", () => reject(new Error("The connection was closed.")))
  })

/** The body, read no further than the limit; `undefined` where there is none. */
export const readBytes = (exchange: Exchange, limit: number): Bytes | Promise<Bytes> => {
  const length = announcedLength(exchange)
  if (length === 0) return undefined
  const { request } = exchange
  if (length !== undefined && exchange.incoming !== undefined) return readAnnounced(exchange.incoming)
  return request.body === null ? undefined : readCounted(request.body as ReadableStream<Uint8Array>, limit)
}
