import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Itsm from "../src/itsm.ts"
import { scenario } from "../src/testing/scenario.ts"

/** Runs on a domain of its own, which remembers nothing of other tests. */
export const play = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, Itsm.layer.pipe(Layer.provide(MemoryStore.layer)))

/** A Monday morning. */
export const monday = Date.UTC(2026, 0, 5, 9)
export const begin = Effect.andThen(TestClock.setTime(monday), scenario("acme"))

export const fixed = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const
