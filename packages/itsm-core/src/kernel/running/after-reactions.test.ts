import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { catalogue } from "../../catalogue.ts"
import { OrganizationCreated } from "../../modules/identity/published.ts"
import { Organizations } from "../../modules/identity/index.ts"
import { Actor, Catalogue, Kernel, Reaction, Worker } from "../index.ts"

const owned = new Set(
  catalogue.modules.flatMap(({ entities = [], services }) => [...entities, ...services.map(({ entity }) => entity)])
)
const ofKernel = [...catalogue.entities.values()].filter((entity) => !owned.has(entity))

/** The domain with one reaction more, to organizations that are made. */
const withReaction = (react: Effect.Effect<void, string>) =>
  Organizations.layer.pipe(
    Layer.provideMerge(
      Kernel.Kernel.layer(
        Catalogue.make(
          [
            ...catalogue.modules,
            {
              name: "watchers",
              services: [],
              after: [Reaction.after(OrganizationCreated, { name: "watchers.watch", react: () => react })]
            }
          ],
          ofKernel
        )
      )
    ),
    Layer.provide(MemoryStore.layer),
    Layer.provideMerge(Logger.layer([]))
  )

const found = Organizations.use((organizations) => organizations.create({ name: "Acme", slug: "acme" })).pipe(
  Actor.provide(Actor.platform)
)

describe("a reaction after the commit", () => {
  it.effect("that fails is tried again, until it has succeeded, and then no more", () => {
    const told: Array<string> = []
    const react = Effect.suspend(() => {
      told.push(told.length < 2 ? "failed" : "done")
      return told.at(-1) === "failed" ? Effect.fail("the mail server is down") : Effect.void
    })
    return Effect.gen(function* () {
      yield* found
      yield* Worker.drain
      assert.deepStrictEqual(told, ["failed"])
      for (let minute = 0; minute < 10; minute++) {
        yield* TestClock.adjust("1 minute")
        yield* Worker.drain
      }
      assert.deepStrictEqual(told, ["failed", "failed", "done"])
    }).pipe(Effect.provide(withReaction(react)))
  })

  it.effect("that dies is tried again as well", () => {
    let calls = 0
    const react = Effect.suspend(() => (calls++ === 0 ? Effect.die(new Error("a mistake")) : Effect.void))
    return Effect.gen(function* () {
      yield* found
      yield* Worker.drain
      yield* TestClock.adjust("1 hour")
      yield* Worker.drain
      yield* TestClock.adjust("1 hour")
      yield* Worker.drain
      assert.strictEqual(calls, 2)
    }).pipe(Effect.provide(withReaction(react)))
  })
})
