import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { idSource, isId, RandomBytes } from "./id.ts"

const draw = (count: number) => Effect.map(idSource, (next) => Array.from({ length: count }, () => next<"Incident">()))

describe("a new id", () => {
  it.effect("is a UUID of version 7 that begins with the moment", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(0x0123456789ab)
      const [id] = yield* draw(1)
      assert.match(id!, /^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.isTrue(isId(id!))
    })
  )

  it.effect("comes after those of earlier moments", () =>
    Effect.gen(function* () {
      const drawn: Array<string> = []
      for (let ms = 0; ms < 300; ms++) {
        yield* TestClock.setTime(1_700_000_000_000 + ms * 7)
        drawn.push((yield* draw(1))[0]!)
      }
      assert.deepStrictEqual(drawn, drawn.toSorted())
    })
  )

  it.effect("is drawn once: 100,000 of one moment differ", () =>
    Effect.map(draw(100_000), (drawn) => assert.strictEqual(new Set(drawn).size, drawn.length))
  )

  it.effect("is the same on each run where the randomness is", () =>
    Effect.gen(function* () {
      const counting = () => {
        let next = 0
        return (bytes: Uint8Array) => bytes.forEach((_, at) => (bytes[at] = next++))
      }
      const once = yield* draw(1000).pipe(Effect.provideService(RandomBytes, counting()))
      yield* draw(3)
      assert.deepStrictEqual(yield* draw(1000).pipe(Effect.provideService(RandomBytes, counting())), once)
    })
  )
})

describe("isId", () => {
  it("takes UUIDs in lower case and nothing else", () => {
    for (const id of ["00000000-0000-0000-0000-000000000000", "0192f5e7-7b1a-7cc0-8000-00000000000f"])
      assert.isTrue(isId(id))
    for (const text of [
      "",
      "0192F5E7-7b1a-7cc0-8000-000000000000",
      "0192f5e77b1a7cc08000000000000000",
      " 0192f5e7-7b1a-7cc0-8000-000000000000",
      "0192f5e7-7b1a-7cc0-8000-000000000000\n",
      "0192f5e7-7b1a-7cc0-8000-00000000000g"
    ]) {
      assert.isFalse(isId(text), text)
    }
  })
})
