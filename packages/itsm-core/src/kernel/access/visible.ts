import { Effect, Option } from "effect"
import type { Actor } from "./actor.ts"
import * as C from "../model/condition.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { isDeleted, notDeleted } from "../model/entity.ts"
import { NotFound } from "../model/errors.ts"
import { isId } from "../model/id.ts"
import type { KernelShape } from "../running/kernel.ts"
import { permits, permitted, readPermission, visible } from "./policy.ts"
import type { Page, Query, Reach } from "../storage/store.ts"
import * as Setting from "../storage/setting.ts"
import type { Placed } from "./whereabouts.ts"

/** Where the actor may look for records of an entity: in their organization, or, for the platform operator, among all organizations. */
export const reachFor = (actor: Actor, entity: AnyEntity): Reach =>
  entity.isPlatform && actor.isSuperuser ? "everywhere" : { organizationId: actor.organizationId }

/** A record that the actor sees, and the one that it is a part of. */
export interface Seen {
  readonly record: AnyRecord
  readonly whole: Placed | undefined
}

/** The record, where the actor may see it: with its parent, for a part of another record. Deleted ones only on demand. */
export const seenWithin = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  id: string,
  deleted = false
): Effect.Effect<Seen, NotFound> => {
  if (!isId(id)) return Effect.fail(new NotFound({}))
  return Effect.flatMap(
    kernel.store.get(reachFor(actor, entity), entity, id),
    (found): Effect.Effect<Seen, NotFound> => {
      if (Option.isNone(found)) return Effect.fail(new NotFound({}))
      const record = found.value as AnyRecord
      if (isDeleted(record) !== deleted || !permits(actor, entity, readPermission(entity))(record))
        return Effect.fail(new NotFound({}))
      if (entity.parent === undefined) return Effect.succeed({ record, whole: undefined })
      const parent = kernel.catalogue.entities.get(entity.parent.entity)!
      return Effect.map(seenWithin(kernel, actor, parent, String(record[entity.parent.field])), (around) => ({
        record,
        whole: around.whole ?? { entity: parent, record: around.record }
      }))
    }
  )
}

export const seen = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  id: string,
  deleted = false
): Effect.Effect<AnyRecord, NotFound> =>
  Effect.map(seenWithin(kernel, actor, entity, id, deleted), ({ record }) => record)

/** The organization's setting, where the actor may see it: its initial values, as long as nobody has set it. */
export const only = (kernel: KernelShape, actor: Actor, entity: AnyEntity): Effect.Effect<AnyRecord, NotFound> =>
  Effect.flatMap(Setting.read(kernel.store, entity, actor.organizationId), (record: AnyRecord) =>
    entity.role === "setting" && permits(actor, entity, readPermission(entity))(record)
      ? Effect.succeed(record)
      : Effect.fail(new NotFound({}))
  )

export interface ListRequest extends Omit<Query, "where"> {
  readonly where?: C.Condition
  readonly deleted?: "exclude" | "include"
}

/** Those who may bring a deleted record back see it. */
const present = (actor: Actor, entity: AnyEntity, deleted: ListRequest["deleted"]) =>
  deleted === "include"
    ? C.any([notDeleted(entity), permitted(actor, entity, `${entity.resource}.restore`)])
    : notDeleted(entity)

const listCondition = (actor: Actor, entity: AnyEntity, { where, deleted }: Pick<ListRequest, "where" | "deleted">) =>
  C.all([visible(actor, entity), where ?? C.always, present(actor, entity, deleted)])

/** The id of the parent that a condition asks for; parts of records are only ever listed for one of them. */
const parentId = (entity: AnyEntity, where: C.Condition | undefined): string | undefined => {
  if (where === undefined) return undefined
  if ("all" in where) return where.all.map((part) => parentId(entity, part)).find((id) => id !== undefined)
  return "field" in where &&
    where.field === entity.parent?.field &&
    where.op === "eq" &&
    typeof where.value === "string"
    ? where.value
    : undefined
}

/** True where the records' parent, if they have one, is named and visible. */
const isWithinSight = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  where: C.Condition | undefined
): Effect.Effect<boolean> => {
  if (entity.parent === undefined) return Effect.succeed(true)
  const id = parentId(entity, where)
  return id === undefined
    ? Effect.succeed(false)
    : Effect.isSuccess(seen(kernel, actor, kernel.catalogue.entities.get(entity.parent.entity)!, id))
}

const nothing: Page<AnyRecord> = { items: [], next: null }

/** A page of the records that the actor may see; the row rule is part of the query. */
export const list = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  request: ListRequest
): Effect.Effect<Page<AnyRecord>> => {
  const query: Query = { where: listCondition(actor, entity, request), sort: request.sort, limit: request.limit }
  const page = kernel.store.find(
    reachFor(actor, entity),
    entity,
    request.after === undefined ? query : { ...query, after: request.after }
  )
  if (entity.parent === undefined) return page
  return Effect.flatMap(isWithinSight(kernel, actor, entity, request.where), (visibly) =>
    visibly ? page : Effect.succeed(nothing)
  )
}

/** How many records the actor may see of those that satisfy the condition, counted no further than `upTo`. */
export const count = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  request: Pick<ListRequest, "where" | "deleted">,
  upTo: number
) =>
  Effect.flatMap(isWithinSight(kernel, actor, entity, request.where), (visibly) =>
    visibly
      ? kernel.store.count(reachFor(actor, entity), entity, listCondition(actor, entity, request), upTo)
      : Effect.succeed(0)
  )
