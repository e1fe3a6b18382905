import { assert, type Vitest } from "@effect/vitest"
import { Effect, type Exit, Option } from "effect"
import fc from "fast-check"
import { Condition, type Entity, Store } from "../../kernel/index.ts"
import type { Id } from "../../kernel/model/id.ts"
import { Organization } from "../../modules/identity/records/organization.ts"
import * as Factory from "../factories.ts"

export type StoreIt = Vitest.MethodsNonLive<Store.Store>
export type OrganizationId = Id<"Organization">
type AnyRecord = Entity.AnyRecord

export const insert = <E extends Entity.AnyEntity>(entity: E, record: Entity.RecordOf<E>): Store.Change => ({
  kind: "insert",
  entity,
  record
})

/** The record with other fields, one version on. */
export const update = <E extends Entity.AnyEntity>(
  entity: E,
  record: Entity.RecordOf<E>,
  patch: Partial<Entity.RecordOf<E>>
): Store.Change => ({
  kind: "update",
  entity,
  record: { ...record, ...patch, version: record.version + 1 },
  expectedVersion: record.version
})

export const commit = (organizationId: OrganizationId, ...changes: ReadonlyArray<Store.Change>) =>
  Store.Store.use((store) => store.commit({ organizationId }, changes))

/** The record as it is stored, `undefined` where there is none. */
export const stored = <E extends Entity.AnyEntity>(
  entity: E,
  { id, organizationId }: Pick<AnyRecord, "id" | "organizationId">
) => Store.Store.use((store) => Effect.map(store.get({ organizationId }, entity, id), Option.getOrUndefined))

/** All records of the entity in the organization that satisfy the condition, by id. */
export const allOf = <E extends Entity.AnyEntity>(
  organizationId: OrganizationId,
  entity: E,
  where: Condition.Condition = Condition.always
) =>
  Store.Store.use((store) =>
    Effect.map(store.find({ organizationId }, entity, { where, sort: [], limit: 1000 }), ({ items }) => items)
  )

/** A new organization in the store. */
export const newOrganization = Effect.gen(function* () {
  const organization = Factory.organization()
  yield* commit(organization.id, insert(Organization, organization))
  return organization.id
})

export const ids = (records: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  records.map(({ id }) => id)

/** The commit is refused: another record has the key. */
export const violation = (
  entity: string,
  fields: ReadonlyArray<string>,
  organizationId: OrganizationId,
  ...changes: ReadonlyArray<Store.Change>
) =>
  Effect.map(Effect.flip(commit(organizationId, ...changes)), (error) => {
    assert.strictEqual(error._tag, "UniqueViolation")
    if (error._tag !== "UniqueViolation") return
    assert.strictEqual(error.entity, entity)
    assert.deepStrictEqual([...error.fields], [...fields])
  })

/** Runs `times` of an effect at once. */
export const race = <A, E, R>(times: number, effect: (index: number) => Effect.Effect<A, E, R>) =>
  Effect.forEach(
    Array.from({ length: times }, (_, index) => index),
    (index) => Effect.exit(effect(index)),
    { concurrency: "unbounded" }
  )

/** How many of the exits are successes, and how many failures there are of each tag. */
export const tally = (exits: ReadonlyArray<Exit.Exit<unknown, unknown>>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const exit of exits) {
    const name = outcome(exit)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** `Success`, `Defect`, or the tag of the failure. */
export const outcome = (exit: Exit.Exit<unknown, unknown>): string => {
  if (exit._tag === "Success") return "Success"
  const failure = exit.cause.reasons.find((reason) => reason._tag === "Fail")
  return failure === undefined ? "Defect" : (failure.error as { readonly _tag: string })._tag
}

/** Asserts that the effect dies, as a broken foreign key makes it, and does not fail. */
export const assertDies = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => assert.strictEqual(outcome(exit), "Defect"))

/** Checks a property of the store for many values. */
export const forAll = <A, E>(
  runs: number,
  arbitrary: fc.Arbitrary<A>,
  check: (value: A) => Effect.Effect<void, E, Store.Store>
) =>
  Effect.flatMap(Effect.context<Store.Store>(), (context) =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(arbitrary, (value) => Effect.runPromiseWith(context)(check(value))),
        { numRuns: runs }
      )
    )
  )
