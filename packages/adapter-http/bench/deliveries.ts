import { MemoryStore } from "@itsm/adapter-memory"
import { ensureDatabase, startEmbedded } from "@itsm/adapter-pg/embedded"
import { Condition, Delivery, Instant, Kernel, Reaction, Worker } from "@itsm/core/kernel"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { depot, Parcel, ParcelMoved, ParcelWeighed } from "../../itsm-core/src/testing/parcels.ts"
import { end, pathOf } from "./children.ts"
import { answering, fill, kernelOn, prepared, storeAt } from "./depot.ts"
import { withFolder } from "./folder.ts"

export interface DeliveryFigures {
  /** Deliveries a second to a reaction that does nothing, dispatch included: two processes on PostgreSQL. */
  readonly onPostgres: number
  /** The same of one process on the store in memory. */
  readonly inMemory: number
  /** How many milliseconds timers are late while a thousand reactions of two seconds wait: the median, and the most. */
  readonly late: { readonly median: number; readonly most: number }
  /** Commits a second without anybody who reacts to their event, and with three. */
  readonly commits: { readonly without: number; readonly withThree: number }
}

const organizations = 4
const each = 5000
const rounds = 3
const workers = 2

const perSecond = (count: number, since: number) => (count / (performance.now() - since)) * 1000
const median = (numbers: ReadonlyArray<number>) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

const pause = (ms: number) => Effect.promise(() => new Promise((resolve) => setTimeout(resolve, ms)))

/** Whether anything is left to be dispatched or delivered, asked beside all stores. */
const isLeft = SqlClient.SqlClient.use((sql) =>
  Effect.map(
    sql<{ readonly left: boolean }>`
      SELECT EXISTS (SELECT FROM outbox_events WHERE processed_at IS NULL) OR EXISTS (SELECT FROM deliveries) AS left`
      .unprepared,
    ([row]) => row!.left
  )
)

/** Runs beside two workers, which begin at once when they are told to. */
const withWorkers = <A, E, R>(url: string, run: (begin: () => void) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.promise(() =>
      Promise.all(
        Array.from({ length: workers }, async (): Promise<ChildProcess> => {
          const child = spawn(process.execPath, [pathOf("./deliveries-worker.ts")], {
            env: { ...process.env, DATABASE_URL: url },
            stdio: ["ignore", "ignore", "inherit", "ipc"]
          })
          await once(child, "message")
          return child
        })
      )
    ),
    (children) => run(() => children.forEach((child) => child.send("begin"))),
    (children) => Effect.promise(() => Promise.all(children.map(end)))
  )

const onPostgres = (url: string) =>
  withWorkers(url, (begin) =>
    Effect.gen(function* () {
      yield* Effect.provide(fill(ParcelWeighed.type, organizations, each), kernelOn(storeAt(url), answering))
      const since = performance.now()
      begin()
      while (yield* isLeft) yield* pause(50)
      return perSecond(organizations * each, since)
    })
  )

const inMemory = Effect.gen(function* () {
  yield* fill(ParcelWeighed.type, organizations, each)
  const since = performance.now()
  yield* Worker.drain
  return perSecond(organizations * each, since)
}).pipe(Effect.provide(kernelOn(MemoryStore.layer, answering)))

const slow = 1000
const timers = 60

/** Sixty timers, one every 100 ms, while a thousand slow reactions wait: how late each of them fires. */
const lateness = (url: string) =>
  withWorkers(url, (begin) =>
    Effect.gen(function* () {
      yield* fill(ParcelMoved.type, 1, slow)
      const { create, setTimer } = yield* depot
      const parcels = yield* Effect.forEach(Array.from({ length: timers }), () => create)
      const first = Instant.plusMs(yield* Instant.now, 3000)
      const due = new Map(parcels.map((parcel, at) => [parcel as string, Instant.plusMs(first, at * 100)]))
      yield* Effect.forEach(due, ([parcel, dueAt]) => setTimer(parcel, dueAt))
      begin()
      const { store } = yield* Kernel.Kernel
      const fired = { field: "moves", op: "gt", value: 0 } as const
      while ((yield* store.count("everywhere", Parcel, fired, timers)) < timers) yield* pause(100)
      const waiting = yield* store.count("everywhere", Delivery.Delivery, Condition.always, slow)
      if (waiting < slow / 2) throw new Error("The slow reactions were over too early.")
      const { items } = yield* store.find("everywhere", Parcel, { where: fired, sort: [], limit: timers })
      return items.map(({ id, updatedAt }) => Instant.toEpochMs(updatedAt) - Instant.toEpochMs(due.get(id)!))
    }).pipe(Effect.provide(kernelOn(storeAt(url), answering)))
  )

const turns = 20
const ofOneTurn = 200
const atOnce = 8

const three = ["one", "two", "three"].map((name) =>
  Reaction.after(ParcelWeighed, { name: `parcels.${name}`, react: () => Effect.void })
)

/** Commands that raise one event, in turn with nobody who reacts and with three who do; nobody dispatches. */
const commits = (url: string) =>
  Effect.gen(function* () {
    const store = yield* Layer.build(storeAt(url))
    const spent = { without: [] as Array<number>, withThree: [] as Array<number> }
    const contestants = [
      ["without", {}],
      ["withThree", { after: three }]
    ] as const
    const ready = yield* Effect.forEach(contestants, ([name, reactions]) =>
      Effect.gen(function* () {
        const kernel = yield* Layer.build(kernelOn(Layer.succeedContext(store), reactions))
        return yield* Effect.gen(function* () {
          const { create, weigh } = yield* depot
          const parcels = yield* Effect.forEach(Array.from({ length: atOnce }), () => create)
          return { name, parcels, weigh: (id: string) => Effect.provideContext(weigh(id), kernel) }
        }).pipe(Effect.provideContext(kernel))
      })
    )
    for (let turn = 0; turn <= turns; turn++) {
      for (const { name, parcels, weigh } of turn % 2 === 0 ? ready : ready.toReversed()) {
        const since = performance.now()
        yield* Effect.forEach(
          parcels,
          (parcel) => Effect.forEach(Array.from({ length: ofOneTurn / atOnce }), () => weigh(parcel)),
          { concurrency: "unbounded" }
        )
        // the first turn warms up
        if (turn > 0) spent[name].push(perSecond(ofOneTurn, since))
      }
    }
    return { without: median(spent.without), withThree: median(spent.withThree) }
  }).pipe(Effect.scoped)

/** The fastest of some rounds: what disturbs the machine only makes them slower. */
const best = <E, R>(round: Effect.Effect<number, E, R>) =>
  Effect.map(
    Effect.forEach(Array.from({ length: rounds }), () => round),
    (figures) => Math.max(...figures)
  )

/** Measures how reactions are served, on databases of their own. */
export const measureDeliveries = (): Promise<DeliveryFigures> =>
  withFolder((folder) =>
    Effect.gen(function* () {
      const server = yield* startEmbedded({ dataDir: join(folder, "data") })
      const fresh = Effect.fnUntraced(function* (name: string) {
        const url = yield* ensureDatabase(server.url, name)
        yield* Effect.provide(prepared, storeAt(url))
        return url
      })
      const url = yield* fresh("deliveries")
      const delivered = yield* best(Effect.provide(onPostgres(url), storeAt(url)))
      const late = yield* lateness(yield* fresh("timers"))
      return {
        onPostgres: delivered,
        inMemory: yield* best(inMemory),
        late: { median: median(late), most: Math.max(...late) },
        commits: yield* commits(yield* fresh("commits"))
      }
    }).pipe(Effect.scoped, Effect.runPromise)
  )
