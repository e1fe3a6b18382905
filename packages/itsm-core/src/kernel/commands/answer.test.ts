import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Exit, Layer, Option } from "effect"
import { type Answering, depot, inMemory, move, moveOn, moveTimer, ParcelWeighed } from "../../testing/parcels.ts"
import {
  Actor,
  Condition,
  Delivery,
  type Entity,
  Held,
  Instant,
  Kernel,
  Reaction,
  Shell,
  Store,
  Timer,
  Worker
} from "../index.ts"
import { dispatch } from "../running/dispatching.ts"

const play = <A, E>(answering: Answering, test: Effect.Effect<A, E, Kernel.Kernel>) =>
  inMemory(MemoryStore.layer, answering, test)

const sleeping = Reaction.after(ParcelWeighed, { name: "parcels.sleep", react: () => Effect.void })

/** Claims what is due of a queue, as a worker does. */
const claimed = (entity: Entity.AnyEntity) =>
  Effect.gen(function* () {
    const { store } = yield* Kernel.Kernel
    const now = yield* Instant.now
    const [record] = yield* store.claim(entity, Condition.always, now, Instant.plusMs(now, 1000), 1)
    return record as unknown as Held.Work
  })

const answering = (command: typeof move, id: string, held: Held.Held) =>
  Shell.execute(command, { id, input: Effect.succeed({}), answers: held }).pipe(
    Actor.provide(Actor.system(held.current.organizationId))
  )

const outcomes = (exits: ReadonlyArray<Exit.Exit<unknown, { readonly _tag: string }>>) =>
  exits
    .map((exit) => (exit._tag === "Success" ? "done" : Option.getOrThrow(Exit.findErrorOption(exit))._tag))
    .toSorted()

