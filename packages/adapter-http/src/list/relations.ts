import { Effect, Result } from "effect"
import { type Actor, Condition, type Entity, type Kernel, Mask, Visible } from "@itsm/core/kernel"
import { invalid, type Query } from "../query.ts"
import type { InvalidParameter } from "../refusal.ts"

export const maxRelations = 3

/** A field that names another record, as `include` asks for it: `assignee` for `assigneeId`. */
export interface Relation {
  readonly name: string
  readonly field: string
  readonly entity: Entity.AnyEntity
}

type Known = (entity: string) => Entity.AnyEntity | undefined

/** What `include` may name: references to records that have routes of their own. */
export const relationsOf = (entity: Entity.AnyEntity, known: Known): ReadonlyMap<string, Relation> =>
  new Map(
    entity.fields.flatMap(({ name, target, access }) => {
      const to = target === undefined || access === "secret" || !name.endsWith("Id") ? undefined : known(target)
      const relation = name.slice(0, -2)
      return to === undefined || to.parent !== undefined || entity.field(relation) !== undefined
        ? []
        : [[relation, { name: relation, field: name, entity: to }] as const]
    })
  )

export const readIncludes = (
  relations: ReadonlyMap<string, Relation>,
  query: Query
): Result.Result<ReadonlyArray<Relation>, InvalidParameter> => {
  const text = query.get("include")
  if (text === undefined) return Result.succeed([])
  const names = [...new Set(text.split(","))]
  if (names.length > maxRelations)
    return Result.fail(invalid("include", "too_many", `must name at most ${maxRelations} relations`))
  const found = names.map((name) => relations.get(name))
  return found.includes(undefined)
    ? Result.fail(invalid("include", "invalid_value", "names no relation of these records"))
    : Result.succeed(found as ReadonlyArray<Relation>)
}

type Shown = Readonly<Record<string, unknown>>

/** The related records beside their ids, each kind read in one query; `null` where the actor may not see one. */
export const embed = Effect.fnUntraced(function* (
  kernel: Kernel.KernelShape,
  actor: Actor.Actor,
  relations: ReadonlyArray<Relation>,
  records: ReadonlyArray<Entity.AnyRecord>,
  shown: ReadonlyArray<Shown>
) {
  const found = yield* Effect.forEach(
    relations,
    (relation) => {
      const ids = [
        ...new Set(
          records.flatMap((record) =>
            typeof record[relation.field] === "string" ? [record[relation.field] as string] : []
          )
        )
      ]
      if (ids.length === 0) return Effect.succeed(new Map<string, Shown>())
      const page = Visible.list(kernel, actor, relation.entity, {
        where: Condition.oneOf("id", ids),
        sort: [],
        limit: ids.length
      })
      return Effect.map(
        page,
        ({ items }) => new Map(items.map((item) => [item.id as string, Mask.shown(actor, relation.entity, item)]))
      )
    },
    { concurrency: relations.length }
  )
  return shown.map((item, index): Shown => {
    const related = relations.map(
      (relation, at) => [relation.name, found[at]?.get(String(records[index]![relation.field])) ?? null] as const
    )
    return { ...item, ...Object.fromEntries(related) }
  })
})
