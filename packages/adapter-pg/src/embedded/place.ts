import { Effect } from "effect"
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { type Account, closedFolder, unprivilegedAccount } from "./account.ts"
import { EmbeddedFailed, EmbeddedUnreachable } from "./errors.ts"

/** The folder `postgres` inside the data folder: everything the embedded server keeps, closed to other users. */
export interface Place {
  readonly folder: string
  readonly cluster: string
  readonly passwordFile: string
  readonly logFile: string
  readonly account: Account | undefined
}

/** The way in for the account: a data folder that root alone may enter is opened to pass through, not to list. */
const admit = (dataDir: string, account: Account) => {
  if (closedFolder(dataDir, account) === dataDir) chmodSync(dataDir, (statSync(dataDir).mode & 0o7777) | 0o011)
  return closedFolder(dataDir, account)
}

const prepare = (path: string): Place | EmbeddedUnreachable => {
  mkdirSync(path, { recursive: true })
  const dataDir = realpathSync(path)
  const folder = join(dataDir, "postgres")
  const account = unprivilegedAccount(folder)
  const closed = account && admit(dataDir, account)
  if (account && closed) return new EmbeddedUnreachable({ folder, closed, uid: account.uid })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (account) chownSync(folder, account.uid, account.gid)
  return {
    folder,
    cluster: join(folder, "cluster"),
    passwordFile: join(folder, "password"),
    logFile: join(folder, "server.log"),
    account
  }
}

/** Creates the folder where it is missing, owned by the account that PostgreSQL will run as. */
export const openPlace = (dataDir: string): Effect.Effect<Place, EmbeddedUnreachable | EmbeddedFailed> =>
  Effect.try({
    try: () => prepare(resolve(dataDir)),
    catch: (error) => new EmbeddedFailed({ step: `use the data folder ${dataDir}`, detail: String(error) })
  }).pipe(
    Effect.flatMap((place) => (place instanceof EmbeddedUnreachable ? Effect.fail(place) : Effect.succeed(place)))
  )

/** The end of the server's log, where the reason of a failure stands. */
export const logTail = (place: Place) =>
  existsSync(place.logFile) ? readFileSync(place.logFile, "utf8").trim().split("\n").slice(-12).join("\n") : ""
