import { assert, layer } from "@effect/vitest"
import { PgStore } from "@itsm/adapter-pg"
import { startEmbedded } from "@itsm/adapter-pg/embedded"
import { Organization } from "@itsm/core/identity"
import { Store } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Context, Effect, Exit, Layer, Redacted, Scope } from "effect"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { prepared } from "./database.ts"
import { openGate } from "./gate.ts"

const settings = { fsync: "off", shared_buffers: "16MB" }

const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const path = mkdtempSync(join(tmpdir(), "itsm-outage-"))
    chmodSync(path, 0o755)
    return path
  }),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A server that can be stopped and started, and a store that reaches it through a gate. */
const situation = Effect.gen(function* () {
  const dataDir = yield* folder
  const gate = yield* openGate
  const outer = yield* Scope.Scope
  let running: Scope.Closeable | undefined
  let url = ""
  const start = Effect.gen(function* () {
    running = yield* Scope.fork(outer)
    const server = yield* Scope.provide(startEmbedded({ dataDir, settings }), running)
    url = server.url
    yield* gate.open(Number(new URL(url).port))
  })
  const stop = Effect.suspend(() => Effect.andThen(gate.close, Scope.close(running!, Exit.void)))
  yield* start
  const address = new URL(url)
  address.port = String(gate.port)
  const context = yield* Layer.build(PgStore.layerFromUrl({ url: Redacted.make(address.href), maxConnections: 4 }))
  yield* Effect.provideContext(prepared, context)
  return { gate, start, stop, port: () => Number(new URL(url).port), store: Context.get(context, Store.Store) }
})

const write = (store: Store.StoreShape) => {
  const record = Factories.organization()
  return Effect.as(
    store.commit({ organizationId: record.id }, [{ kind: "insert", entity: Organization, record }]),
    record
  )
}

const all = (store: Store.StoreShape) => Effect.map(store.count("everywhere", Organization, { all: [] }, 1000), Number)

const isUnavailable = (exit: Exit.Exit<unknown, unknown>) =>
  exit._tag === "Failure" &&
  exit.cause.reasons.every((reason) => reason._tag === "Die" && reason.defect instanceof Store.StorageUnavailable)

/** Eight calls at once, more than there are connections: each ends as unavailable, the last within the time. */
const assertUnavailable = Effect.fnUntraced(function* (store: Store.StoreShape, withinMs: number) {
  const before = performance.now()
  const calls = Array.from({ length: 8 }, (_, i) => Effect.exit(i % 2 === 0 ? store.ping : write(store)))
  const exits = yield* Effect.all(calls, { concurrency: "unbounded" })
  assert.isBelow(performance.now() - before, withinMs)
  for (const exit of exits) assert.isTrue(isUnavailable(exit), String(exit))
})

const recovers = (store: Store.StoreShape, withinMs: number) =>
  Effect.gen(function* () {
    const before = performance.now()
    while (Exit.isFailure(yield* Effect.exit(store.ping))) {
      assert.isBelow(performance.now() - before, withinMs)
      yield* Effect.sleep("50 millis")
    }
    const calls = Array.from({ length: 8 }, () => write(store))
    yield* Effect.all(calls, { concurrency: "unbounded" })
  })

layer(Layer.empty, { excludeTestServices: true })("a database that", (it) => {
  it.effect(
    "is stopped makes every call unavailable at once, and the store is well when it is back",
    () =>
      Effect.gen(function* () {
        const { start, stop, store } = yield* situation
        yield* write(store)
        for (let round = 0; round < 2; round++) {
          yield* stop
          yield* assertUnavailable(store, 2000)
          yield* start
          yield* recovers(store, 5000)
        }
        assert.strictEqual(yield* all(store), 17)
      }),
    60_000
  )

  it.effect(
    "gives no answer any more makes every call unavailable in five seconds",
    () =>
      Effect.gen(function* () {
        const { gate, port, store } = yield* situation
        yield* Effect.all(
          Array.from({ length: 4 }, () => write(store)),
          { concurrency: "unbounded" }
        )
        yield* gate.silence
        yield* assertUnavailable(store, 5000)
        yield* assertUnavailable(store, 5000)
        yield* gate.open(port())
        // the connections that fell silent leave the pool one deadline after another
        yield* recovers(store, 15_000)
      }),
    60_000
  )
})
