import { Effect, Result, Schema } from "effect"
import { linkSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { EmbeddedFailed, EmbeddedInUse } from "./errors.ts"
import { processStart } from "./process-identity.ts"

/**
 * One process owns the folder: the one named in the lock file with the highest number. A new owner creates the next
 * number, which the file system grants to one process only, and the highest file is never deleted, only emptied, so a
 * slow contender cannot win with a number from the past.
 */
const Owner = Schema.fromJsonString(Schema.Struct({ host: Schema.String, pid: Schema.Int, startedAt: Schema.String }))
type Owner = typeof Owner.Type

const heartbeatMs = 5_000
const silentAfterMs = 30_000

const fileOf = (folder: string, number: number) => join(folder, `owner-${number}.lock`)

const numbersIn = (folder: string) =>
  readdirSync(folder)
    .map((name) => Number(/^owner-(\d+)\.lock$/.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => !Number.isNaN(number))
    .toSorted((a, b) => b - a)

const isAlive = (owner: Owner, file: string) =>
  owner.host === hostname()
    ? processStart(owner.pid) === owner.startedAt
    : // Elsewhere, as in another container on the same volume, process numbers say nothing: the heartbeat counts.
      Date.now() - statSync(file).mtimeMs < silentAfterMs

const livingOwner = (file: string): Owner | undefined => {
  const owner = Schema.decodeUnknownResult(Owner)(readFileSync(file, "utf8"))
  return Result.isSuccess(owner) && isAlive(owner.success, file) ? owner.success : undefined
}

const create = (folder: string, number: number): boolean => {
  const draft = join(folder, `owner-${process.pid}-${number}.draft`)
  const owner = { host: hostname(), pid: process.pid, startedAt: processStart(process.pid) ?? "" }
  writeFileSync(draft, Schema.encodeSync(Owner)(owner), { mode: 0o644 })
  try {
    linkSync(draft, fileOf(folder, number))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  } finally {
    rmSync(draft)
  }
}

/** The number taken, the living owner, or undefined where another process was faster and the folder has to be read anew. */
const claim = (folder: string): number | Owner | undefined => {
  const [latest = 0] = numbersIn(folder)
  const owner = latest === 0 ? undefined : livingOwner(fileOf(folder, latest))
  if (owner !== undefined) return owner
  const number = latest + 1
  if (!create(folder, number)) return undefined
  const [highest, ...older] = numbersIn(folder)
  for (const past of highest === number ? older : [number]) rmSync(fileOf(folder, past), { force: true })
  return highest === number ? number : undefined
}

const own = (folder: string) => {
  for (;;) {
    const claimed = claim(folder)
    if (typeof claimed === "object") return new EmbeddedInUse({ folder, host: claimed.host, pid: claimed.pid })
    if (claimed !== undefined) {
      const file = fileOf(folder, claimed)
      const heartbeat = setInterval(() => utimesSync(file, new Date(), new Date()), heartbeatMs).unref()
      return { file, heartbeat }
    }
  }
}

/** The folder belongs to this process until the scope closes; a second owner is refused at once. */
export const ownFolder = (folder: string) =>
  Effect.acquireRelease(
    Effect.try({
      try: () => own(folder),
      catch: (error) => new EmbeddedFailed({ step: `lock the folder ${folder}`, detail: String(error) })
    }).pipe(Effect.flatMap((owned) => (owned instanceof EmbeddedInUse ? Effect.fail(owned) : Effect.succeed(owned)))),
    ({ file, heartbeat }) =>
      Effect.sync(() => {
        clearInterval(heartbeat)
        writeFileSync(file, "")
      })
  )
