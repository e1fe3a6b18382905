import { connect } from "node:net"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { Effect, Exit, Scope } from "effect"
import { listen } from "../server/listen.ts"
import { type MemoryServer, startMemoryServer } from "./memory-server.ts"

let server: MemoryServer
let port: number
const scope = Scope.makeUnsafe()
const arrivesWithinMs = 1000
beforeAll(async () => {
  server = await startMemoryServer({ isHttps: true })
  const listening = listen(server.fetch, {
    host: "127.0.0.1",
    port: 0,
    typeBase: "https://itsm.dev/problems/",
    isHttps: true,
    arrivesWithinMs
  })
  port = (await Effect.runPromise(Scope.provide(listening, scope))).port
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await server.close()
})

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends the text as it stands, and gives every answer that comes until the server hangs up, or is quiet for a while. */
const send = (text: string, quietMs = 400) =>
  new Promise<{ readonly answers: ReadonlyArray<Answer>; readonly isClosed: boolean; readonly afterMs: number }>(
    (resolve) => {
      const since = performance.now()
      const socket = connect(port, "127.0.0.1")
      let received = ""
      let quiet: NodeJS.Timeout | undefined
      const end = (isClosed: boolean) => {
        clearTimeout(quiet)
        socket.destroy()
        const answers = received
          .split(/(?=HTTP\/1\.1 \d{3} )/)
          .filter((part) => part !== "")
          .map((part) => {
            const cut = part.indexOf("\r\n\r\n")
            return {
              status: Number(part.slice(9, 12)),
              head: part.slice(0, cut).toLowerCase(),
              body: part.slice(cut + 4)
            }
          })
        resolve({ answers, isClosed, afterMs: performance.now() - since })
      }
      const wait = (ms: number) => {
        clearTimeout(quiet)
        quiet = setTimeout(() => end(false), ms)
      }
      socket
        .setEncoding("latin1")
        .on("data", (part: string) => {
          received += part
          wait(quietMs)
        })
        .on("error", () => end(true))
        .on("close", () => end(true))
      socket.write(text, "latin1")
      // a busy machine may take its time for the first answer
      wait(10_000)
    }
  )

const checkHead = ({ head, body, status }: Answer, what: string) => {
  for (const line of [
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    "referrer-policy: no-referrer",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security: max-age=31536000; includesubdomains",
    "content-type: application/problem+json",
    "x-request-id: "
  ])
    assert.include(head, `\r\n${line}`, what)
  const problem = JSON.parse(body) as Readonly<Record<string, unknown>>
  assert.equal(problem["status"], status)
  assert.containsAllKeys(problem, ["type", "title", "detail", "instance", "code", "requestId"])
}

const post = "POST /api/v1/auth/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
const smuggled = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

/** Requests about whose end two servers could disagree. */
const ambiguous = {
  "a length beside chunks": `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  "chunks beside a length": `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`,
  "two lengths": `${post}Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  "two equal lengths": `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
  "a list of lengths": `${post}Content-Length: 2, 2\r\n\r\n{}${smuggled}`,
  "a length with a sign": `${post}Content-Length: +2\r\n\r\n{}${smuggled}`,
  "a length in hexadecimal": `${post}Content-Length: 0x2\r\n\r\n{}${smuggled}`,
  "a negative length": `${post}Content-Length: -1\r\n\r\n${smuggled}`,
  "bare line feeds": `POST /api/v1/auth/login/ HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n${smuggled}`,
  "a bare line feed before the body": `${post}Content-Length: 2\r\n\n{}${smuggled}`,
  "a bare carriage return": `${post}X-A: b\rContent-Length: 2\r\n\r\n{}${smuggled}`,
  "an encoding that is no end": `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  "an encoding after chunks": `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
  "two encodings": `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
  "a space before the colon": `${post}Content-Length : 2\r\n\r\n{}${smuggled}`,
  "a folded header": `${post}X-A: b\r\n Content-Length: 2\r\n\r\n{}${smuggled}`,
  "a size of a chunk that is none": `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n${smuggled}`,
  "a size of a chunk with a prefix": `${post}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${smuggled}`,
  "a chunk longer than it says": `${post}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n${smuggled}`,
  "a chunk that ends with a line feed": `${post}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n${smuggled}`,
  "a bare line feed in the extension of a chunk": `${post}Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\n{}\r\n0\r\n\r\n${smuggled}`,
  "no host": `GET /healthz HTTP/1.1\r\n\r\n${smuggled}`,
  "two hosts": `GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${smuggled}`,
  "a host that is none": `GET /healthz HTTP/1.1\r\nHost: a b/c\r\n\r\n`,
  "no version": `GET /healthz\r\n\r\n${smuggled}`,
  "another protocol": "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n"
}

describe("a request whose end is not certain", () => {
  it.each(Object.entries(ambiguous))("is refused, and nothing behind it is read: %s", async (what, text) => {
    const { answers } = await send(text)
    assert.lengthOf(answers, 1, what)
    assert.equal(answers[0]!.status, 400)
    checkHead(answers[0]!, what)
  })

  it("is none with one length, or with chunks and their extensions", async () => {
    const body = JSON.stringify({ email: "nobody@acme.example", password: "x" })
    const whole = `${post}Content-Length: ${body.length}\r\n\r\n${body}${smuggled}`
    const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)};name=value\r\n${body}\r\n0\r\n\r\n${smuggled}`
    for (const text of [whole, chunked])
      assert.deepEqual(
        (await send(text, 1500)).answers.map(({ status }) => status),
        [401, 200]
      )
    const old = await send("GET /healthz HTTP/1.0\r\n\r\n")
    assert.deepEqual(
      old.answers.map(({ status }) => status),
      [200]
    )
  })
})

describe("a request that the parser ends", () => {
  it("is told so in the form of all answers", async () => {
    const large = await send(`GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ${"a".repeat(40_000)}\r\n\r\n`)
    assert.deepEqual(
      large.answers.map(({ status }) => status),
      [431]
    )
    checkHead(large.answers[0]!, "headers")
    const expecting = await send("GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: the-unexpected\r\n\r\n")
    assert.deepEqual(
      expecting.answers.map(({ status }) => status),
      [417]
    )
    checkHead(expecting.answers[0]!, "expectation")
  })

  it.each([
    ["headers", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: b"],
    ["a body", `${post}Content-Length: 100\r\n\r\n{"email":`],
    ["chunks", `${post}Transfer-Encoding: chunked\r\n\r\n5\r\n{"ema`]
  ])("is not waited for longer than a request may take to arrive: %s", async (what, text) => {
    const { answers, isClosed, afterMs } = await send(text, 10_000)
    assert.isTrue(isClosed, what)
    assert.isAbove(afterMs, arrivesWithinMs * 0.9)
    assert.isBelow(afterMs, arrivesWithinMs * 4)
    for (const answer of answers) assert.oneOf(answer.status, [400, 408])
  })
})
