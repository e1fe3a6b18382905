/** A row of the matrix of access: what a route answers to each caller. */
export interface AccessRow {
  /** The module that the row was written by. */
  readonly module: string
  readonly method: string
  readonly path: string
  /** The name of the sample record that the path names; `-` where it names none. */
  readonly on: string
  /** One status for each caller. */
  readonly statuses: ReadonlyArray<number>
}

/** Whom no token speaks for. */
export const outside = ["nobody", "expired", "forged", "disabled"] as const
/** Everybody else of the matrix, in the order of its columns. */
export const inside = ["end_user", "agent", "manager", "admin", "auditor", "operator", "key"] as const
export const callers = [...outside, ...inside] as const
export type Caller = (typeof callers)[number]

/** One status for all who are outside, or one for each of them. */
const statusesOf = ([first = "", ...others]: ReadonlyArray<string>) => {
  const each = first.split(",").map(Number)
  return [...(each.length === 1 ? outside.map(() => each[0]!) : each), ...others.map(Number)]
}

/**
 * Reads the rows that people write and review, one a line, with captions that begin with `#`:
 *
 *   method path record   outside   end_user agent manager admin   auditor operator key
 *
 * Outside are nobody, an expired token, a forged token and the token of a disabled user: one status for all of them, or
 * four with commas. The people are those of `company`: the manager leads IT, the agent is a member of its desk, the end
 * user is the caller. The auditor has a role of the organization's own, to read everything. The operator of the platform
 * is a member of no organization here, and gives no reason. The key is one of the administrator's, for `incident.read`.
 * Commands are asked for as a dry run, so no row depends on another.
 */
export const accessRows = (module: string, text: string): ReadonlyArray<AccessRow> =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const [method = "", path = "", on = "", ...columns] = line.trim().split(/\s+/)
      const statuses = statusesOf(columns)
      if (statuses.length !== callers.length || !statuses.every((status) => status >= 200 && status < 600))
        throw new Error(`A row of the access matrix of "${module}" is not one status for each caller: ${line.trim()}`)
      return { module, method, path, on, statuses }
    })
