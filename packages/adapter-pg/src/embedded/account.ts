import { statSync } from "node:fs"
import { dirname } from "node:path"

/** The user and group that own the data folder and run PostgreSQL. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

const nobody: Account = { uid: 65534, gid: 65534 }

/**
 * The account to drop to where this process is root, which PostgreSQL refuses: the owner of the folder where it exists
 * and is not root's, else nobody. Undefined where this process is an ordinary user already.
 */
export const unprivilegedAccount = (folder: string): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const owner = statSync(folder, { throwIfNoEntry: false })
  return owner === undefined || owner.uid === 0 ? nobody : { uid: owner.uid, gid: owner.gid }
}

const mayEnter = (folder: string, account: Account) => {
  const { uid, gid, mode } = statSync(folder)
  if (uid === account.uid) return (mode & 0o100) !== 0
  if (gid === account.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}

/** The outermost folder on the way to an existing path that the account may not enter. */
export const closedFolder = (path: string, account: Account): string | undefined => {
  const parent = dirname(path)
  if (parent === path) return mayEnter(path, account) ? undefined : path
  return closedFolder(parent, account) ?? (mayEnter(path, account) ? undefined : path)
}
