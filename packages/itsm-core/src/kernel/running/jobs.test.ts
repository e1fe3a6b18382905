import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Fiber, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Factory from "../../testing/factories.ts"
import { type Answering, depot, inMemory, move, Parcel } from "../../testing/parcels.ts"
import { Actor, Cause, Command, Instant, Job, Kernel, Shell, Worker } from "../index.ts"

const Sorting = Schema.Struct({ times: Schema.Int })
const sorting = { name: "parcels.sort", input: Sorting }

const sort = Command.action(Parcel, "sort", {
  description: "The parcel will be sorted.",
  input: Sorting,
  makes: Job.Job,
  decide: (parcel, input, moment) => Result.succeed({ change: parcel, made: Job.enqueue(sorting, input, moment) })
})

type Run = Job.JobDefinition<typeof Sorting.Type>["run"]

const sorts = (run: Run, options: Job.JobOptions = {}): Answering => ({
  jobs: [Job.define(sorting.name, { input: Sorting, run, ...options })]
})

const count = (times: number) => Array.from({ length: times }, (_, index) => index)
const pass = (seconds: number) => Effect.forEach(count(seconds * 4), () => TestClock.adjust(250), { discard: true })
const working = Effect.forkChild(Worker.run(500))

/** A depot whose parcel somebody has asked to be sorted five times. */
const asked = Effect.gen(function* () {
  const at = yield* depot
  const requester = Factory.freshId<"User">()
  const parcel = yield* at.create
  const { made } = (yield* Shell.execute(sort, { id: parcel, input: Effect.succeed({ times: 5 }) }).pipe(
    Actor.provide({ ...Actor.system(at.organizationId), kind: "user", id: requester }),
    Effect.orDie
  )) as Shell.Outcome
  const job = Effect.map(at.jobs, ([only]) => only!)
  return { ...at, requester, parcel, made: made as unknown as Job.Job, job }
})

const play = <A, E>(answering: Answering, test: Effect.Effect<A, E, Kernel.Kernel>) =>
  inMemory(MemoryStore.layer, answering, test)

