import type { IncomingMessage } from "node:http"
import type { Actor } from "@itsm/core/kernel"

/** A request as endpoints see it: found, sized and of the right media type, its body as bytes. */
export interface Call {
  readonly request: Request
  /** Node's own request, where there is one. */
  readonly incoming: IncomingMessage | undefined
  readonly method: string
  /** As it was sent, with a slash at the end and no query: `/api/v1/incidents/0192…/`. */
  readonly path: string
  /** Where the routes of this application begin: `/api/v1`, after the prefix that it is mounted under. */
  readonly base: string
  readonly params: Readonly<Record<string, string>>
  /** The query as it was sent, without the question mark. */
  readonly search: string
  readonly body: Uint8Array | undefined
  /** The body of an endpoint that reads it as it comes. */
  readonly upload?: ReadableStream<Uint8Array>
  readonly origin: Actor.Origin
}

/** The bindings that `@hono/node-server` gives; other servers give none. */
export interface Bindings {
  readonly incoming?: IncomingMessage
}
