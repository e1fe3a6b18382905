import { openSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { pathOf, type Server, startServer } from "./children.ts"
import { Connection, requestText } from "./connection.ts"
import { withFolder } from "./folder.ts"

export interface SignInFigures {
  /** The 95th percentile of reads in milliseconds, while nobody signs in. */
  readonly quiet: number
  /** The same while a hundred people sign in at once, and when they are done the next hundred. */
  readonly amidLogins: number
  readonly loginsPerSecond: number
  /** Milliseconds of the server's processor time to refuse a token that is forged. */
  readonly forged: number
  /** The same for a token that is too long to be read. */
  readonly oversized: number
}

const password = "a benchmark of sign-in"
const accounts = ["acme", "globex"].flatMap((slug) =>
  ["admin", "manager", "agent", "user"].map((name) => `${name}@${slug}.example`)
)
const readers = 8
const atOnce = 100
const measuredMs = 5000
const forgeries = 10_000

const login = async (connection: Connection, port: number, index: number) => {
  const body = { email: accounts[index % accounts.length], password }
  const answer = await connection.ask(requestText(port, "none", "POST", "/auth/login/", body), true)
  if (answer.status !== 200) throw new Error(`A sign-in failed: ${answer.body}`)
  return (JSON.parse(answer.body) as { readonly accessToken: string }).accessToken
}

/** Reads one incident over and over, with a pause as people make it. */
const readsFor = async (port: number, token: string, path: string, until: number) => {
  const latencies: Array<number> = []
  const text = requestText(port, token, "GET", path)
  const reader = async () => {
    const connection = new Connection(port)
    while (performance.now() < until) {
      const sentAt = performance.now()
      const { status } = await connection.ask(text)
      if (status !== 200) throw new Error(`A read failed: ${status}`)
      latencies.push(performance.now() - sentAt)
      await sleep(5)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: readers }, reader))
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.95)] ?? 0
}

const storm = async (port: number, until: number) => {
  const connections = Array.from({ length: atOnce }, () => new Connection(port))
  const began = performance.now()
  let done = 0
  while (performance.now() < until) {
    await Promise.all(connections.map((connection, index) => login(connection, port, index)))
    done += atOnce
  }
  for (const connection of connections) connection.close()
  return (done / (performance.now() - began)) * 1000
}

const cpuOfRefusals = async (server: Server, forge: (index: number) => string) => {
  const connections = Array.from({ length: readers }, () => new Connection(server.port))
  const before = await server.usage()
  await Promise.all(
    connections.map(async (connection, at) => {
      for (let index = at; index < forgeries; index += readers) {
        const { status } = await connection.ask(requestText(server.port, forge(index), "GET", "/auth/me/"))
        if (status !== 401) throw new Error(`A forged token was answered with ${status}.`)
      }
    })
  )
  const after = await server.usage()
  for (const connection of connections) connection.close()
  return (after.cpu - before.cpu) / 1000 / forgeries
}

/** What signing in costs the others, and what tokens that nobody issued cost the server. */
export const measureSignIn = (): Promise<SignInFigures> =>
  withFolder(async (dataDir) => {
    const env = {
      ITSM_DATA_DIR: dataDir,
      ITSM_DEMO_PASSWORD: password,
      ITSM_RATE_LIMIT_LOGIN: "0",
      ITSM_RATE_LIMIT_ANONYMOUS: "0",
      ITSM_RATE_LIMIT_USER: "0",
      ITSM_RATE_LIMIT_ORGANIZATION: "0",
      PATH: process.env["PATH"] ?? ""
    }
    const log = openSync(join(dataDir, "server.log"), "w")
    const server = await startServer("ours", pathOf("../server/main.ts"), ["serve"], env, log)
    const { port } = server
    const connection = new Connection(port)
    try {
      const token = await login(connection, port, 2)
      const list = await connection.ask(requestText(port, token, "GET", "/incidents/?limit=1"), true)
      const [incident] = (JSON.parse(list.body) as { readonly items: ReadonlyArray<{ readonly id: string }> }).items
      const path = `/incidents/${incident!.id}/`
      await readsFor(port, token, path, performance.now() + 1000)
      const quiet = await readsFor(port, token, path, performance.now() + measuredMs)
      const until = performance.now() + measuredMs
      const [amidLogins, loginsPerSecond] = await Promise.all([readsFor(port, token, path, until), storm(port, until)])
      const [head, claims] = token.split(".")
      const signature = (index: number) => String(index).padStart(86, "A")
      const forged = await cpuOfRefusals(server, (index) => `${head}.${claims}.${signature(index)}`)
      const oversized = await cpuOfRefusals(server, (index) => `${head}.${claims}.${"A".repeat(8192)}${index}`)
      return { quiet, amidLogins, loginsPerSecond, forged, oversized }
    } finally {
      connection.close()
      await server.stop()
    }
  })
