import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keepLog, keepSecret, keepSecretsOf, keepSettings } from "./log-book.ts"

export type Settings = Readonly<Record<string, string>>

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

export interface Program {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  readonly ended: Promise<Ended>
}

export interface RunningServer extends Program {
  readonly url: string
  readonly port: number
  readonly startedInMs: number
  readonly stop: (signal: NodeJS.Signals) => Promise<Ended>
}

const main = join(import.meta.dirname, "..", "server", "main.ts")

/** The surroundings of the test without any setting of the product. */
const plain = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(ITSM_|DATABASE_URL|PORT$|HOST$|LOG_LEVEL)/.test(name))
  )

/** The program `itsm` as a process of its own. */
export const itsm = (args: ReadonlyArray<string>, settings: Settings, input = ""): Program => {
  keepSettings(settings)
  keepSecret(input.trim())
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...plain(), ...settings },
    stdio: ["pipe", "pipe", "pipe"]
  })
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text
    keepLog(text)
  })
  child.stdin.on("error", () => undefined).end(input)
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal, out, err }))
  )
  return { child, out: () => out, err: () => err, ended }
}

const portIn = (log: string): number | undefined => {
  const line = log.split("\n").find((text) => text.includes(`"message":"ready"`))
  return line === undefined ? undefined : (JSON.parse(line) as { readonly port: number }).port
}

/** Most tests ask more often than a person does. */
const unlimited = Object.fromEntries(
  ["USER", "API_KEY", "ORGANIZATION", "ANONYMOUS", "LOGIN"].map((name) => [`ITSM_RATE_LIMIT_${name}`, "0"])
)

/** Starts the server on a free port, without limits but those given, and waits until it is ready; fails with what it said where it ends before. */
export const startServer = async (settings: Settings): Promise<RunningServer> => {
  const begun = performance.now()
  const program = itsm(["serve"], { PORT: "0", ...unlimited, ...settings })
  let hasEnded = false
  void program.ended.then(() => (hasEnded = true))
  let port: number | undefined
  while ((port = portIn(program.err())) === undefined) {
    if (hasEnded) throw new Error(`The server ended before it was ready:\n${program.err()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const url = `http://127.0.0.1:${port}`
  const stop = (signal: NodeJS.Signals) => {
    program.child.kill(signal)
    return program.ended
  }
  return { ...program, url, port, startedInMs: performance.now() - begun, stop }
}

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), "itsm-server-"))

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true })

/** The embedded database's process, where one runs on the folder. */
export const databasePid = (dataDir: string): number | undefined => {
  const file = join(dataDir, "postgres", "cluster", "postmaster.pid")
  return existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : undefined
}

export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !existsSync(`/proc/${pid}/stat`) || !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
  } catch {
    return false
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>> & { readonly code?: string }
}

/** Calls the API of a server. */
export const call = async (
  server: Pick<RunningServer, "url">,
  method: string,
  path: string,
  options: {
    readonly body?: unknown
    readonly token?: string | undefined
    readonly key?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly from?: string
  } = {}
): Promise<Answer> => {
  const { body, token, key, headers, from } = options
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { "Idempotency-Key": key }),
      ...(from === undefined ? {} : { "X-Forwarded-For": from }),
      ...headers
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000)
  })
  const text = await response.text()
  const answered = text === "" ? {} : (JSON.parse(text) as Answer["body"])
  keepSecretsOf([body, answered])
  return { status: response.status, headers: response.headers, body: answered }
}

export const tokenOf = async (server: Pick<RunningServer, "url">, email: string, password: string): Promise<string> =>
  String((await call(server, "POST", "/api/v1/auth/login/", { body: { email, password } })).body["accessToken"])