describe("a job", () => {
  it.effect("is made by a command, done by the platform for whoever asked, and stays with its result", () => {
    const causes: Array<unknown> = []
    const run: Run = ({ times }, { job }) =>
      Effect.gen(function* () {
        causes.push([yield* Cause.CurrentCause, (yield* Actor.CurrentActor).kind, job.state])
        return { sorted: times }
      })
    return play(
      sorts(run),
      Effect.gen(function* () {
        const { made, requester, job } = yield* asked
        assert.deepInclude(made, {
          kind: "parcels.sort",
          input: { times: 5 },
          state: "waiting",
          requestedById: requester,
          dueAt: yield* Instant.now,
          result: null
        })
        yield* TestClock.adjust(5000)
        yield* Worker.drain
        const now = yield* Instant.now
        assert.deepInclude(yield* job, {
          id: made.id,
          state: "succeeded",
          result: { sorted: 5 },
          dueAt: null,
          leaseUntil: null,
          startedAt: now,
          endedAt: now
        })
        assert.deepStrictEqual(causes, [
          [{ causationId: null, correlationId: made.id, depth: 1, onBehalfOfId: requester }, "system", "running"]
        ])
        assert.strictEqual(yield* Worker.drain, 0)
      })
    )
  })

  it.effect("tells how far it has come, in few writes, and keeps its lease for as long as it takes", () => {
    const run: Run = (_, { progress }) =>
      Effect.forEach(count(600), (at) => Effect.andThen(Effect.sleep(100), progress({ done: at + 1, total: 600 })))
    return play(
      sorts(run),
      Effect.gen(function* () {
        const { job } = yield* asked
        const workers = [yield* working, yield* working]
        yield* pass(30)
        const midway = yield* job
        assert.strictEqual(midway.state, "running")
        assert.isAtLeast(midway.progress!.done, 270)
        yield* pass(33)
        const ended = yield* job
        assert.deepInclude(ended, { state: "succeeded", progress: { done: 600, total: 600 }, attempts: 0 })
        // once a second, and its beginning, its end, its claim and renewals of its lease
        assert.isAtMost(ended.version, 75)
        yield* Effect.forEach(workers, Fiber.interrupt)
      })
    )
  })

  it.effect(
    "that fails is tried again from where it came to, and has failed in the end, with a reason for people",
    () => {
      const began: Array<number> = []
      const run: Run = (_, { job, progress }) =>
        Effect.gen(function* () {
          began.push(job.progress?.done ?? 0)
          yield* progress({ done: (job.progress?.done ?? 0) + 10, total: null })
          return yield* Effect.fail(new Error("The belt stands still."))
        })
      return play(
        sorts(run, { retriesMs: [1000, 2000] }),
        Effect.gen(function* () {
          const { job } = yield* asked
          yield* Worker.drain
          assert.deepInclude(yield* job, { state: "waiting", attempts: 1, endedAt: null })
          for (const seconds of [1, 2, 3600]) {
            yield* TestClock.adjust(seconds * 1000)
            yield* Worker.drain
          }
          assert.deepStrictEqual(began, [0, 10, 20])
          assert.deepInclude(yield* job, {
            state: "failed",
            attempts: 3,
            lastError: "The belt stands still.",
            dueAt: null,
            leaseUntil: null,
            result: null
          })
        })
      )
    }
  )

  it.effect(
    "that dies, takes too long or does not understand its input has failed without a word about the code",
    () => {
      let calls = 0
      const run: Run = () =>
        Effect.suspend(() => (calls++ === 0 ? Effect.die(new TypeError("x of undefined")) : Effect.never))
      return play(
        sorts(run, { retriesMs: [1000], timeoutMs: 5000 }),
        Effect.gen(function* () {
          const { job } = yield* asked
          const worker = yield* working
          yield* pass(1)
          assert.deepInclude(yield* job, { attempts: 1, lastError: "It ended unexpectedly." })
          yield* pass(8)
          assert.deepInclude(yield* job, { state: "failed", attempts: 2, lastError: "It took longer than it may." })
          yield* Fiber.interrupt(worker)
        })
      )
    }
  )

  it.effect("whose result, or reason, no store can keep is over all the same", () => {
    const results: Array<Effect.Effect<unknown, Error>> = [
      Effect.succeed({ big: 1n }),
      Effect.succeed({ text: "\ud83d" }),
      Effect.fail(new Error("NUL \u0000 amid it"))
    ]
    const reasons: Array<string | null> = []
    return Effect.forEach(results, (result) =>
      play(
        sorts(() => result, { retriesMs: [] }),
        Effect.gen(function* () {
          const { job } = yield* asked
          yield* Worker.drain
          reasons.push((yield* job).lastError)
          assert.strictEqual((yield* job).state, "failed")
        })
      )
    ).pipe(
      Effect.andThen(
        Effect.sync(() =>
          assert.deepStrictEqual(reasons, [
            "Its result cannot be kept.",
            "Its result cannot be kept.",
            "NUL \uFFFD amid it"
          ])
        )
      )
    )
  })

  it.effect("that nobody can do any more has failed with the reason", () =>
    play(
      {},
      Effect.gen(function* () {
        const { job } = yield* asked
        yield* Worker.drain
        assert.deepInclude(yield* job, { state: "failed", lastError: 'There is no job "parcels.sort".' })
      })
    )
  )

  it.effect("that is cancelled while it runs ends when it next tells how far it has come", () => {
    let done = 0
    const run: Run = (_, { progress }) =>
      Effect.forEach(count(100), () =>
        Effect.sleep(2000).pipe(
          Effect.andThen(progress({ done, total: 100 })),
          Effect.andThen(Effect.sync(() => done++))
        )
      )
    return play(
      sorts(run),
      Effect.gen(function* () {
        const { job, organizationId } = yield* asked
        const { store } = yield* Kernel.Kernel
        const worker = yield* working
        yield* pass(7)
        assert.strictEqual(done, 3)
        const running = yield* job
        const record = {
          ...running,
          state: "cancelled" as const,
          dueAt: null,
          leaseUntil: null,
          version: running.version + 1
        }
        yield* store.commit({ organizationId }, [
          { kind: "update", entity: Job.Job, record, expectedVersion: running.version }
        ])
        yield* pass(120)
        assert.strictEqual(done, 3)
        assert.deepStrictEqual(yield* job, record)
        yield* Fiber.interrupt(worker)
      })
    )
  })

  it.effect("that asks for another of its kind ends after ten, and says why", () => {
    let parcel = ""
    const run: Run = () => Shell.execute(sort, { id: parcel, input: Effect.succeed({ times: 1 }) })
    return play(
      sorts(run, { retriesMs: [] }),
      Effect.gen(function* () {
        const { jobs, parcel: id } = yield* asked
        parcel = id
        yield* Worker.drain
        const all = (yield* jobs).toSorted((one, other) => one.depth - other.depth)
        assert.deepStrictEqual(
          all.map(({ depth }) => depth),
          count(11).map((at) => at + 1)
        )
        assert.deepStrictEqual([...new Set(all.slice(0, 10).map(({ state }) => state))], ["succeeded"])
        assert.strictEqual(all.at(-1)!.state, "failed")
        assert.include(all.at(-1)!.lastError, "automation.depth_exceeded")
        assert.deepStrictEqual([...new Set(all.slice(1).map(({ correlationId }) => correlationId))], [all[0]!.id])
      })
    )
  })

  it.effect("that a worker leaves when it stops is begun by another at once", () => {
    let began = 0
    const run: Run = () =>
      Effect.andThen(
        Effect.sync(() => began++),
        Effect.sleep("20 seconds")
      )
    return play(
      sorts(run),
      Effect.gen(function* () {
        const { job } = yield* asked
        const first = yield* working
        yield* pass(2)
        yield* Fiber.interrupt(first)
        assert.deepInclude(yield* job, { leaseUntil: null, attempts: 0 })
        const second = yield* working
        yield* pass(1)
        assert.strictEqual(began, 2)
        yield* Fiber.interrupt(second)
      })
    )
  })

  it.effect("keeps nobody else waiting: reactions and timers have workers of their own", () => {
    const run: Run = () => Effect.sleep("10 minutes")
    return play(
      { ...sorts(run), timers: [{ kind: "parcel.move", command: move }] },
      Effect.gen(function* () {
        const { create, moves, setTimer, organizationId } = yield* depot
        const { store } = yield* Kernel.Kernel
        const jobs = count(20).map(() =>
          Factory.job(organizationId, { kind: "parcels.sort", input: { times: 1 }, dueAt: Factory.epoch })
        )
        yield* TestClock.setTime(Instant.toEpochMs(Factory.epoch))
        yield* store.commit(
          { organizationId },
          jobs.map((record) => ({ kind: "insert", entity: Job.Job, record }))
        )
        const worker = yield* working
        yield* pass(2)
        const parcel = yield* create
        yield* setTimer(parcel, yield* Instant.now)
        yield* pass(1)
        assert.strictEqual(yield* moves(parcel), 1)
        yield* Fiber.interrupt(worker)
      })
    )
  })
})
