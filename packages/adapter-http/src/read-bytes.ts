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

/** The body, read no further than the limit; `undefined` where there is none. */
export const readBytes = (exchange: Exchange, limit: number): Bytes | Promise<Bytes> => {
  const length = announcedLength(exchange)
  if (length === 0) return undefined
  const { request } = exchange
  if (length !== undefined && exchange.incoming !== undefined)
    return request.arrayBuffer().then((buffer) => new Uint8Array(buffer))
  return request.body === null ? undefined : readCounted(request.body as ReadableStream<Uint8Array>, limit)
}
