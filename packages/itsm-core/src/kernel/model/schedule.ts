import { Cron, Data, DateTime, Option, Result, Schema } from "effect"
import type { Instant } from "./instant.ts"
import * as Instants from "./instant.ts"

/** When something happens again and again: a cron expression, read in the time of a place. */
export interface Schedule {
  /** Five fields (minute, hour, day, month, weekday), or six with the second before them. */
  readonly cron: string
  /** An IANA name: `Europe/Berlin`. */
  readonly timeZone: string
}

/** The schedule names no moment: its expression cannot be read, its zone is unknown, or no day is such a day. */
export class NoSuchMoment extends Data.TaggedError("NoSuchMoment")<{ readonly reason: string }> {
  override get message() {
    return this.reason
  }
}

const isZone = (name: string): boolean => Option.isSome(DateTime.zoneMakeNamed(name))

const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** False for the 30th of February and the like: to look for such a day takes seconds. */
const hasDay = ({ days, months, weekdays }: Cron.Cron): boolean => {
  if (days.size === 0 || weekdays.size > 0) return true
  const first = Math.min(...days)
  return longest.some((last, at) => (months.size === 0 || months.has(at + 1)) && first <= last)
}

const isCron = (text: string): boolean => {
  const parsed = Cron.parse(text)
  return Result.isSuccess(parsed) && hasDay(parsed.success)
}

/** A cron expression, as an input: one that cannot be read is refused at its place. */
export const CronExpression = Schema.String.check(
  Schema.isMaxLength(100),
  Schema.makeFilter(isCron, {
    description: "a cron expression: minute, hour, day, month, weekday",
    code: "invalid_cron"
  })
)

/** A time zone by its IANA name. */
export const TimeZone = Schema.String.check(
  Schema.makeFilter(isZone, { description: "an IANA time zone", code: "invalid_time_zone" })
).annotate({ description: "IANA time zone, such as Europe/Berlin", examples: ["Europe/Berlin"] })

export const ScheduleInput = Schema.Struct({ cron: CronExpression, timeZone: TimeZone }).annotate({
  identifier: "Schedule"
})

/**
 * The first moment of the schedule after another. A time that the clocks leave out in spring comes as much later as they
 * are put forward; one that they go through twice in autumn comes once, the first time.
 */
export const next = ({ cron, timeZone }: Schedule, after: Instant): Result.Result<Instant, NoSuchMoment> => {
  if (!isZone(timeZone)) return Result.fail(new NoSuchMoment({ reason: `"${timeZone}" is no time zone.` }))
  const parsed = Cron.parse(cron, timeZone)
  if (Result.isFailure(parsed))
    return Result.fail(new NoSuchMoment({ reason: `"${cron}" is no cron expression: ${parsed.failure.message}` }))
  const none = () => new NoSuchMoment({ reason: `"${cron}" names no moment.` })
  if (!hasDay(parsed.success)) return Result.fail(none())
  return Result.try({
    try: () => Instants.fromEpochMs(Cron.next(parsed.success, new Date(Instants.toEpochMs(after))).getTime()),
    catch: none
  })
}
