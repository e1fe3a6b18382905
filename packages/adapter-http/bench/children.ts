import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import type { Job, Result } from "./load.ts"
import type { Usage } from "./measured.ts"

export const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

const ask = async <A>(child: ChildProcess, message: "usage" | Job): Promise<A> => {
  const answer = once(child, "message")
  child.send(message)
  return ((await answer) as [A])[0]
}

export const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGTERM")
  await exited
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : 0
}

/** A server in a process of its own. */
export interface Server {
  readonly name: string
  readonly port: number
  readonly usage: () => Promise<Usage>
  readonly stop: () => Promise<void>
}

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    () => true,
    () => false
  )

/** Starts a server from its file, and waits until it answers. Its log goes to the open file. */
export const startServer = async (
  name: string,
  file: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>,
  log: number
): Promise<Server> => {
  const port = await freePort()
  const measured = ["--import", new URL("./measured.ts", import.meta.url).href]
  const child = spawn(process.execPath, [...measured, file, ...args], {
    env: { ...env, PORT: String(port) },
    stdio: ["ignore", log, log, "ipc"]
  })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`The server "${name}" ended before it answered.`)
    await sleep(20)
  }
  return { name, port, usage: () => ask<Usage>(child, "usage"), stop: () => end(child) }
}

/** The load generator in a process of its own. */
export const startLoad = () => {
  const child = spawn(process.execPath, [pathOf("./load.ts")], { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  const run = async (job: Job): Promise<Result> => {
    const result = await ask<Result>(child, job)
    if (result.failure !== undefined) throw new Error(`${job.line} failed: ${result.failure}`)
    return result
  }
  return { run, stop: () => end(child) }
}
