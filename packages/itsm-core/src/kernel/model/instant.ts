import { Clock, DateTime, Effect, Option, Schema, SchemaGetter, SchemaIssue } from "effect"

/**
 * A moment in UTC with milliseconds, in its one canonical text form `2026-11-21T08:30:00.000Z`: what is stored, compared
 * and sent is the same value, and the order of the texts is the order of the moments.
 */
export type Instant = string & { readonly "~itsm/Instant": true }

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/
const realDay = (text: string) => {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** Reads RFC 3339 with any offset; none for a text that names no real moment between the years 1 and 9999. */
export const parseInstant = (text: string): Option.Option<Instant> => {
  if (!rfc3339.test(text) || text.startsWith("0000") || !realDay(text)) return Option.none()
  return DateTime.make(text).pipe(
    Option.map((moment) => DateTime.formatIso(moment)),
    Option.filter((iso) => iso.length === 24 && !iso.startsWith("0000")),
    Option.map((iso) => iso as Instant)
  )
}

const Canonical = Schema.String.annotate({ field: { kind: "instant" }, format: "date-time" })

/** The schema of an instant: takes RFC 3339 with any offset, keeps the canonical form. */
export const Instant: Schema.Codec<Instant, string> = Schema.String.annotate({ format: "date-time" }).pipe(
  Schema.decodeTo(Canonical, {
    decode: SchemaGetter.transformEffect((text: string) =>
      Option.match(parseInstant(text), {
        onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ message: "must be an RFC 3339 date and time" })),
        onSome: Effect.succeed
      })
    ),
    encode: SchemaGetter.transform((text: string) => text)
  })
) as unknown as Schema.Codec<Instant, string>

let last = { ms: 0, text: new Date(0).toISOString() as Instant }

/** The instant so many milliseconds after 1970. One moment is asked for again and again, so the last one is kept. */
export const fromEpochMs = (ms: number): Instant => {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() as Instant }
  return last.text
}

export const toEpochMs = (instant: Instant): number => Date.parse(instant)

/** The moment `ms` milliseconds after `instant`; before it where `ms` is negative. */
export const plusMs = (instant: Instant, ms: number): Instant => fromEpochMs(toEpochMs(instant) + ms)

/** Elapsed milliseconds from `start` to `end`. */
export const elapsedMs = (start: Instant, end: Instant): number => toEpochMs(end) - toEpochMs(start)

export const dayMs = 86_400_000

/** The present moment of Effect's `Clock`: a test clock moves it. */
export const now: Effect.Effect<Instant> = Effect.map(Clock.currentTimeMillis, fromEpochMs)
