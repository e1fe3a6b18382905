import { isOneOf, acceptsJson } from "./media.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Exchange } from "./exchange.ts"
import type { Refusal } from "./refusal.ts"

const maxTarget = 8 * 1024
const maxHeaders = 16 * 1024
export const maxBody = 1024 * 1024

const plain = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?$/

/** False for `//`, dot segments and anything encoded: those are no spellings of a route. */
export const isPlainPath = (path: string): boolean => plain.test(path)

const headerBytes = ({ request, incoming }: Exchange): number => {
  let bytes = 0
  if (incoming !== undefined) {
    for (const part of incoming.rawHeaders) bytes += part.length + 2
    return bytes
  }
  request.headers.forEach((value, name) => (bytes += name.length + value.length + 4))
  return bytes
}

/** The length of the body, `undefined` where it is not said, 0 where there is none. */
export const announcedLength = ({ request, incoming }: Exchange): number | undefined => {
  const length = request.headers.get("content-length")
  if (length !== null) return Number(length)
  if (incoming !== undefined) return incoming.headers["transfer-encoding"] === undefined ? 0 : undefined
  return request.body === null ? 0 : undefined
}

/** Why a request for this endpoint is refused before its body is read: size and media type, in this order. */
export const refuse = (
  endpoint: Pick<Endpoint, "method" | "body" | "response">,
  exchange: Exchange
): Refusal | undefined => {
  if (exchange.targetLength > maxTarget) return { _tag: "UriTooLong" }
  if (headerBytes(exchange) > maxHeaders) return { _tag: "HeadersTooLarge" }
  const { headers } = exchange.request
  if (endpoint.method !== "GET") {
    const length = announcedLength(exchange)
    if (length !== undefined && !(length <= (endpoint.body?.maxBytes ?? maxBody))) return { _tag: "PayloadTooLarge" }
    if (length !== 0) {
      const encoding = headers.get("content-encoding")
      if (encoding !== null && encoding.toLowerCase() !== "identity") return { _tag: "UnsupportedMediaType" }
      const type = headers.get("content-type")
      if (type === null || !isOneOf(type, endpoint.body?.mediaTypes ?? ["application/json"]))
        return { _tag: "UnsupportedMediaType" }
    }
  }
  return endpoint.response.kind === "content" || acceptsJson(headers.get("accept"))
    ? undefined
    : { _tag: "NotAcceptable" }
}
