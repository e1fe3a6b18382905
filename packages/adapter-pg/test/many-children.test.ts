import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Incident, Incidents, Itsm } from "@itsm/core"
import { Actor, Condition, Id, Kernel, Stamp, type Store } from "@itsm/core/kernel"
import { Effect, Layer } from "effect"
import { scenario } from "../../itsm-core/src/testing/scenario.ts"
import { freshStore } from "./database.ts"

const fixed = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const
/** More than a page of the store holds. */
const many = 1005

const resolveAll = Effect.gen(function* () {
  const { admin } = yield* scenario("acme")
  const incidents = yield* Incidents
  const { store } = yield* Kernel.Kernel
  const reach = { organizationId: admin.organizationId }
  yield* Effect.gen(function* () {
    const parent = yield* incidents.open({ title: "The mail is down" })
    const fresh = yield* Id.idSource
    const { id: _, ...draft } = parent
    const children = Array.from({ length: many }, (__, index): Store.Change => {
      const number = `INC-${String(100_000 + index)}`
      const child = { ...draft, number, parentId: parent.id, followsParent: true }
      const record = Stamp.stamp(Incident, { now: parent.createdAt, actor: admin }, fresh(), Incident.make(child))
      return { kind: "insert", entity: Incident, record: { ...record, version: 1 } }
    })
    for (let at = 0; at < many; at += 500) yield* store.commit(reach, children.slice(at, at + 500))
    yield* incidents.resolve(parent.id, fixed)
    const resolved = Condition.all([Condition.eq("parentId", parent.id), Condition.eq("state", "resolved")])
    assert.strictEqual(yield* store.count(reach, Incident, resolved, 10_000), many)
    assert.strictEqual(yield* store.count(reach, Incident, Condition.eq("state", "new"), 10_000), 0)
  }).pipe(Actor.provide(admin))
})

describe.each([
  ["memory", MemoryStore.layer],
  ["PostgreSQL", freshStore]
] as const)("a parent that is resolved, on %s", (_, store) => {
  it.effect("takes all of its children along, however many", () =>
    Effect.provide(resolveAll, Itsm.layer.pipe(Layer.provide(store)))
  )
})
