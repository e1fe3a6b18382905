import { Effect } from "effect"
import { randomBytes } from "node:crypto"
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Binaries } from "./binaries.ts"
import { EmbeddedFailed } from "./errors.ts"
import { logTail, type Place } from "./place.ts"
import { supervise } from "./supervisor.ts"

export const superuser = "postgres"
const majorVersion = "18"
const unfinishedPrefix = "cluster-unfinished-"

const initdbArguments = (cluster: string, passwordFile: string) => [
  `--pgdata=${cluster}`,
  `--username=${superuser}`,
  "--auth=scram-sha-256",
  `--pwfile=${passwordFile}`,
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--data-checksums"
]

const writePassword = ({ passwordFile, account }: Place) => {
  writeFileSync(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600, flush: true })
  if (account) chownSync(passwordFile, account.uid, account.gid)
}

const attempt = <A>(step: string, run: () => A) =>
  Effect.try({ try: run, catch: (error) => new EmbeddedFailed({ step, detail: String(error) }) })

/** Built under another name, so that one interrupted halfway is never taken for a cluster. */
const create = (place: Place, binaries: Binaries) =>
  Effect.gen(function* () {
    const unfinished = join(place.folder, `${unfinishedPrefix}${process.pid}`)
    yield* attempt("clear an unfinished cluster", () => {
      for (const name of readdirSync(place.folder).filter((entry) => entry.startsWith(unfinishedPrefix)))
        rmSync(join(place.folder, name), { recursive: true, force: true })
    })
    yield* attempt("write its password", () => writePassword(place))
    const initdb = yield* supervise(place, binaries.initdb, initdbArguments(unfinished, place.passwordFile))
    if ((yield* initdb.exited) !== 0) return yield* new EmbeddedFailed({ step: "initialise", detail: logTail(place) })
    yield* attempt("keep the new cluster", () => renameSync(unfinished, place.cluster))
  }).pipe(Effect.scoped)

/** The superuser's password of the folder's cluster, which is created where there is none. */
export const openCluster = (place: Place, binaries: Binaries) =>
  Effect.gen(function* () {
    if (!existsSync(place.cluster)) yield* create(place, binaries)
    const step = `open ${place.cluster}`
    const version = yield* attempt(step, () => readFileSync(join(place.cluster, "PG_VERSION"), "utf8").trim())
    if (version === majorVersion) return yield* attempt(step, () => readFileSync(place.passwordFile, "utf8"))
    const detail = `it was made by PostgreSQL ${version}, and this is version ${majorVersion}`
    return yield* new EmbeddedFailed({ step, detail })
  })
