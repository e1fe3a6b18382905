import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { Organization } from "../../modules/identity/index.ts"
import * as Factory from "../../testing/factories.ts"
import {
  Audit,
  Catalogue,
  Condition,
  Delivery,
  Entity,
  Event,
  Idempotency,
  Instant,
  Job,
  Kernel,
  Stamp,
  Store,
  Text,
  Timer,
  Worker
} from "../index.ts"

const log = <const Name extends string>(name: Name, plural: string, keptDays?: number) =>
  Entity.define(name, {
    plural,
    role: "log",
    fields: { text: Entity.managed(Text.Text(1, 100)) },
    ...(keptDays === undefined ? {} : { keptDays })
  })
const Visit = log("Visit", "visits", 30)
const Deed = log("Deed", "deeds")

const catalogue = Catalogue.make(
  [{ name: "logs", services: [], entities: [Organization, Visit, Deed] }],
  [Event.OutboxEvent, Timer.Timer, Audit.AuditLog, Idempotency.IdempotencyRecord, Delivery.Delivery, Job.Job]
)

describe("entries of a log", () => {
  it.effect("go after the days that the log keeps them, and those of other logs stay", () =>
    Effect.gen(function* () {
      const store = yield* Store.Store
      const organization = Factory.organization()
      const reach = { organizationId: organization.id }
      const now = yield* Instant.now
      const at = (days: number) => ({
        now: Instant.plusMs(now, -days * Instant.dayMs),
        actor: { id: null, ...reach }
      })
      const entry = (entity: Entity.AnyEntity, days: number) => ({
        kind: "insert" as const,
        entity,
        record: Stamp.stamp(entity, at(days), Factory.freshId(), { text: `${days} days old` })
      })
      yield* store.commit(reach, [{ kind: "insert", entity: Organization, record: organization }])
      yield* store.commit(reach, [entry(Visit, 31), entry(Visit, 29), entry(Deed, 31)])
      assert.strictEqual(yield* Worker.tidy, 1)
      const textsOf = (entity: Entity.AnyEntity) =>
        Effect.map(store.find(reach, entity, { where: Condition.always, sort: [], limit: 10 }), ({ items }) =>
          items.map((record) => record["text"])
        )
      assert.deepStrictEqual(yield* textsOf(Visit), ["29 days old"])
      assert.deepStrictEqual(yield* textsOf(Deed), ["31 days old"])
    }).pipe(Effect.provide(Kernel.Kernel.layer(catalogue).pipe(Layer.provideMerge(MemoryStore.layer))))
  )
})
