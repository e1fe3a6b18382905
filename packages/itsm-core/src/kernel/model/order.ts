/** One order of values for every store: nulls last, text without regard to case and then by code point. */

export const foldCase = (text: string): string => text.toLowerCase()

const compareText = (a: string, b: string): number => {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i))
      return a.codePointAt(i)! - b.codePointAt(i)! || a.charCodeAt(i) - b.charCodeAt(i)
  }
  return a.length - b.length
}

/** Negative, zero or positive; for two values of one kind, neither of them null. Text is compared as it stands. */
export const compareValues = (a: unknown, b: unknown): number =>
  typeof a === "string" ? compareText(a, String(b)) : Number(a) - Number(b)

export interface SortKey {
  readonly field: string
  readonly direction: "asc" | "desc"
}

export type SortValue = string | number | boolean | null

/** The value that a record is sorted by: text is folded, other kinds stand for themselves. */
export const sortValue = (value: unknown, isText: boolean): SortValue =>
  isText && typeof value === "string" ? foldCase(value) : (value as SortValue)

/** Compares two tuples of sort values; null comes last in either direction. */
export const compareTuples = (
  directions: ReadonlyArray<"asc" | "desc">,
  a: ReadonlyArray<SortValue>,
  b: ReadonlyArray<SortValue>
): number => {
  for (let i = 0; i < directions.length; i++) {
    const x = a[i]!
    const y = b[i]!
    if (x === y) continue
    if (x === null) return 1
    if (y === null) return -1
    const order = compareValues(x, y)
    if (order !== 0) return directions[i] === "asc" ? order : -order
  }
  return 0
}
