import { Effect } from "effect"
import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { EmbeddedFailed } from "./errors.ts"
import type { Place } from "./place.ts"
import { processStart, servesCluster } from "./process-identity.ts"

const contentOf = (file: string) => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return "" // the server removes the file whenever it likes
  }
}

/** The file that a running server keeps in its cluster: the process in line 1, "ready" or "starting" in line 8. */
export const readPostmasterFile = (place: Place) => {
  const file = join(place.cluster, "postmaster.pid")
  const lines = contentOf(file).split("\n")
  return { file, pid: Number.parseInt(lines[0] ?? "", 10), status: lines[7]?.trim() }
}

const signals = [
  ["SIGINT", 15_000],
  ["SIGQUIT", 10_000],
  ["SIGKILL", 5_000]
] as const

const isGone = (pid: number, withinMs: number) =>
  Effect.gen(function* () {
    const deadline = performance.now() + withinMs
    while (performance.now() < deadline) {
      if (processStart(pid) === undefined) return true
      yield* Effect.sleep("10 millis")
    }
    return false
  })

const end = (pid: number) =>
  Effect.gen(function* () {
    for (const [signal, withinMs] of signals) {
      yield* Effect.ignore(Effect.try({ try: () => process.kill(pid, signal), catch: String }))
      if (yield* isGone(pid, withinMs)) return
    }
    return yield* new EmbeddedFailed({ step: "start", detail: `a server left behind, process ${pid}, does not end` })
  })

/** Ends a server that a killed process left on the folder; only the folder's owner may call it. */
export const endLeftover = (place: Place) =>
  Effect.gen(function* () {
    const { file, pid } = readPostmasterFile(place)
    if (Number.isNaN(pid) || processStart(pid) === undefined) return
    if (servesCluster(pid, place.cluster)) return yield* end(pid)
    // PostgreSQL would take the process that has the number by now for its predecessor.
    yield* Effect.sync(() => rmSync(file, { force: true }))
  })
