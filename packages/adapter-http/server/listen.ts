import { getRequestListener, type HttpBindings } from "@hono/node-server"
import { Effect } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { CommandFailed } from "./failure.ts"
import { unreadable } from "./unreadable.ts"

export type Fetch = (request: Request, bindings: HttpBindings) => Response | Promise<Response>

interface Settings {
  readonly host: string
  readonly port: number
  readonly typeBase: string
  readonly isHttps: boolean
  /** How long a request may take to arrive in full; 30 s where nothing is said. */
  readonly arrivesWithinMs?: number
}

interface Listening {
  readonly port: number
  /** Lets requests that have begun end, tells callers not to keep their connections, then takes no more. */
  readonly drain: Effect.Effect<void>
}

/** Above the limits of the API, which refuses in its own words; beyond this the connection is answered and closed. */
const maxHeaderSize = 32 * 1024
const headersTimeout = 15_000
const keepAliveTimeout = 65_000
const drainMs = 25_000

/** RFC 9112, 3.2: two hosts, or none in HTTP/1.1, are for two servers to disagree about. */
const namesOneHost = ({ rawHeaders, httpVersionMinor }: IncomingMessage): boolean => {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length === 4 && name.toLowerCase() === "host") hosts++
  }
  return hosts === 1 || (hosts === 0 && httpVersionMinor === 0)
}

/** Follows the answers that are not sent yet, so that draining can wait for them. */
const following = (server: Server) => {
  const open = new Set<ServerResponse>()
  let isDraining = false
  server.prependListener("request", (_: IncomingMessage, response: ServerResponse) => {
    if (isDraining) response.shouldKeepAlive = false
    open.add(response)
    response.once("close", () => open.delete(response))
  })
  const begin = () => {
    isDraining = true
    for (const response of open) response.shouldKeepAlive = false
  }
  return { begin, count: () => open.size }
}

const drain = (server: Server, requests: ReturnType<typeof following>) =>
  Effect.gen(function* () {
    requests.begin()
    const deadline = performance.now() + drainMs
    while (requests.count() > 0 && performance.now() < deadline) yield* Effect.sleep("10 millis")
    if (requests.count() > 0)
      yield* Effect.logWarning("requests were still running when the server stopped", { requests: requests.count() })
    server.closeAllConnections()
    yield* Effect.callback<void>((resume) => void server.close(() => resume(Effect.void)))
  })

const close = (server: Server) => {
  server.closeAllConnections()
  server.close()
}

const open = (server: Server, host: string, port: number) =>
  Effect.callback<number, CommandFailed>((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken =
        error.code === "EADDRINUSE" ? " Another program listens there: stop it, or choose another PORT." : ""
      resume(
        Effect.fail(
          new CommandFailed({ reason: `The server cannot listen on ${host}:${port}: ${error.message}.${taken}` })
        )
      )
    })
    server.listen(port, host, () => resume(Effect.succeed((server.address() as AddressInfo).port)))
  })

/** Answers requests on a port, until the scope closes. */
export const listen = (fetch: Fetch, { host, port, typeBase, isHttps, arrivesWithinMs = 30_000 }: Settings) =>
  Effect.gen(function* () {
    const refuse = unreadable(typeBase, isHttps)
    const answer = getRequestListener((request, bindings) => fetch(request, bindings as HttpBindings), {
      // of callers that speak HTTP/1.0, and name none
      hostname: host,
      errorHandler: refuse.asResponse
    })
    const server = createServer({
      maxHeaderSize,
      requestTimeout: arrivesWithinMs,
      headersTimeout: Math.min(headersTimeout, arrivesWithinMs),
      keepAliveTimeout,
      // node would answer for itself, and bare
      requireHostHeader: false,
      connectionsCheckingInterval: Math.min(1_000, arrivesWithinMs)
    })
    server.on("request", (incoming, response) =>
      namesOneHost(incoming) ? void answer(incoming, response) : refuse.onRequest(response)
    )
    server.on("clientError", refuse.onConnection)
    server.on("checkExpectation", refuse.onExpectation)
    const requests = following(server)
    const bound = yield* Effect.acquireRelease(open(server, host, port), () => Effect.sync(() => close(server)))
    return { port: bound, drain: drain(server, requests) } satisfies Listening
  })
