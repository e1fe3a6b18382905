import { assert, layer } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Department, Organization } from "@itsm/core/identity"
import { Condition, type Entity, Instant, Store, Timer } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Context, Effect, Exit, Layer } from "effect"
import fc from "fast-check"
import { freshStore } from "./database.ts"

type Id = ReturnType<typeof Factories.freshId>
type OrganizationId = Organization["id"]

/** The records that a run is about: few, so that its steps meet. */
interface World {
  readonly organizationId: OrganizationId
  readonly ids: ReadonlyArray<Id>
}

type Step =
  | { readonly kind: "commit"; readonly changes: (world: World) => ReadonlyArray<Store.Change> }
  | { readonly kind: "claim"; readonly atMs: number; readonly limit: number }
  | { readonly kind: "reserve"; readonly block: number }

const index = fc.nat({ max: 4 })
const word = fc.constantFrom("desk", "Desk", "mail relay", "Äpfel", "")
const moment = fc.integer({ min: -2, max: 2 }).map((seconds) => Instant.plusMs(Factories.epoch, seconds * 1000))
const version = fc.integer({ min: 1, max: 3 })

const department = fc
  .record({ at: index, name: word, parent: fc.option(index), isDeleted: fc.boolean(), version })
  .map((given) => (world: World) => {
    const record = Factories.department(world.organizationId, {
      id: world.ids[given.at] as Department["id"],
      name: `d${given.name}`,
      parentId: given.parent === null ? null : (world.ids[given.parent] as Department["id"]),
      deletedAt: given.isDeleted ? Factories.epoch : null
    })
    return { record, expectedVersion: given.version }
  })

const timer = fc
  .record({ at: index, key: index, dueAt: moment, leaseUntil: fc.option(moment), version })
  .map((given) => ({ organizationId, ids }: World) => {
    const { key, dueAt, leaseUntil } = given
    const id = ids[given.at] as Timer.Timer["id"]
    const record = Factories.timer(organizationId, {
      id,
      kind: organizationId,
      key: `k${key}`,
      ref: ids[0]!,
      dueAt,
      leaseUntil
    })
    return { record, expectedVersion: given.version }
  })

type Made = (world: World) => { readonly record: Entity.Writable; readonly expectedVersion: number }

const writes = (entity: Entity.AnyEntity, made: fc.Arbitrary<Made>): fc.Arbitrary<(world: World) => Store.Change> =>
  fc.tuple(fc.constantFrom("insert", "update", "consume"), made).map(([kind, make]) => (world) => {
    const { record, expectedVersion } = make(world)
    if (kind === "insert") return { kind, entity, record }
    if (kind === "consume") return { kind, entity, id: record.id, expectedVersion }
    return { kind: "update", entity, record: { ...record, version: expectedVersion + 1 }, expectedVersion }
  })

const keyed: fc.Arbitrary<(world: World) => Store.Change> = fc.oneof(
  timer.map((make) => (world: World): Store.Change => ({
    kind: "put",
    entity: Timer.Timer,
    record: make(world).record
  })),
  index.map((key) => (): Store.Change => ({ kind: "drop", entity: Timer.Timer, key: `k${key}` })),
  fc.tuple(index, fc.integer({ min: -1, max: 2 })).map(([at, by]) => ({ ids }: World): Store.Change => ({
    kind: "add",
    entity: Timer.Timer,
    id: ids[at]!,
    by: { attempts: by },
    where: { field: "attempts", op: "lt", value: 3 }
  }))
)

const order = ["consume", "drop", "update", "add", "put", "insert"]
/** What a change is about; a key may stand for any record that another change names by its id. */
const subjects = (change: Store.Change): ReadonlyArray<string> => {
  const { kind, entity } = change
  if (kind === "drop") return [`${entity.name} ${change.key}`, "key"]
  if (kind === "put")
    return [`${entity.name} ${change.record.id}`, `${entity.name} ${String(change.record["key"])}`, "key"]
  const id = "record" in change ? change.record.id : change.id
  return [
    `${entity.name} ${id}`,
    ...(entity.name === "Timer" && kind !== "insert" && kind !== "consume" ? ["key"] : [])
  ]
}