describe("a command that answers held work", () => {
  it.effect("consumes a timer with its commit: of two firings one takes effect", () =>
    play(
      {},
      Effect.gen(function* () {
        const { create, moves, setTimer, timers } = yield* depot
        const parcel = yield* create
        yield* setTimer(parcel, yield* Instant.now)
        const timer = yield* claimed(Timer.Timer)
        const exits = yield* Effect.forEach(
          [1, 2],
          () => Effect.exit(answering(move, parcel, new Held.Held(Timer.Timer, timer))),
          { concurrency: 2 }
        )
        assert.deepStrictEqual(outcomes(exits), ["AlreadyAnswered", "done"])
        assert.deepStrictEqual([yield* moves(parcel), yield* timers], [1, []])
      })
    )
  )

  it.effect("that sets its timer anew takes effect once, too, and leaves the new timer", () =>
    play(
      {},
      Effect.gen(function* () {
        const { create, moves, setTimer, timers } = yield* depot
        const parcel = yield* create
        yield* setTimer(parcel, yield* Instant.now)
        const timer = yield* claimed(Timer.Timer)
        const exits = yield* Effect.forEach([1, 2], () =>
          Effect.exit(answering(moveOn, parcel, new Held.Held(Timer.Timer, timer)))
        )
        assert.deepStrictEqual(outcomes(exits), ["AlreadyAnswered", "done"])
        assert.strictEqual(yield* moves(parcel), 1)
        assert.deepInclude((yield* timers)[0], { kind: moveTimer, ref: parcel, version: 1, leaseUntil: null })
        assert.strictEqual((yield* timers).length, 1)
      })
    )
  )

  it.effect("consumes a delivery: of two deliveries of one event one takes effect", () =>
    play(
      { after: [sleeping] },
      Effect.gen(function* () {
        const { create, weigh, moves, deliveries } = yield* depot
        const parcel = yield* create
        yield* weigh(parcel)
        yield* dispatch(yield* Kernel.Kernel)
        const delivery = yield* claimed(Delivery.Delivery)
        const exits = yield* Effect.forEach([1, 2], () =>
          Effect.exit(answering(move, parcel, new Held.Held(Delivery.Delivery, delivery)))
        )
        assert.deepStrictEqual(outcomes(exits), ["AlreadyAnswered", "done"])
        assert.deepStrictEqual([yield* moves(parcel), yield* deliveries], [1, []])
      })
    )
  )

  it.effect("does not take effect once the work is in other hands", () =>
    play(
      {},
      Effect.gen(function* () {
        const { create, moves, setTimer, timers } = yield* depot
        const { store } = yield* Kernel.Kernel
        const parcel = yield* create
        yield* setTimer(parcel, yield* Instant.now)
        const timer = yield* claimed(Timer.Timer)
        const after = Instant.plusMs(yield* Instant.now, 5000)
        assert.strictEqual(
          (yield* store.claim(Timer.Timer, Condition.always, after, Instant.plusMs(after, 1000), 1)).length,
          1
        )
        const exit = yield* Effect.exit(answering(move, parcel, new Held.Held(Timer.Timer, timer)))
        assert.deepStrictEqual(outcomes([exit]), ["AlreadyAnswered"])
        assert.strictEqual(yield* moves(parcel), 0)
        assert.strictEqual((yield* timers).length, 1)
      })
    )
  )

  it.effect("commits with the version that a renewal of the lease has left, also one under way", () =>
    play(
      {},
      Effect.gen(function* () {
        const { create, moves, setTimer, timers, organizationId } = yield* depot
        const kernel = yield* Kernel.Kernel
        const parcel = yield* create
        yield* setTimer(parcel, yield* Instant.now)
        const held = new Held.Held(Timer.Timer, yield* claimed(Timer.Timer))
        const renewed = { ...held.current, version: held.current.version + 1 }
        let isFirst = true
        // the renewal is stored before the commit of the command, and its answer comes after it
        const store: Store.StoreShape = {
          ...kernel.store,
          commit: (reach, changes) =>
            Effect.gen(function* () {
              if (isFirst) {
                isFirst = false
                held.begin()
                yield* kernel.store.commit({ organizationId }, [
                  { kind: "update", entity: Timer.Timer, record: renewed, expectedVersion: held.current.version }
                ])
                yield* Effect.forkChild(
                  Effect.andThen(
                    Effect.yieldNow,
                    Effect.sync(() => held.end(renewed))
                  )
                )
              }
              yield* kernel.store.commit(reach, changes)
            })
        }
        yield* answering(move, parcel, held).pipe(
          Effect.provideService(Kernel.Kernel, Kernel.Kernel.of({ ...kernel, store }))
        )
        assert.deepStrictEqual([yield* moves(parcel), yield* timers], [1, []])
      })
    )
  )
})

describe("a timer that fires, and a reaction that runs a command,", () => {
  it.effect("are answered by the command itself, not after it", () => {
    const alone: Array<string> = []
    const watching = Layer.effect(
      Store.Store,
      Effect.map(Store.Store, (store) =>
        Store.Store.of({
          ...store,
          commit: (reach, changes) => {
            if (changes.length === 1 && changes[0]!.kind === "consume") alone.push(changes[0]!.entity.name)
            return store.commit(reach, changes)
          }
        })
      )
    ).pipe(Layer.provide(MemoryStore.layer))
    const after = [
      Reaction.runs(ParcelWeighed, move, { name: "parcels.move", ask: ({ id }) => ({ id }) }),
      Reaction.runs(ParcelWeighed, move, { name: "parcels.none", ask: () => null })
    ]
    return inMemory(
      watching,
      { after, timers: [Timer.runs(moveTimer, move)] },
      Effect.gen(function* () {
        const { create, weigh, moves, setTimer, timers, deliveries } = yield* depot
        const parcel = yield* create
        yield* setTimer(parcel, yield* Instant.now)
        yield* weigh(parcel)
        yield* Worker.drain
        assert.deepStrictEqual([yield* moves(parcel), yield* timers, yield* deliveries], [2, [], []])
        assert.deepStrictEqual(alone, ["Delivery"])
      })
    )
  })
})
