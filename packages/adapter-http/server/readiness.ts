import { Clock, Effect } from "effect"
import { Condition, Delivery, Event, Instant, Store, Timer } from "@itsm/core/kernel"
import { type Check } from "../src/index.ts"
import { migrationStatus } from "./migration.ts"
import type { OpenStorage } from "./storage.ts"

/** Work that has been due for so long says that no worker runs. */
const overdueMs = 120_000
const migrationsCheckedEveryMs = 5_000

const down = (reason: string) => Effect.fail(reason)

const overdue = Effect.gen(function* () {
  const store = yield* Store.Store
  const before = Instant.plusMs(yield* Instant.now, -overdueMs)
  const late: Condition.Condition = { field: "dueAt", op: "lt", value: before }
  const events = yield* store.count(
    "everywhere",
    Event.OutboxEvent,
    Condition.all([Condition.isNull("processedAt"), late]),
    1
  )
  const deliveries = yield* store.count("everywhere", Delivery.Delivery, late, 1)
  const timers = yield* store.count("everywhere", Timer.Timer, late, 1)
  return events + deliveries + timers
})

/** A migration takes a release to come: it is not asked for on every probe. */
const atHead = (storage: OpenStorage) => {
  let checkedAt = Number.NEGATIVE_INFINITY
  return Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (now - checkedAt < migrationsCheckedEveryMs) return
    // a schema that is newer than this process was made by a newer one, which works beside it
    const pending = yield* Effect.match(migrationStatus(storage), {
      onFailure: () => [],
      onSuccess: (status) => status.pending
    })
    if (pending.length > 0) return yield* down("migrations are pending")
    checkedAt = now
  })
}

/** What the server needs in order to serve; late background work is told, and takes no traffic away. */
export const checksOf = (storage: OpenStorage, isStopping: () => boolean): ReadonlyArray<Check> => {
  const onStore = Effect.provideContext(storage.store)
  return [
    { name: "serving", required: true, run: Effect.suspend(() => (isStopping() ? down("stopping") : Effect.void)) },
    { name: "storage", required: true, run: onStore(Effect.flatMap(Store.Store, (store) => store.ping)) },
    { name: "migrations", required: true, run: atHead(storage) },
    {
      name: "worker",
      required: false,
      run: onStore(Effect.flatMap(overdue, (late) => (late > 0 ? down("work is overdue") : Effect.void)))
    }
  ]
}
