import { Effect } from "effect"
import { Actor, Condition, type Entity, type Errors, Instant, Kernel, Visible } from "@itsm/core/kernel"
import type { Call } from "../call.ts"
import * as Etag from "../etag.ts"
import * as Cursor from "../list/cursor.ts"
import { customFields } from "../list/custom.ts"
import { type ListGrammar, readList, readOne } from "../list/list-request.ts"
import { embed } from "../list/relations.ts"
import { select } from "../list/selection.ts"
import { requirePermission, requireReading } from "../permission.ts"
import * as Reply from "../reply.ts"
import type { Resource } from "./resource.ts"

const countedUpTo = 10_000

const find = (
  kernel: Kernel.KernelShape,
  actor: Actor.Actor,
  entity: Entity.AnyEntity,
  id: string | undefined
): Effect.Effect<Visible.Seen, Errors.NotFound> =>
  id === undefined
    ? Effect.map(Visible.only(kernel, actor, entity), (record) => ({ record, whole: undefined }))
    : Visible.seenWithin(kernel, actor, entity, id)

/** One record: by the id in the path, or the only one of its kind. */
export const one = (resource: Resource, grammar: ListGrammar) => {
  const { entity } = resource
  return Effect.fnUntraced(function* (call: Call) {
    const kernel = yield* Kernel.Kernel
    const actor = yield* Actor.CurrentActor
    yield* requireReading(actor, entity)
    const seen = yield* find(kernel, actor, entity, call.params["id"])
    const { record } = seen
    const { fields, include } = yield* Effect.fromResult(readOne(grammar, call, actor, seen))
    const ETag = Etag.of(record)
    if (Etag.isKnown(call.request.headers.get("if-none-match"), record)) return Reply.empty(304, { ETag })
    const shown = select(resource.show(actor, seen, yield* Instant.now), fields)
    const embedded = include.length === 0 ? shown : (yield* embed(kernel, actor, include, [record], [shown]))[0]
    return Reply.json(200, embedded, { ETag })
  })
}

/** A page of records: all of their kind, or the parts of the record in the path. */
export const many = (resource: Resource, grammar: ListGrammar, cursorKey: Cursor.CursorKey) => {
  const { entity, parent } = resource
  const restorePermission = `${entity.resource}.restore`
  return Effect.fnUntraced(function* (call: Call) {
    const kernel = yield* Kernel.Kernel
    const actor = yield* Actor.CurrentActor
    yield* requireReading(actor, entity)
    const parentId = call.params["id"]
    if (parentId !== undefined && parent !== undefined) yield* Visible.seen(kernel, actor, parent.entity, parentId)
    const custom = yield* customFields(kernel, actor, entity, call.search)
    const request = yield* Effect.fromResult(readList(grammar, call, actor, custom, cursorKey))
    if (request.includeDeleted) yield* requirePermission(actor, restorePermission)
    const where =
      parentId === undefined || entity.parent === undefined
        ? request.where
        : Condition.all([Condition.eq(entity.parent.field, parentId), request.where])
    const deleted = request.includeDeleted ? "include" : "exclude"
    const { sort, limit, after } = request
    const page = yield* Visible.list(kernel, actor, entity, {
      where,
      deleted,
      sort,
      limit,
      ...(after === undefined ? {} : { after })
    })
    const now = yield* Instant.now
    const seen = yield* Visible.withWholes(kernel, actor, entity, page.items)
    const shown = seen.map((each) => select(resource.show(actor, each, now), request.fields))
    const items = request.include.length === 0 ? shown : yield* embed(kernel, actor, request.include, page.items, shown)
    const nextCursor = page.next === null ? null : Cursor.write(cursorKey, request.binding, page.next)
    if (!request.count) return Reply.json(200, { items, nextCursor })
    const total = yield* Visible.count(kernel, actor, entity, { where, deleted }, countedUpTo + 1)
    return Reply.json(200, {
      items,
      nextCursor,
      total: Math.min(total, countedUpTo),
      ...(total > countedUpTo ? { totalIsLowerBound: true } : {})
    })
  })
}
