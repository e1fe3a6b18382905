import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { actionsFrom, define, failingGuard, step } from "./lifecycle.ts"

interface Door {
  readonly state: string
  readonly isBlocked: boolean
}

const door = define({
  states: ["open", "closed", "locked", "gone"],
  initial: "open",
  final: ["gone"],
  transitions: [
    { action: "close", from: ["open"], to: "closed", guard: "isFree" },
    { action: "lock", from: ["closed", "open"], to: "locked" },
    { action: "paint", from: ["open", "closed"], to: "same" },
    { action: "unlock", from: ["locked"], to: ["closed", "open"] },
    { action: "unlock", from: ["closed"], to: "open" },
    { action: "remove", from: ["open", "closed", "locked"], to: "gone" }
  ],
  guards: { isFree: (record: Door, { now }) => (record.isBlocked && now < "2027" ? "Someone stands in it." : true) }
})

const moment = { now: "2026-11-21T08:30:00.000Z" }
const at = (state: string, isBlocked = false): Door => ({ state, isBlocked })

describe("a step of a lifecycle", () => {
  it("leads to the state of its row", () => {
    assert.strictEqual(Result.getOrThrow(step(door, at("open"), "close", moment)), "closed")
    assert.strictEqual(Result.getOrThrow(step(door, at("open"), "lock", moment)), "locked")
    assert.strictEqual(Result.getOrThrow(step(door, at("closed"), "unlock", moment)), "open")
  })

  it("stays where the row says so", () => {
    for (const state of ["open", "closed"])
      assert.strictEqual(Result.getOrThrow(step(door, at(state), "paint", moment)), state)
  })

  it("leads to the chosen one of several states, to the first where none is chosen", () => {
    assert.strictEqual(Result.getOrThrow(step(door, at("locked"), "unlock", moment)), "closed")
    assert.strictEqual(Result.getOrThrow(step(door, at("locked"), "unlock", moment, "open")), "open")
  })

  it("that the state does not have fails, and says what the state has", () => {
    const refusal = Result.flip(step(door, at("locked"), "close", moment)).pipe(Result.getOrThrow)
    assert.deepInclude(refusal, {
      _tag: "StateConflict",
      action: "close",
      currentState: "locked",
      allowedActions: ["unlock", "remove"]
    })
    assert.strictEqual(refusal.kind, "conflict")
  })

  it("fails where its guard does not hold, with the guard's reason", () => {
    const refusal = Result.flip(step(door, at("open", true), "close", moment)).pipe(Result.getOrThrow)
    assert.deepInclude(refusal, { _tag: "GuardFailed", guard: "isFree", reason: "Someone stands in it." })
    assert.strictEqual(
      Result.getOrThrow(step(door, at("open", true), "close", { now: "2027-01-01T00:00:00.000Z" })),
      "closed"
    )
  })
})

describe("what a state allows", () => {
  it("are the actions of its rows, each once, with or without a guard", () => {
    assert.deepStrictEqual(actionsFrom(door, "open"), ["close", "lock", "paint", "remove"])
    assert.deepStrictEqual(actionsFrom(door, "gone"), [])
    assert.deepStrictEqual(actionsFrom(door, "nowhere"), [])
  })

  it("is told apart from what a guard stands against", () => {
    assert.deepStrictEqual(failingGuard(door, "open", at("open", true), "close", moment), {
      guard: "isFree",
      reason: "Someone stands in it."
    })
    for (const [record, action] of [
      [at("open"), "close"],
      [at("open", true), "lock"],
      [at("gone", true), "close"]
    ] as const) {
      assert.isNull(failingGuard(door, record.state, record, action, moment))
    }
  })
})
