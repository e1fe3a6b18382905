import { assert } from "@effect/vitest"
import { Effect } from "effect"
import fc from "fast-check"
import { Actor, Condition, type Entity, Kernel, Policy, Visible } from "../kernel/index.ts"
import { forAll, ids, type StoreIt } from "./contract/fixture.ts"
import { type Furnished, furnished, somebody } from "./furnished.ts"
import { entities, layer, Note, Step, Window } from "./maintenance.ts"

interface Random {
  readonly resource: number
  readonly permission: "read" | "update"
  readonly effect: "allow" | "deny"
  readonly scope: Actor.Scope
  readonly isConditional: boolean
  readonly inside: number | null
}

const random: fc.Arbitrary<Random> = fc.record({
  resource: fc.nat(2),
  permission: fc.constantFrom("read", "read", "read", "update"),
  effect: fc.constantFrom("allow", "allow", "allow", "deny"),
  scope: fc.constantFrom(...Actor.scopes),
  isConditional: fc.boolean(),
  inside: fc.option(fc.nat(1), { freq: 4 })
})
/** A read of each kind of record, for most. */
const reads = fc.tuple(...[0, 1, 2].map(() => fc.option(fc.constantFrom(...Actor.scopes), { freq: 6 })))
const whose = fc.record({ person: fc.nat(2), team: fc.option(fc.nat(1)), department: fc.option(fc.nat(1)) })

/** Where somebody belongs, by the positions of a team and a department. */
const belonging = (world: Furnished, team: number | null, department: number | null): Actor.Belonging => ({
  teamIds: team === null ? [] : [world.teams[team]!.id],
  departmentIds: department === null ? [] : [world.departments[department]!.id],
  departmentTeamIds: []
})

/** Whether a grant reaches a record: said once more, record by record, without a condition. */
const oracle = (world: Furnished, actor: Actor.Actor) => {
  const windowOf = (entity: Entity.AnyEntity, record: Entity.AnyRecord): Window => {
    if (entity === Window) return record as never
    if (entity === Note)
      return windowOf(
        Step,
        world.steps.find((step) => step.id === record["stepId"])!
      )
    return world.windows.find((window) => window.id === record["windowId"])!
  }
  const reaches = (entity: Entity.AnyEntity, record: Entity.AnyRecord, grant: Actor.Grant): boolean => {
    if (grant.condition !== undefined && record["title"] !== "even") return false
    if (grant.scope === "organization" && grant.within === undefined) return true
    const window = windowOf(entity, record)
    const owner = entity === Note ? record["authorId"] : window.ownerId
    const { teamIds, departmentIds } = grant.within ?? actor
    const isInTeam = window.teamId !== null && teamIds.includes(window.teamId)
    const isInDepartment = window.departmentId !== null && departmentIds.includes(window.departmentId)
    if (owner === actor.id) return true
    return grant.scope === "own" ? false : isInTeam || (grant.scope !== "team" && isInDepartment)
  }
  const may = (entity: Entity.AnyEntity, record: Entity.AnyRecord, permission: string): boolean => {
    const holding = (effect: Actor.Grant["effect"]) =>
      actor.grants.some(
        (grant) =>
          grant.effect === effect &&
          grant.permission === `${entity.resource}.${permission}` &&
          reaches(entity, record, grant)
      )
    const isNamed = permission === "read" && entity === Window && (record as Window).participantIds.includes(actor.id!)
    return (holding("allow") || isNamed) && !holding("deny")
  }
  const sees = (entity: Entity.AnyEntity, record: Entity.AnyRecord): boolean => {
    if (record.deletedAt !== null || !may(entity, record, "read")) return false
    if (entity === Window) return true
    return entity === Step
      ? sees(Window, windowOf(Step, record))
      : sees(
          Step,
          world.steps.find((step) => step.id === record["stepId"])!
        )
  }
  return { may, sees }
}

/**
 * What somebody sees of records, their parts and the parts of these is one set: by id, in lists, in counts and in
 * references, whatever they hold, and it is what the grants say when they are read one by one.
 */
export const rowRulesOfParts = (it: StoreIt, runs: number) =>
  it.effect("what somebody sees of parts is what they see of the wholes and may read of the parts", () =>
    Effect.gen(function* () {
      const world = yield* furnished
      const kernel = yield* Kernel.Kernel
      const all = [world.windows, world.steps, world.notes] as ReadonlyArray<ReadonlyArray<Entity.AnyRecord>>
      const partial = [0, 0, 0]
      yield* forAll(runs, fc.tuple(reads, fc.array(random, { maxLength: 4 }), whose), ([scopes, grants, who]) =>
        Effect.gen(function* () {
          const actor = somebody(
            world,
            world.users[who.person]!.id,
            [
              ...scopes.flatMap((scope, at) =>
                scope === null ? [] : [{ permission: `${entities[at]!.resource}.read`, scope }]
              ),
              ...grants.map(({ resource, permission, isConditional, inside, ...grant }) => ({
                ...grant,
                permission: `${entities[resource]!.resource}.${permission}`,
                ...(isConditional ? { condition: Condition.eq("title", "even") } : {}),
                ...(inside === null ? {} : { within: belonging(world, inside, inside) })
              }))
            ],
            belonging(world, who.team, who.department)
          )
          const { may, sees } = oracle(world, actor)
          for (const [n, entity] of (entities as ReadonlyArray<Entity.AnyEntity>).entries()) {
            const records = all[n]!
            const seen = records.filter((record) => sees(entity, record))
            const expected = ids(seen).toSorted()
            if (expected.length > 0 && expected.length < records.length) partial[n]!++
            const page = yield* Visible.list(kernel, actor, entity, { sort: [], limit: 1000 })
            assert.deepStrictEqual(ids(page.items).toSorted(), expected)
            assert.strictEqual(yield* Visible.count(kernel, actor, entity, {}, 1000), expected.length)
            const some = records.filter((_, k) => k % 7 === 0)
            const probes = some.map(({ id }) => ({ entity, id, where: Policy.visible(actor, entity) }))
            const there = yield* kernel.store.exists({ organizationId: world.organizationId }, probes)
            for (const [k, record] of some.entries())
              assert.strictEqual(there[k] === true && record.deletedAt === null, expected.includes(record.id))
            for (const { record, whole } of yield* Visible.withWholes(kernel, actor, entity, page.items))
              assert.strictEqual(
                Policy.permits(actor, entity, `${entity.resource}.update`)(record, whole),
                may(entity, record, "update")
              )
            for (const { id } of some) {
              const found = yield* Effect.isSuccess(Visible.seen(kernel, actor, entity, id))
              assert.strictEqual(found, expected.includes(id))
            }
          }
        })
      )
      for (const count of partial) assert.isAbove(count, runs / 10)
    }).pipe(Effect.provide(layer))
  )
