import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Cause, Effect, Exit, Layer, Stream } from "effect"
import { Organization } from "../../modules/identity/records/organization.ts"
import * as Factory from "../../testing/factories.ts"
import { Actor, Catalogue, Condition, Entity, Kernel, Reader, Store, Text } from "../index.ts"

const fields = { name: Text.Text(1, 100), rank: Entity.open(Text.Whole(0, 10), 1) }
const Rule = Entity.define("Rule", { plural: "rules", role: "configuration", fields })
const Note = Entity.define("Note", { plural: "notes", fields })

const catalogue = Catalogue.make([{ name: "toys", services: [], entities: [Organization, Rule, Note] }], [])

/** Counts what is asked of the store. */
let asked = 0
const counting = Layer.effect(
  Store.Store,
  Effect.map(Store.Store, (store) => ({
    ...store,
    find: (...args: Parameters<typeof store.find>) => {
      asked++
      return store.find(...args) as never
    }
  }))
).pipe(Layer.provide(MemoryStore.layer))
const world = Kernel.Kernel.layer(catalogue).pipe(Layer.provideMerge(counting))

const play = <A, E>(
  run: (tools: {
    readonly read: Reader.Reader
    readonly add: (entity: Entity.AnyEntity, count: number, patch?: object) => Effect.Effect<void>
  }) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    const organization = Factory.organization()
    const { id: organizationId } = organization
    const kernel = yield* Kernel.Kernel
    const commit = (...changes: ReadonlyArray<Store.Change>) =>
      Effect.orDie(kernel.store.commit({ organizationId }, changes))
    yield* commit({ kind: "insert", entity: Organization, record: organization })
    const add = (entity: Entity.AnyEntity, count: number, patch: object = {}) =>
      commit(
        ...Array.from({ length: count }, (_, index) => ({
          kind: "insert" as const,
          entity,
          record: {
            ...Factory.recordOf(entity, organizationId, { name: `n${index}` } as never),
            ...patch
          } as Entity.Writable
        }))
      )
    return yield* run({ read: Reader.make(kernel, Actor.system(organizationId)), add })
  }).pipe(Effect.provide(world))

const defectOf = <A, E>(exit: Exit.Exit<A, E>) => (Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined)

describe("a reader", () => {
  it.effect("reads all of a few, and says so where they are more than it reads at once", () =>
    play(({ read, add }) =>
      Effect.gen(function* () {
        yield* add(Note, 1000)
        assert.strictEqual((yield* read.all(Note, Condition.always)).length, 1000)
        yield* add(Note, 1)
        const defect = defectOf(yield* Effect.exit(read.all(Note, Condition.always)))
        assert.instanceOf(defect, Reader.TooMany)
        assert.deepInclude(defect, { entity: "Note", cap: 1000 })
      })
    )
  )

  it.effect("reads each of very many once, in the order of their ids, and none that is deleted", () =>
    play(({ read, add }) =>
      Effect.gen(function* () {
        yield* add(Note, 2001)
        yield* add(Note, 5, { deletedAt: Factory.epoch })
        asked = 0
        const ids = (yield* Stream.runCollect(read.each(Note, Condition.eq("rank", 1)))).map(({ id }) => id)
        assert.strictEqual(asked, 3)
        assert.strictEqual(new Set(ids).size, 2001)
        assert.deepStrictEqual(ids, ids.toSorted())
        asked = 0
        yield* Stream.runDrain(Stream.take(read.each(Note, Condition.always), 10))
        assert.strictEqual(asked, 1)
      })
    )
  )

  it.effect("asks for configuration once, until some of it is written", () =>
    play(({ read, add }) =>
      Effect.gen(function* () {
        yield* add(Rule, 50)
        yield* add(Rule, 1, { deletedAt: Factory.epoch })
        const first = yield* read.configured(Rule)
        assert.strictEqual(first.length, 50)
        assert.isTrue(Object.isFrozen(first))
        asked = 0
        for (let turn = 0; turn < 50; turn++) assert.strictEqual(yield* read.configured(Rule), first)
        assert.strictEqual(asked, 0)
        yield* add(Note, 1)
        yield* read.configured(Rule)
        assert.strictEqual(asked, 0)
        yield* add(Rule, 1)
        assert.strictEqual((yield* read.configured(Rule)).length, 51)
        assert.strictEqual(asked, 1)
      })
    )
  )

  it.effect("takes only so much for configuration, and only what is remembered as a whole", () =>
    play(({ read, add }) =>
      Effect.gen(function* () {
        yield* add(Rule, 5000)
        assert.strictEqual((yield* read.configured(Rule)).length, 5000)
        yield* add(Rule, 1)
        const defect = defectOf(yield* Effect.exit(read.configured(Rule)))
        assert.instanceOf(defect, Reader.TooMany)
        assert.deepInclude(defect, { entity: "Rule", cap: 5000 })
        assert.include(
          String(defectOf(yield* Effect.exit(read.configured(Note)))),
          "Note is not remembered as a whole."
        )
      })
    )
  )
})
