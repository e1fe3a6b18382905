import { catalogue } from "@itsm/core"
import { Entity, Store } from "@itsm/core/kernel"
import { Arbitraries, Factories } from "@itsm/core/testing"
import { Effect } from "effect"
import fc from "fast-check"

export type OrganizationId = ReturnType<typeof Factories.organization>["id"]

/** A record of the entity, and before it one of each that it must refer to. */
const writeOne = (
  entity: Entity.AnyEntity,
  organizationId: OrganizationId,
  written: Map<string, Entity.AnyRecord>
): Effect.Effect<Entity.AnyRecord, Store.CommitError, Store.Store> =>
  Effect.gen(function* () {
    const known = written.get(entity.name)
    if (known !== undefined) return known
    const given: Record<string, unknown> = { id: Factories.freshId(), version: 1, deletedAt: null }
    for (const { name, target, nullable } of Entity.referenceFields(entity)) {
      if (name === "organizationId") given[name] = organizationId
      else if (nullable) given[name] = null
      else given[name] = (yield* writeOne(catalogue.entities.get(target)!, organizationId, written)).id
    }
    for (const field of entity.uniqueEverywhere.flat()) given[field] = Factories.uniqueText("key")
    const record = fc.sample(Arbitraries.recordOf(entity, given), 1)[0]!
    yield* Store.Store.use((store) => store.commit({ organizationId }, [{ kind: "insert", entity, record }]))
    written.set(entity.name, record)
    return record
  })

/** An organization with a row in every table. */
const furnished = Effect.gen(function* () {
  const organization = Factories.organization()
  const reach = { organizationId: organization.id }
  const store = yield* Store.Store
  const entity = catalogue.entities.get("Organization")!
  yield* store.commit(reach, [{ kind: "insert", entity, record: organization }])
  const written = new Map<string, Entity.AnyRecord>([["Organization", organization]])
  for (const each of catalogue.entities.values()) yield* writeOne(each, organization.id, written)
  yield* store.reserveNumbers(reach, "INC", 10)
  return organization.id
})

/** Two organizations, each with a row in every table. */
export const twoOrganizations = Effect.all([furnished, furnished])
