import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { elapsedMs, fromEpochMs, Instant, now, parseInstant, plusMs, toEpochMs } from "./instant.ts"

const read = (text: string) => Option.getOrNull(parseInstant(text))
const moments = fc
  .integer({ min: Date.UTC(1, 0) - 1.9e12, max: 253_402_300_799_999 })
  .filter((ms) => ms >= -62_135_596_800_000)

describe("reading an instant", () => {
  it("keeps the moment in UTC to the millisecond", () => {
    const expected = {
      "2026-11-21T08:30:00Z": "2026-11-21T08:30:00.000Z",
      "2026-11-21T08:30:00+02:00": "2026-11-21T06:30:00.000Z",
      "2026-01-01T00:00:00-23:59": "2026-01-01T23:59:00.000Z",
      "2026-11-21t08:30:00.5z": "2026-11-21T08:30:00.500Z",
      "2026-11-21T08:30:00.123456789Z": "2026-11-21T08:30:00.123Z",
      "2026-11-21T08:30:00.9999Z": "2026-11-21T08:30:00.999Z",
      "2024-02-29T00:00:00Z": "2024-02-29T00:00:00.000Z",
      "0001-01-01T00:00:00Z": "0001-01-01T00:00:00.000Z",
      "9999-12-31T23:59:59.999Z": "9999-12-31T23:59:59.999Z"
    }
    for (const [text, instant] of Object.entries(expected)) assert.strictEqual(read(text), instant, text)
  })

  it("refuses what is no moment, or none between the years 1 and 9999", () => {
    for (const text of [
      "",
      "now",
      "2026-11-21",
      "2026-11-21T08:30Z",
      "2026-11-21T08:30:00",
      "2026-11-21 08:30:00Z",
      " 2026-11-21T08:30:00Z",
      "20261121T083000Z",
      "2026-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-10T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T25:00:00Z",
      "2026-01-01T00:60:00Z",
      "2026-01-01T23:59:60Z",
      "2026-01-01T00:00:00+24:00",
      "2026-01-01T00:00:00+0200",
      "0000-01-01T00:00:00Z",
      "0001-01-01T00:00:00+01:00",
      "9999-12-31T23:59:59-01:00",
      "10000-01-01T00:00:00Z"
    ])
      assert.isNull(read(text), text)
  })

  it("is the schema's decoding, and an instant decodes to itself", () => {
    const decode = Schema.decodeUnknownResult(Instant)
    assert.strictEqual(Result.getOrThrow(decode("2026-11-21T08:30:00+02:00")), "2026-11-21T06:30:00.000Z")
    assert.strictEqual(Schema.encodeSync(Instant)(fromEpochMs(0)), "1970-01-01T00:00:00.000Z")
    for (const value of ["soon", 0, null]) assert.isTrue(Result.isFailure(decode(value)))
    fc.assert(fc.property(moments, (ms) => assert.strictEqual(read(fromEpochMs(ms)), fromEpochMs(ms))))
  })
})

describe("the arithmetic of instants", () => {
  it("orders texts as moments", () => {
    fc.assert(fc.property(moments, moments, (a, b) => assert.strictEqual(fromEpochMs(a) < fromEpochMs(b), a < b)))
  })

  it("adds what it takes away", () => {
    const start = fromEpochMs(1_700_000_000_001)
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        assert.strictEqual(elapsedMs(start, plusMs(start, ms)), ms)
        assert.strictEqual(plusMs(plusMs(start, ms), -ms), start)
        assert.strictEqual(toEpochMs(plusMs(start, ms)), 1_700_000_000_001 + ms)
      })
    )
  })

  it.effect("takes the present from the clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_001)
      assert.strictEqual(yield* now, "2023-11-14T22:13:20.001Z")
    })
  )
})
