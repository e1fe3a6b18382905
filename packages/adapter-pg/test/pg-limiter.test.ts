import { assert, layer } from "@effect/vitest"
import { Limiter, Store } from "@itsm/core/kernel"
import { PgStore } from "@itsm/adapter-pg"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as PgLimiter from "../src/pg-limiter.ts"
import { freshStore } from "./database.ts"

layer(freshStore, { excludeTestServices: true })("the limiter in PostgreSQL", (it) => {
  it.effect("gives each of 64 callers at once, on two clients, a count of its own", () =>
    Effect.gen(function* () {
      const one = yield* Limiter.Limiter
      const client = Layer.effect(SqlClient.SqlClient, PgStore.StoreClient)
      const another = Context.get(yield* Layer.build(Layer.provide(PgLimiter.layer, client)), Limiter.Limiter)
      const counts = yield* Effect.forEach(
        Array.from({ length: 64 }, (_, at) => (at % 2 === 0 ? one : another)),
        (limiter) => limiter.add("raced", 1, 60_000),
        { concurrency: "unbounded" }
      )
      const points = counts.map((count) => count.points).toSorted((a, b) => a - b)
      assert.deepStrictEqual(
        points,
        Array.from({ length: 64 }, (_, at) => at + 1)
      )
      for (const { endsInMs } of counts) assert.isTrue(endsInMs > 50_000 && endsInMs <= 60_000)
      assert.strictEqual((yield* another.read("raced")).points, 64)
    })
  )

  it.effect("opens a window with the first points, and forgets them at its end", () =>
    Effect.gen(function* () {
      const limiter = yield* Limiter.Limiter
      assert.deepStrictEqual(yield* limiter.read("window"), { points: 0, endsInMs: 0 })
      yield* limiter.add("window", 3, 200)
      assert.strictEqual((yield* limiter.add("window", 2, 60_000)).points, 5)
      assert.strictEqual((yield* limiter.add("window", -1, 60_000)).points, 4)
      yield* Effect.sleep("250 millis")
      assert.deepStrictEqual(yield* limiter.read("window"), { points: 0, endsInMs: 0 })
      assert.strictEqual((yield* limiter.add("window", 1, 60_000)).points, 1)
      yield* limiter.clear("window")
      assert.deepStrictEqual(yield* limiter.read("window"), { points: 0, endsInMs: 0 })
    })
  )

  it.effect("takes any text as a key, and keeps none of it", () =>
    Effect.gen(function* () {
      const limiter = yield* Limiter.Limiter
      const sql = yield* SqlClient.SqlClient
      for (const key of ["ann@acme.example", "\u0000", "\ud800", "x".repeat(100_000), ""]) {
        assert.strictEqual((yield* limiter.add(key, 1, 60_000)).points, 1)
        assert.strictEqual((yield* limiter.add(key, 1, 60_000)).points, 2)
      }
      const rows = yield* sql<{ readonly key: string }>`SELECT key FROM rate_limits`
      for (const { key } of rows) assert.match(key, /^[\w-]{43}$/)
    })
  )

  it.effect("says that the storage is unavailable when its table cannot be used", () =>
    Effect.gen(function* () {
      const limiter = yield* Limiter.Limiter
      const sql = yield* SqlClient.SqlClient
      yield* sql`ALTER TABLE rate_limits RENAME TO rate_limits_elsewhere`
      for (const asked of [limiter.add("x", 1, 1000), limiter.read("x"), limiter.clear("x")]) {
        const defect = yield* Effect.flip(Effect.sandbox(asked))
        assert.isTrue(
          defect.reasons.every((reason) => reason._tag === "Die" && reason.defect instanceof Store.StorageUnavailable)
        )
      }
      yield* sql`ALTER TABLE rate_limits_elsewhere RENAME TO rate_limits`
      assert.strictEqual((yield* limiter.add("x", 1, 1000)).points, 1)
    })
  )
})
