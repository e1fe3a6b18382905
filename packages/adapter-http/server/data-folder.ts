import { createHash } from "node:crypto"
import { existsSync, readdirSync } from "node:fs"
import { join, resolve } from "node:path"

/** Where the data is when nobody has said where, seen from the folder that the server is started in. */
export const usualFolder = "./.data"

/**
 * Where the data goes instead when the usual place is closed to the user that the database runs as: root's home folder,
 * for example. Each place that the server is started in has its own.
 */
export const substituteFolder = (): string =>
  join("/var/lib/itsm", createHash("sha256").update(resolve(usualFolder)).digest("hex").slice(0, 12))

/** True where nobody has kept anything in the folder yet. */
export const isUntouched = (dataDir: string = usualFolder): boolean => {
  try {
    return !existsSync(dataDir) || readdirSync(dataDir).length === 0
  } catch {
    return false
  }
}
