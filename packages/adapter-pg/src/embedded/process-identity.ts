import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, readlinkSync } from "node:fs"

const hasProc = existsSync("/proc/self/stat")

const ps = (pid: number, column: string) =>
  spawnSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }).stdout.trim()

const attempt = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Tells a process from a later one with the same number; undefined where the process is gone. */
export const processStart = (pid: number): string | undefined => {
  if (!hasProc) return ps(pid, "lstart") || undefined
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
  // The name, in brackets, may hold anything; the state follows it, and the start time is the 20th field from there.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields?.[0] === "Z" ? undefined : fields?.[19]
}

/** Whether the process is a PostgreSQL server on that cluster, which is its working folder. */
export const servesCluster = (pid: number, cluster: string) =>
  hasProc ? attempt(() => readlinkSync(`/proc/${pid}/cwd`)) === cluster : ps(pid, "command").includes(cluster)
