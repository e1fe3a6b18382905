import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Store } from "../../kernel/index.ts"
import { Audit, Condition, type Entity } from "../../kernel/index.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { allOf, assertDies, commit, insert, newOrganization, type StoreIt } from "./fixture.ts"

/** What nothing but an insertion may do with an entry, whoever asks. */
const rewritings = (entity: Entity.AnyEntity, record: Entity.Writable): ReadonlyArray<Store.Change> => [
  { kind: "update", entity, record: { ...record, version: 2 }, expectedVersion: 1 },
  { kind: "put", entity, record },
  { kind: "drop", entity, key: record.id },
  { kind: "consume", entity, id: record.id, expectedVersion: 1 },
  { kind: "add", entity, id: record.id, by: { createdAt: 1 }, where: Condition.always }
]

export const logs = (it: StoreIt) =>
  describe("a log", () => {
    it.effect("is added to, and dies of any other change, with all that the commit holds", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const entry = Factory.auditEntry(organizationId)
        yield* commit(organizationId, insert(Audit.AuditLog, entry))
        for (const change of rewritings(Audit.AuditLog, entry)) {
          yield* assertDies(commit(organizationId, insert(User, Factory.user(organizationId)), change))
        }
        assert.deepStrictEqual(yield* allOf(organizationId, Audit.AuditLog), [entry])
        assert.deepStrictEqual(yield* allOf(organizationId, User), [])
      })
    )

    it.effect("has entries with nothing in them that tells of a change", () =>
      Effect.sync(() => {
        const { version, updatedAt, deletedAt } = Factory.auditEntry(Factory.organization().id) as Entity.Writable
        assert.deepStrictEqual([version, updatedAt, deletedAt], [undefined, undefined, undefined])
      })
    )

    it.effect("has no key to put or drop by, as only queues have", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId)
        yield* assertDies(commit(organizationId, { kind: "put", entity: User, record: user }))
        yield* assertDies(commit(organizationId, { kind: "drop", entity: User, key: user.email }))
      })
    )
  })
