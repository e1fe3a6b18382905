import { Schema } from "effect"

/** A day of the calendar, wherever one is: `2026-11-21`. The order of the texts is the order of the days. */
export type LocalDate = string & { readonly "~itsm/LocalDate": true }

const pattern = /^\d{4}-\d{2}-\d{2}$/

/** True for a text that names a real day between the years 1 and 9999. */
export const isLocalDate = (text: string): boolean => {
  if (!pattern.test(text) || text.startsWith("0000")) return false
  const [year, month, day] = text.split("-").map(Number) as [number, number, number]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** The schema of a day. */
export const LocalDate: Schema.Codec<LocalDate, string> = Schema.String.check(
  Schema.makeFilter(isLocalDate, { description: "a day, as 2026-11-21", code: "invalid_format" })
).annotate({ field: { kind: "date" }, format: "date" }) as unknown as Schema.Codec<LocalDate, string>
