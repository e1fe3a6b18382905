import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { begin, play } from "../../../test/incident-desk.ts"
import { Actor } from "../../kernel/index.ts"
import { Incidents, PriorityMatrices } from "./index.ts"

describe("priority", () => {
  it.effect("follows the matrix of the organization, unless it is overridden", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const incidents = yield* Incidents
        const matrices = yield* PriorityMatrices
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", impact: 2, urgency: 2 })
          const overridden = yield* incidents.overridePriority(id, { priority: 1, reason: "the board is waiting" })
          assert.deepStrictEqual([overridden.priority, overridden.computedPriority], [1, 3])
          const reassessed = yield* incidents.update(id, { urgency: 3 })
          assert.deepStrictEqual([reassessed.priority, reassessed.computedPriority], [1, 4])
          assert.strictEqual((yield* incidents.clearOverride(id)).priority, 4)
          assert.deepInclude(yield* Effect.flip(incidents.clearOverride(id)), { guard: "isOverridden" })
          const falling = yield* Effect.flip(
            matrices.replace({
              size: 3,
              cells: [
                [1, 2, 3],
                [2, 1, 4],
                [3, 4, 5]
              ]
            })
          )
          assert.strictEqual(falling._tag, "ValidationFailed")
          const cells = [1, 2, 3, 4, 5].map((impact) =>
            [1, 2, 3, 4, 5].map((urgency) => Math.ceil((impact + urgency) / 2))
          )
          assert.strictEqual((yield* matrices.replace({ size: 5, cells })).version, 1)
          assert.strictEqual((yield* incidents.open({ title: "five steps", impact: 5, urgency: 4 })).priority, 5)
        }).pipe(Actor.provide(admin))
      })
    )
  )
})
