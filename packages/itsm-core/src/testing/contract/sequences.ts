import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Audit, type Entity, Event, Store } from "../../kernel/index.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import {
  assertDies,
  commit,
  ids,
  insert,
  newOrganization,
  type OrganizationId,
  type StoreIt,
  update
} from "./fixture.ts"

const since = (organizationId: OrganizationId, entity: Entity.AnyEntity, position: string | null, limit = 100) =>
  Store.Store.use((store) => store.since({ organizationId }, entity, position, limit))

/** Reads again until there are so many: what others commit at the same moment may hold them back for a while. */
const reading = Effect.fnUntraced(function* (
  organizationId: OrganizationId,
  entity: Entity.AnyEntity,
  position: string | null,
  count: number
) {
  for (let attempt = 0; attempt < 500; attempt++) {
    const found = yield* since(organizationId, entity, position)
    if (found.length >= count) return found
    yield* Effect.sleep("20 millis")
  }
  return assert.fail(`not ${count} records in ten seconds`)
})

const recordsOf = (placed: ReadonlyArray<Store.Placed<Entity.AnyRecord>>) => ids(placed.map(({ record }) => record))

export const sequences = (it: StoreIt) =>
  describe("a sequence", () => {
    it.effect("gives what was committed in its order, whatever the ids, from any position on", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const entries = Array.from({ length: 5 }, () => Factory.auditEntry(organizationId))
        for (const entry of entries) yield* commit(organizationId, insert(Audit.AuditLog, entry))
        const all = yield* reading(organizationId, Audit.AuditLog, null, 5)
        assert.deepStrictEqual(
          all.map(({ record }) => record as Entity.Writable),
          entries
        )
        for (const [at, { position }] of all.entries())
          assert.deepStrictEqual(
            recordsOf(yield* since(organizationId, Audit.AuditLog, position)),
            ids(entries.slice(at + 1))
          )
        const two = yield* since(organizationId, Audit.AuditLog, all[0]!.position, 2)
        assert.deepStrictEqual(recordsOf(two), ids(entries.slice(1, 3)))
      })
    )

    it.effect("has the records of one commit by their ids, and none of another organization", () =>
      Effect.gen(function* () {
        const [one, other] = [yield* newOrganization, yield* newOrganization]
        const events = Array.from({ length: 4 }, () => Factory.outboxEvent(one))
        yield* commit(other, insert(Event.OutboxEvent, Factory.outboxEvent(other)))
        yield* commit(one, ...events.map((event) => insert(Event.OutboxEvent, event)))
        const found = yield* reading(one, Event.OutboxEvent, null, 4)
        assert.deepStrictEqual(recordsOf(found), ids(events).toSorted())
      })
    )

    it.effect("keeps a record where it is when it is changed, and has no place for what was refused", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const [first, second, refused] = [0, 1, 2].map(() => Factory.outboxEvent(organizationId))
        yield* commit(organizationId, insert(Event.OutboxEvent, first!))
        yield* Effect.flip(
          commit(
            organizationId,
            insert(Event.OutboxEvent, refused!),
            update(Event.OutboxEvent, { ...first!, version: 7 }, {})
          )
        )
        yield* Effect.flip(
          commit(
            organizationId,
            { kind: "consume", entity: Event.OutboxEvent, id: first!.id, expectedVersion: 1 },
            update(Event.OutboxEvent, refused!, {})
          )
        )
        yield* commit(organizationId, insert(Event.OutboxEvent, second!))
        const before = yield* reading(organizationId, Event.OutboxEvent, null, 2)
        yield* commit(organizationId, update(Event.OutboxEvent, first!, { processedAt: Factory.epoch }))
        const after = yield* reading(organizationId, Event.OutboxEvent, null, 2)
        assert.deepStrictEqual(recordsOf(after), ids([first!, second!]))
        assert.deepStrictEqual(
          after.map(({ position }) => position),
          before.map(({ position }) => position)
        )
      })
    )

    it.effect("is not asked of what has no order of commits", () =>
      Effect.flatMap(newOrganization, (organizationId) => assertDies(since(organizationId, User, null)))
    )
  })
