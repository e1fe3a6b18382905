import { customValue, readCustomPath } from "./custom-path.ts"

type Row = Readonly<Record<string, unknown>>

/**
 * How the value at a path is read off a record: `state`, or `price.amount` of a field with parts, null where the field
 * is, or `custom.cost:decimal` of the organization's own. What a row has under the path itself comes first.
 */
export const reader = (path: string): ((row: Row) => unknown) => {
  const dot = path.indexOf(".")
  if (dot < 0) return (row) => row[path]
  const custom = readCustomPath(path)
  if (custom !== undefined) return (row) => customValue(row["customFields"], custom.key, custom.kind)
  const [whole, part] = [path.slice(0, dot), path.slice(dot + 1)]
  return (row) => {
    const own = row[path]
    if (own !== undefined) return own
    const value = row[whole]
    return typeof value === "object" && value !== null ? ((value as Row)[part] ?? null) : null
  }
}
