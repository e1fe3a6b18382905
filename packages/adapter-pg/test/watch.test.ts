import { assert, layer } from "@effect/vitest"
import { PgStore } from "@itsm/adapter-pg"
import { Organization, User } from "@itsm/core/identity"
import { Store } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Context, Effect, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { watchWith } from "../src/watch.ts"
import { freshDatabase, prepared } from "./database.ts"
import { openGate } from "./gate.ts"

/** Readers use nothing that is older when a watch is further behind. */
const tooFarMs = 800

const until = (what: string, withinMs: number, holds: () => boolean) =>
  Effect.gen(function* () {
    const since = performance.now()
    while (!holds()) {
      if (performance.now() - since > withinMs) return yield* Effect.die(new Error(`Not in time: ${what}`))
      yield* Effect.sleep("5 millis")
    }
    return performance.now() - since
  })

/** A store that reaches its database directly, and another that reaches it through a gate. */
const situation = Effect.gen(function* () {
  const url = yield* freshDatabase
  const direct = yield* Layer.build(PgStore.layerFromUrl({ url, maxConnections: 2 }))
  yield* Effect.provideContext(prepared, direct)
  const gate = yield* openGate
  const port = Number(new URL(Redacted.value(url)).port)
  yield* gate.open(port)
  const address = new URL(Redacted.value(url))
  address.port = String(gate.port)
  const gated = yield* Layer.build(PgStore.layerFromUrl({ url: Redacted.make(address.href), maxConnections: 2 }))
  const told: Array<Store.Touched | "everywhere"> = []
  const watch = yield* Context.get(gated, Store.Store).watch!((touched) => void told.push(touched))
  yield* until("the first answer", 10_000, () => watch.behindMs() < tooFarMs)
  return {
    gate,
    port,
    told,
    watch,
    store: Context.get(direct, Store.Store),
    sql: Context.get(direct, SqlClient.SqlClient),
    client: Context.get(direct, PgStore.StoreClient)
  }
})

const found = (store: Store.StoreShape) => {
  const record = Factories.organization()
  return Effect.as(
    store.commit({ organizationId: record.id }, [{ kind: "insert", entity: Organization, record }]),
    record.id
  )
}

const isOf = (organizationId: string) => (touched: Store.Touched | "everywhere") =>
  touched !== "everywhere" && touched.organizationId === organizationId

layer(Logger.layer([]), { excludeTestServices: true })("the watch of a database", (it) => {
  it.effect(
    "falls behind when its connection is cut off without a word, and tells that it may have missed something when it is back",
    () =>
      Effect.gen(function* () {
        const { gate, port, told, watch, store } = yield* situation
        yield* gate.silence
        const behind = yield* until("to fall behind", 1500, () => watch.behindMs() > tooFarMs)
        assert.isAbove(behind, 0)
        const missed = yield* found(store)
        yield* Effect.sleep("500 millis")
        assert.isAbove(watch.behindMs(), tooFarMs)
        assert.isFalse(told.some(isOf(missed)))
        told.length = 0
        yield* gate.open(port)
        yield* until("to be back", 20_000, () => watch.behindMs() < tooFarMs)
        assert.include(told, "everywhere")
        const heard = yield* found(store)
        yield* until("the next change", 1000, () => told.some(isOf(heard)))
      }),
    60_000
  )

  it.effect(
    "is back at once when the database ends its connection",
    () =>
      Effect.gen(function* () {
        const { told, watch, store, sql } = yield* situation
        for (let round = 0; round < 3; round++) {
          told.length = 0
          const ended = yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name LIKE '% watch'`
          assert.isAtLeast(ended.length, 1)
          yield* until("told that something may be missed", 2000, () => told.includes("everywhere"))
          yield* until("to be back", 2000, () => watch.behindMs() < tooFarMs)
          const heard = yield* found(store)
          yield* until("the next change", 1000, () => told.some(isOf(heard)))
        }
      }),
    60_000
  )

  it.effect("never counts as heard where messages of others do not arrive, as behind a pooler of transactions", () =>
    Effect.gen(function* () {
      const { client } = yield* situation
      const withheld = new Proxy(client, {
        get: (target, name) => (name === "notify" ? () => Effect.void : Reflect.get(target, name))
      })
      const watch = yield* watchWith(withheld)(() => undefined)
      yield* Effect.sleep("1 second")
      assert.strictEqual(watch.behindMs(), Number.POSITIVE_INFINITY)
    })
  )

  it.effect("tells of a change that nobody understands that it may have touched anything", () =>
    Effect.gen(function* () {
      const { client, told } = yield* situation
      told.length = 0
      for (const text of ["", "{}", `{"organizationId":7,"about":[]}`, "x".repeat(7000)]) {
        yield* client.notify("itsm_touched", text)
        yield* until("told", 1000, () => told.length === 1)
        assert.deepStrictEqual(told.splice(0), ["everywhere"])
      }
    })
  )

  it.effect("is never told of a commit that is refused", () =>
    Effect.gen(function* () {
      const { told, store } = yield* situation
      const organizationId = yield* found(store)
      const user = Factories.user(organizationId)
      yield* store.commit({ organizationId }, [{ kind: "insert", entity: User, record: user }])
      yield* until("told of both", 1000, () => told.filter(isOf(organizationId)).length === 2)
      told.length = 0
      const again = Factories.user(organizationId, { email: user.email })
      const refused = store.commit({ organizationId }, [{ kind: "insert", entity: User, record: again }])
      assert.strictEqual((yield* Effect.flip(refused))._tag, "UniqueViolation")
      const other = yield* found(store)
      yield* until("told of the next", 1000, () => told.some(isOf(other)))
      assert.isFalse(told.some(isOf(organizationId)))
    })
  )
})
