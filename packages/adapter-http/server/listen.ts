import { createAdaptorServer, type HttpBindings } from "@hono/node-server"
import { Effect } from "effect"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { CommandFailed } from "./failure.ts"

export type Fetch = (request: Request, bindings: HttpBindings) => Response | Promise<Response>

interface Listening {
  readonly port: number
  /** Lets requests that have begun end, tells callers not to keep their connections, then takes no more. */
  readonly drain: Effect.Effect<void>
}

/** Above the limits of the API, which refuses in its own words; beyond this the connection is answered and closed. */
const maxHeaderSize = 32 * 1024
const requestTimeout = 30_000
const headersTimeout = 15_000
const keepAliveTimeout = 65_000
const drainMs = 25_000

const refusals: Readonly<Record<string, readonly [status: string, code: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "headers_too_large"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "request_timeout"]
}

/** What is not HTTP has no request to answer: it gets the bare problem. */
const refuse = (typeBase: string) => (error: NodeJS.ErrnoException, socket: Socket) => {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
  const [status, code] = refusals[error.code ?? ""] ?? ["400 Bad Request", "malformed_request"]
  const title = code[0]!.toUpperCase() + code.slice(1).replaceAll("_", " ")
  const body = JSON.stringify({
    type: typeBase + code.replaceAll("_", "-"),
    title,
    status: Number(status.slice(0, 3)),
    code
  })
  return void socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
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
export const listen = (
  fetch: Fetch,
  { host, port, typeBase }: { readonly host: string; readonly port: number; readonly typeBase: string }
) =>
  Effect.gen(function* () {
    const server = createAdaptorServer({
      fetch: (request, bindings) => fetch(request, bindings as HttpBindings),
      hostname: host,
      serverOptions: {
        maxHeaderSize,
        requestTimeout,
        headersTimeout,
        keepAliveTimeout,
        connectionsCheckingInterval: 5_000
      }
    }) as Server
    server.on("clientError", refuse(typeBase))
    const requests = following(server)
    const bound = yield* Effect.acquireRelease(open(server, host, port), () => Effect.sync(() => close(server)))
    return { port: bound, drain: drain(server, requests) } satisfies Listening
  })
