import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import { Problem, securityHeaders } from "../src/index.ts"

interface Refused {
  readonly status: number
  readonly code: string
  readonly detail: string
}

const malformed: Refused = {
  status: 400,
  code: "malformed_request",
  detail: "This is no request that HTTP/1.1 allows."
}
const byError: Readonly<Record<string, Refused>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: "headers_too_large", detail: "The headers are larger than 16 KiB." },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "request_timeout",
    detail: "The request was not complete in time."
  }
}
const expecting: Refused = {
  status: 417,
  code: "expectation_failed",
  detail: "The only expectation that is met is 100-continue."
}

/** An answer is on its way already: another one in its midst would be read as a part of it. */
const isAnswering = (socket: Socket & { readonly _httpMessage?: ServerResponse | null }) =>
  socket._httpMessage?.headersSent === true

/** Answers what never becomes a request of the application, in the same form as the application answers. */
export const unreadable = (typeBase: string, isHttps: boolean) => {
  const always = securityHeaders(isHttps)
  const answer = ({ status, code, detail }: Refused) => {
    const requestId = randomUUID()
    const body = JSON.stringify({
      type: typeBase + code.replaceAll("_", "-"),
      title: Problem.titleOf(code),
      status,
      detail,
      instance: "/",
      code,
      requestId
    })
    return {
      status,
      body,
      headers: {
        ...always,
        "X-Request-Id": requestId,
        "Content-Type": "application/problem+json",
        "Content-Length": String(Buffer.byteLength(body))
      }
    }
  }
  return {
    /** What the parser gave up on: the connection has no request to go on with. */
    onConnection: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
      if (isAnswering(socket)) return void socket.end()
      const { status, body, headers } = answer(byError[error.code ?? ""] ?? malformed)
      const lines = Object.entries({ ...headers, Connection: "close" })
      return void socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`
      )
    },
    onExpectation: (_: IncomingMessage, response: ServerResponse) => {
      const { status, body, headers } = answer(expecting)
      response.writeHead(status, { ...headers, Connection: "close" }).end(body)
    },
    onRequest: (response: ServerResponse) => {
      const { status, body, headers } = answer(malformed)
      response.writeHead(status, { ...headers, Connection: "close" }).end(body)
    },
    /** A target or a host that makes no URL. */
    asResponse: (): globalThis.Response => {
      const { status, body, headers } = answer(malformed)
      return new Response(body, { status, headers })
    }
  }
}
