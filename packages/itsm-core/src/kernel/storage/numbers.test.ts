import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect } from "effect"
import { system } from "../access/actor.ts"
import type { Id } from "../model/id.ts"
import * as Numbers from "./numbers.ts"
import { Store } from "./store.ts"

const acme = system("0192f5e7-7b1a-7cc0-8000-000000000001" as Id<"Organization">)
const globex = system("0192f5e7-7b1a-7cc0-8000-000000000002" as Id<"Organization">)
const many = 120
const expected = Array.from({ length: many }, (_, index) => `INC-${String(index + 1).padStart(6, "0")}`)

describe("record numbers", () => {
  it.effect("are given once each and none is left out, over the ends of blocks", () =>
    Effect.gen(function* () {
      const numbers = Numbers.make(yield* Store)
      const given = yield* Effect.forEach(expected, () => numbers.next(acme, "INC"))
      assert.deepStrictEqual(given, expected)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("are given once each to many who ask at the same time, in two processes", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const processes = [Numbers.make(store), Numbers.make(store)]
      const given = yield* Effect.forEach(expected, (_, index) => processes[index % 2]!.next(acme, "INC"), {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(given).size, many)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("are counted for each organization and each prefix", () =>
    Effect.gen(function* () {
      const numbers = Numbers.make(yield* Store)
      assert.deepStrictEqual(
        [
          yield* numbers.next(acme, "INC"),
          yield* numbers.next(globex, "INC"),
          yield* numbers.next(acme, "PRB"),
          yield* numbers.next(acme, "INC")
        ],
        ["INC-000001", "INC-000001", "PRB-000001", "INC-000002"]
      )
    }).pipe(Effect.provide(MemoryStore.layer))
  )
})