/** In the order in which every store carries them out, and no two of them about one record. */
const compatible = (changes: ReadonlyArray<Store.Change>): ReadonlyArray<Store.Change> => {
  const seen = new Set<string>()
  return changes
    .filter((change) => {
      const all = subjects(change)
      if (all.some((name) => seen.has(name))) return false
      for (const name of all) seen.add(name)
      return true
    })
    .map((change) => ({ change, rank: `${order.indexOf(change.kind)} ${subjects(change)[0]}` }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ change }) => change)
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.oneof(writes(Department, department), writes(Timer.Timer, timer as fc.Arbitrary<Made>), keyed), {
        minLength: 1,
        maxLength: 3
      })
      .map((makers): Step => ({ kind: "commit", changes: (world) => compatible(makers.map((make) => make(world))) }))
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      atMs: fc.integer({ min: -2000, max: 4000 }),
      limit: fc.integer({ min: 1, max: 3 })
    })
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reserve" as const), block: fc.integer({ min: 1, max: 50 }) }) }
)

const take = (store: Store.StoreShape, world: World, given: Step): Effect.Effect<unknown, Store.CommitError> => {
  switch (given.kind) {
    case "commit":
      return store.commit(world, given.changes(world))
    case "claim": {
      const now = Instant.plusMs(Factories.epoch, given.atMs)
      return store.claim(
        Timer.Timer,
        Condition.eq("kind", world.organizationId),
        now,
        Instant.plusMs(now, 1000),
        given.limit
      )
    }
    case "reserve":
      return store.reserveNumbers(world, "INC", given.block)
  }
}

/** What a step came to: its value, the tag of its refusal, or that it died. */
const outcome = (exit: Exit.Exit<unknown, Store.CommitError>) => {
  if (Exit.isSuccess(exit)) return { success: exit.value }
  const refusal = exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error
  return refusal === undefined ? "defect" : { refusal: { ...refusal } }
}

const everything = (store: Store.StoreShape, world: World) =>
  Effect.forEach([Department, Timer.Timer] as ReadonlyArray<Entity.AnyEntity>, (entity) =>
    Effect.map(store.find(world, entity, { where: Condition.always, sort: [], limit: 100 }), (page) => page.items)
  )

const compare = Effect.fnUntraced(function* (stores: ReadonlyArray<Store.StoreShape>, steps: ReadonlyArray<Step>) {
  const organization = Factories.organization()
  const world = {
    organizationId: organization.id,
    ids: Array.from({ length: 5 }, () => Factories.freshId()).toSorted()
  }
  for (const store of stores)
    yield* store.commit(world, [{ kind: "insert", entity: Organization, record: organization }])
  for (const given of steps) {
    const [memory, database] = yield* Effect.forEach(stores, (store) =>
      Effect.map(Effect.exit(take(store, world, given)), outcome)
    )
    if (given.kind !== "commit" || given.changes(world).length === 1) assert.deepStrictEqual(database, memory)
    else assert.strictEqual(isDone(database), isDone(memory), JSON.stringify(given.changes(world)))
    const [before, after] = yield* Effect.forEach(stores, (store) => everything(store, world))
    assert.deepStrictEqual(after, before)
  }
})

const isDone = (result: ReturnType<typeof outcome> | undefined) => typeof result === "object" && "success" in result

layer(Layer.empty, { excludeTestServices: true })("memory and PostgreSQL", (it) => {
  it.effect(
    "answer the same to any sequence of calls, and hold the same after each",
    () =>
      Effect.gen(function* () {
        const contexts = yield* Effect.forEach([MemoryStore.layer, freshStore] as const, (store) =>
          Layer.build(store as Layer.Layer<Store.Store, unknown>)
        )
        const stores = contexts.map((context) => Context.get(context, Store.Store))
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) =>
              Effect.runPromise(compare(stores, steps))
            ),
            { numRuns: 60 }
          )
        )
      }),
    120_000
  )
})
