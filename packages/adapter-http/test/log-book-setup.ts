import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { leaksIn } from "./leaks.ts"

/** Collects what all servers of the run log, and fails the run where a secret of the tests stands in it. */
export default (project: TestProject) => {
  const folder = mkdtempSync(join(tmpdir(), "itsm-log-book-"))
  project.provide("logBook", folder)
  const read = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "")
  return () => {
    const log = read("log")
    const secrets = new Set(
      read("secrets")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as string)
    )
    rmSync(folder, { recursive: true, force: true })
    const leaks = leaksIn(log, secrets)
    process.stdout.write(
      `Logs: ${log.length} characters and ${secrets.size} secrets, ${leaks.length} of them in a log.\n`
    )
    if (leaks.length === 0) return
    const told = leaks.map(({ found, line }) => `  ${found}\n    in ${line}\n`)
    process.stderr.write(`Secrets stand in the log:\n${told.join("")}`)
    // an error here would keep the database of the run from being stopped
    process.exitCode = 1
  }
}
