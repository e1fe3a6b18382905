import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { pathOf } from "./children.ts"
import { withFolder } from "./folder.ts"

export interface StartFigures {
  /** Seconds until the server is ready, on a folder that is empty: a database is made, migrated and filled with the demo. */
  readonly empty: number
  /** Seconds until it is ready on the folder that is there then. */
  readonly existing: number
}

/** Runs `npm start` until the server says that it is ready, and stops it. */
const startOnce = async (dataDir: string): Promise<number> => {
  const since = performance.now()
  const child = spawn("npm", ["start"], {
    cwd: pathOf("../../.."),
    env: { ...process.env, ITSM_DATA_DIR: dataDir, PORT: "0" },
    stdio: ["ignore", "ignore", "pipe"],
    // a group of its own: a signal to npm alone would leave the server behind
    detached: true
  })
  const exited = once(child, "exit")
  let seconds: number | undefined
  for await (const line of createInterface(child.stderr)) {
    if (seconds === undefined && line.includes('"message":"ready"')) {
      seconds = (performance.now() - since) / 1000
      process.kill(-child.pid!, "SIGTERM")
    }
  }
  await exited
  if (seconds === undefined) throw new Error("The server did not become ready.")
  return seconds
}

const median = (numbers: ReadonlyArray<number>) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

export const measureStart = (): Promise<StartFigures> =>
  withFolder(async (dataDir) => {
    const empty = await startOnce(dataDir)
    const existing = [await startOnce(dataDir), await startOnce(dataDir), await startOnce(dataDir)]
    return { empty, existing: median(existing) }
  })
