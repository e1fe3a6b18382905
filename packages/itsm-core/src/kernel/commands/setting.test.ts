import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Result, Schema } from "effect"
import { Organization } from "../../modules/identity/records/organization.ts"
import * as Factory from "../../testing/factories.ts"
import {
  Actor,
  Audit,
  Catalogue,
  Condition,
  Entity,
  Errors,
  Event,
  Kernel,
  Reader,
  Service,
  Setting,
  Store,
  Text
} from "../index.ts"

const Greeting = Setting.define("Greeting", {
  plural: "greeting",
  fields: {
    words: Entity.open(Text.Text(1, 100), "Hello"),
    times: Entity.open(Text.Whole(0, 10), 1),
    until: Entity.open(Schema.NullOr(Text.Text(1, 10)), null)
  }
})

const replace = Setting.replace(Greeting, {
  description: "Replaces the greeting.",
  errors: [Errors.GuardFailed],
  check: ({ times }) =>
    times === 0
      ? Result.fail(new Errors.GuardFailed({ guard: "isSaid", reason: "It is said at least once." }))
      : Result.void
})

class Greetings extends Service.define("Greetings", Greeting, { replace }) {}

const catalogue = Catalogue.make(
  [{ name: "toys", services: [Greetings], entities: [Organization, Audit.AuditLog] }],
  [Event.OutboxEvent]
)
/** A store in which everybody has read before the first of many commits. */
const unhurried = Layer.effect(
  Store.Store,
  Effect.map(Store.Store, (store) => ({
    ...store,
    commit: (...args: Parameters<typeof store.commit>) => Effect.andThen(Effect.yieldNow, store.commit(...args))
  }))
).pipe(Layer.provide(MemoryStore.layer))

const world = Greetings.layer.pipe(Layer.provideMerge(Kernel.Kernel.layer(catalogue)), Layer.provideMerge(unhurried))

/** An organization that was there before the setting. */
const begin = Effect.gen(function* () {
  const organization = Factory.organization()
  const { id: organizationId } = organization
  yield* Store.Store.use((store) =>
    store.commit({ organizationId }, [{ kind: "insert", entity: Organization, record: organization }])
  )
  const actor = Actor.system(organizationId)
  const kernel = yield* Kernel.Kernel
  return { organizationId, actor, kernel, read: Reader.make(kernel, actor), greetings: yield* Greetings }
})
const play = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, world)

describe("a setting", () => {
  it.effect("has its initial values in every organization, before anybody has set it", () =>
    play(
      Effect.gen(function* () {
        const { organizationId, actor, kernel, read, greetings } = yield* begin
        const initial = {
          id: organizationId as string as Entity.IdOf<typeof Greeting>,
          organizationId,
          version: 0,
          updatedAt: null,
          updatedById: null,
          words: "Hello",
          times: 1,
          until: null
        }
        assert.deepStrictEqual(yield* read.setting(Greeting), initial)
        assert.deepStrictEqual(yield* greetings.current().pipe(Actor.provide(actor)), initial)
        assert.strictEqual(yield* kernel.store.count({ organizationId }, Greeting, Condition.always, 10), 0)
      })
    )
  )

  it.effect("is stored when it is first set, and replaced as a whole from then on", () =>
    play(
      Effect.gen(function* () {
        const { organizationId, actor, kernel, read, greetings } = yield* begin
        yield* read.setting(Greeting)
        yield* Effect.gen(function* () {
          const first = yield* greetings.replace({ words: "Good day", times: 3 }, { expectedVersion: 0 })
          assert.deepInclude(first, { version: 1, words: "Good day", times: 3 })
          assert.isNotNull(first.updatedAt)
          assert.strictEqual((yield* read.setting(Greeting)).words, "Good day")
          const second = yield* greetings.replace({ times: 2 })
          assert.deepInclude(second, { id: first.id, version: 2, words: "Hello", times: 2 })
          assert.deepStrictEqual(yield* greetings.current(), second)
          const stale = yield* Effect.flip(greetings.replace({}, { expectedVersion: 0 }))
          assert.deepInclude(stale, { _tag: "PreconditionFailed", currentVersion: 2 })
        }).pipe(Actor.provide(actor))
        assert.strictEqual(yield* kernel.store.count({ organizationId }, Greeting, Condition.always, 10), 1)
        const entries = yield* kernel.store.find({ organizationId }, Audit.AuditLog, {
          where: Condition.eq("action", "greeting.update"),
          sort: [],
          limit: 10
        })
        const changes = entries.items.map((entry) => entry.changes).find(([change]) => change?.old === "Hello")
        assert.deepStrictEqual(changes, [
          { field: "words", old: "Hello", new: "Good day" },
          { field: "times", old: 1, new: 3 }
        ])
      })
    )
  )

  it.effect("is one, whoever sets it first of many at once", () =>
    play(
      Effect.gen(function* () {
        const { organizationId, actor, kernel, greetings } = yield* begin
        const set = yield* Effect.forEach(
          [1, 2, 3, 4, 5],
          (times) => Effect.result(greetings.replace({ times }).pipe(Actor.provide(actor))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          set.flatMap(Result.match({ onFailure: () => [], onSuccess: ({ version }) => [version] })).toSorted(),
          [1, 2, 3, 4, 5]
        )
        const bound = yield* begin
        const once = yield* Effect.forEach(
          [1, 2, 3],
          (times) =>
            Effect.result(bound.greetings.replace({ times }, { expectedVersion: 0 }).pipe(Actor.provide(bound.actor))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(once.filter(Result.isSuccess).length, 1)
        for (const { failure } of once.filter(Result.isFailure)) assert.strictEqual(failure._tag, "PreconditionFailed")
        assert.strictEqual(yield* kernel.store.count({ organizationId }, Greeting, Condition.always, 10), 1)
      })
    )
  )

  it.effect("keeps what it was where the new one is refused, or only tried", () =>
    play(
      Effect.gen(function* () {
        const { actor, greetings } = yield* begin
        yield* Effect.gen(function* () {
          assert.deepInclude(yield* Effect.flip(greetings.replace({ times: 0 })), { guard: "isSaid" })
          assert.strictEqual((yield* greetings.replace({ times: 4 }, { dryRun: true })).times, 4)
          assert.strictEqual((yield* greetings.current()).version, 0)
        }).pipe(Actor.provide(actor))
      })
    )
  )

  it("has an initial value for each of its fields", () => {
    const define = () =>
      Setting.define("Broken", { plural: "broken", fields: { name: Entity.open(Schema.String) as never } })
    assert.throws(define, "The setting Broken.name has no initial value.")
  })
})
