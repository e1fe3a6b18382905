import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { Context } from "hono"
import type { Bindings } from "./call.ts"

/** One request and what is known of it before it is understood. */
export interface Exchange {
  readonly request: Request
  readonly incoming: IncomingMessage | undefined
  readonly requestId: string
  /** The target as it was sent, without its query. */
  readonly path: string
  readonly search: string
  readonly targetLength: number
  readonly startedAt: number
}

export type HonoContext = Context<{ Bindings: Bindings }>

const callersId = /^[A-Za-z0-9._-]{8,64}$/

/** The path and query as they came, where the server still knows them; `Request` has already resolved `..` in its URL. */
const targetOf = (request: Request, incoming: IncomingMessage | undefined): string => {
  const sent = incoming?.url
  if (sent?.startsWith("/") === true) return sent
  const { url } = request
  const start = url.indexOf("/", url.indexOf("://") + 3)
  return start < 0 ? "/" : url.slice(start)
}

export const begin = (context: HonoContext): Exchange => {
  const request = context.req.raw
  const incoming = (context.env as Bindings | undefined)?.incoming
  const target = targetOf(request, incoming)
  const cut = target.indexOf("?")
  const hash = target.indexOf("#")
  const end = hash < 0 ? target.length : hash
  const given = request.headers.get("x-request-id")
  return {
    request,
    incoming,
    requestId: given !== null && callersId.test(given) ? given : randomUUID(),
    path: cut < 0 ? target.slice(0, end) : target.slice(0, cut),
    search: cut < 0 ? "" : target.slice(cut + 1, end),
    targetLength: target.length,
    startedAt: performance.now()
  }
}
