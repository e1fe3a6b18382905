import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { Input, type Instant, Schedule } from "../index.ts"

const at = (text: string) => text as Instant.Instant
const berlin = (cron: string) => ({ cron, timeZone: "Europe/Berlin" })
const next = (schedule: Schedule.Schedule, after: string) => Result.getOrThrow(Schedule.next(schedule, at(after)))

describe("a schedule", () => {
  it("keeps its local time when the clocks change", () => {
    const mornings = berlin("0 8 * * 1-5")
    assert.strictEqual(next(mornings, "2026-03-27T06:59:59.000Z"), "2026-03-27T07:00:00.000Z")
    assert.strictEqual(next(mornings, "2026-03-27T07:00:00.000Z"), "2026-03-30T06:00:00.000Z")
    assert.strictEqual(next(mornings, "2026-10-23T12:00:00.000Z"), "2026-10-26T07:00:00.000Z")
  })

  it("comes once in the night that has an hour less, and in the night that has one twice", () => {
    const nights = berlin("30 2 * * *")
    assert.strictEqual(next(nights, "2026-03-28T12:00:00.000Z"), "2026-03-29T01:30:00.000Z")
    assert.strictEqual(next(nights, "2026-03-29T01:30:00.000Z"), "2026-03-30T00:30:00.000Z")
    assert.strictEqual(next(nights, "2026-10-24T12:00:00.000Z"), "2026-10-25T00:30:00.000Z")
    assert.strictEqual(next(nights, "2026-10-25T00:30:00.000Z"), "2026-10-26T01:30:00.000Z")
  })

  it("that names no moment says why", () => {
    const why = (schedule: Schedule.Schedule) =>
      Result.match(Schedule.next(schedule, at("2026-01-01T00:00:00.000Z")), {
        onSuccess: String,
        onFailure: ({ message }) => message
      })
    assert.include(why(berlin("0 0 30 2 *")), `"0 0 30 2 *" names no moment.`)
    assert.include(why(berlin("61 * * * *")), "is no cron expression")
    assert.strictEqual(why({ cron: "0 0 * * *", timeZone: "Mars/Olympus" }), `"Mars/Olympus" is no time zone.`)
  })

  it("is refused as an input at the field that cannot be read", () => {
    const decode = Input.decoder(Schedule.ScheduleInput, new Set())
    const pointers = (raw: object) =>
      Result.match(decode(raw), {
        onSuccess: () => [],
        onFailure: ({ errors }) => errors.map(({ pointer, code }) => [pointer, code])
      })
    assert.deepStrictEqual(pointers(berlin("*/5 * * * *")), [])
    assert.deepStrictEqual(pointers(berlin("0 0 31 2,4 *")), [["/cron", "invalid_cron"]])
    assert.deepStrictEqual(pointers(berlin("0 0 29 2 *")), [])
    assert.deepStrictEqual(pointers({ cron: "every day", timeZone: "Mars/Olympus" }), [
      ["/cron", "invalid_cron"],
      ["/timeZone", "invalid_time_zone"]
    ])
  })
})
