import { assert, layer } from "@effect/vitest"
import { PgStore } from "@itsm/adapter-pg"
import { Organization } from "@itsm/core"
import { Audit, type Entity, Store } from "@itsm/core/kernel"
import { Factories } from "@itsm/core/testing"
import { Deferred, Effect, Fiber } from "effect"
import { freshStore } from "./database.ts"

const organization = Factories.organization()
const { id: organizationId } = organization
const reach = { organizationId }
const [early, between, late] = [0, 1, 2].map(() => Factories.auditEntry(organizationId))

const insert = (entity: Entity.AnyEntity, record: Entity.Writable) =>
  Store.Store.use((store) => store.commit(reach, [{ kind: "insert", entity, record }]))
const since = (position: string | null) => Store.Store.use((store) => store.since(reach, Audit.AuditLog, position, 100))
/** Reads until there are so many, which other databases of the server may hold back for a moment. */
const reading = Effect.fnUntraced(function* (position: string | null, count: number) {
  for (let attempt = 0; attempt < 500; attempt++) {
    const found = yield* since(position)
    if (found.length >= count) return found
    yield* Effect.sleep("20 millis")
  }
  return assert.fail(`not ${count} entries in ten seconds`)
})

/** Adds an entry in a transaction that stays open until it is told to go on. */
const addSlowly = (record: Audit.AuditLog, added: Deferred.Deferred<void>, mayGoOn: Deferred.Deferred<void>) =>
  PgStore.StoreClient.use((sql) =>
    sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`SELECT set_config('itsm.organization_id', 'everywhere', true)`
        yield* sql`INSERT INTO audit_logs (id, organization_id, created_at, actor_kind, action, entity_type, outcome, changes, subjects)
          VALUES (${record.id}, ${organizationId}, ${record.createdAt}, 'system', 'incident.resolve', 'incident', 'allow', '[]', '{}')`
        yield* Deferred.succeed(added, undefined)
        yield* Deferred.await(mayGoOn)
      })
    )
  )

layer(freshStore, { excludeTestServices: true })("an entry that is committed late", (it) => {
  it.effect("holds back what was committed after it began, and is then read before it", () =>
    Effect.gen(function* () {
      yield* insert(Organization, organization)
      yield* insert(Audit.AuditLog, early!)
      const [first] = yield* reading(null, 1)
      const [added, mayGoOn] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const slow = yield* Effect.forkChild(addSlowly(between!, added, mayGoOn))
      yield* Deferred.await(added)
      yield* insert(Audit.AuditLog, late!)
      assert.deepStrictEqual(yield* since(first!.position), [])
      yield* Deferred.succeed(mayGoOn, undefined)
      yield* Fiber.join(slow)
      const found = yield* reading(first!.position, 2)
      assert.deepStrictEqual(
        found.map(({ record }) => record.id),
        [between!.id, late!.id]
      )
    })
  )
})
