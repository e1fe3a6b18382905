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
import type { Seen, Whole } from "./whereabouts.ts"

export type { Seen, Whole } from "./whereabouts.ts"

/** Where the actor may look for records of an entity: in their organization, or, for the platform operator, among all organizations. */
export const reachFor = (actor: Actor, entity: AnyEntity): Reach =>
  entity.isPlatform && actor.isSuperuser ? "everywhere" : { organizationId: actor.organizationId }

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
      if (isDeleted(record) !== deleted) return Effect.fail(new NotFound({}))
      return Effect.filterOrFail(
        Effect.map(wholeOf(kernel, actor, entity, record), (whole) => ({ record, whole })),
        ({ whole }) => permits(actor, entity, readPermission(entity))(record, whole),
        () => new NotFound({})
      )
    }
  )
}

/** What a record, or one to be made, is a part of, where the actor sees that. */
export const wholeOf = (
  kernel: KernelShape,
  actor: Actor,
  { parent }: AnyEntity,
  record: Readonly<Record<string, unknown>> | undefined
): Effect.Effect<Whole | undefined, NotFound> =>
  parent === undefined || record === undefined
    ? Effect.succeed(undefined)
    : Effect.map(seenWithin(kernel, actor, parent.entity, String(record[parent.field])), (seen) => ({
        entity: parent.entity,
        ...seen
      }))

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

/** A page of the records that the actor may see; the row rule is part of the query. */
export const list = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  request: ListRequest
): Effect.Effect<Page<AnyRecord>> => {
  const query: Query = { where: listCondition(actor, entity, request), sort: request.sort, limit: request.limit }
  return kernel.store.find(
    reachFor(actor, entity),
    entity,
    request.after === undefined ? query : { ...query, after: request.after }
  )
}

/** The same records, each with what it is a part of: one more question for each step to the outermost whole. */
export const withWholes = (
  kernel: KernelShape,
  actor: Actor,
  { parent }: AnyEntity,
  records: ReadonlyArray<AnyRecord>
): Effect.Effect<ReadonlyArray<Seen>> => {
  if (parent === undefined || records.length === 0)
    return Effect.succeed(records.map((record) => ({ record, whole: undefined })))
  const { entity, field } = parent
  const ids = [...new Set(records.map((record) => String(record[field])))]
  return Effect.gen(function* () {
    const where = C.oneOf("id", ids)
    const found = yield* kernel.store.find(reachFor(actor, entity), entity, { where, sort: [], limit: ids.length })
    const wholes = new Map<unknown, Whole>()
    for (const each of yield* withWholes(kernel, actor, entity, found.items))
      wholes.set(each.record.id, { entity, ...each })
    return records.map((record) => ({ record, whole: wholes.get(record[field]) }))
  })
}

/** How many records the actor may see of those that satisfy the condition, counted no further than `upTo`. */
export const count = (
  kernel: KernelShape,
  actor: Actor,
  entity: AnyEntity,
  request: Pick<ListRequest, "where" | "deleted">,
  upTo: number
) => kernel.store.count(reachFor(actor, entity), entity, listCondition(actor, entity, request), upTo)
