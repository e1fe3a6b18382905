import { Effect, Option, Stream } from "effect"
import type { Actor } from "./actor.ts"
import { readingMask, shown } from "./mask.ts"
import * as Visible from "./visible.ts"
import * as C from "../model/condition.ts"
import type { Condition } from "../model/condition.ts"
import type { AnyEntity, AnyRecord, JsonOf } from "../model/entity.ts"
import type { SortKey, SortValue } from "../model/order.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Page } from "../storage/store.ts"

export interface VisibleList {
  readonly where?: Condition
  /** Newest first where it is left out. */
  readonly sort?: ReadonlyArray<SortKey>
  readonly after?: ReadonlyArray<SortValue>
  /** 1 to 1,000; 25 where it is left out. */
  readonly limit?: number
}

/**
 * What a query reads with: the records that its caller may see, without the fields that they may not read. A condition
 * or an order that speaks of such a field finds nothing, for what it found would tell the field.
 */
export interface VisibleReader {
  readonly get: <E extends AnyEntity>(
    entity: E,
    id: string | null | undefined
  ) => Effect.Effect<Option.Option<JsonOf<E>>>
  readonly list: <E extends AnyEntity>(entity: E, options?: VisibleList) => Effect.Effect<Page<JsonOf<E>>>
  /** Counted no further than `upTo`, which is 10,000 where it is left out. */
  readonly count: (entity: AnyEntity, where: Condition, upTo?: number) => Effect.Effect<number>
  /** All of them, page by page, so that however many there are, few are held at a time. */
  readonly each: <E extends AnyEntity>(
    entity: E,
    where: Condition,
    sort?: ReadonlyArray<SortKey>
  ) => Stream.Stream<JsonOf<E>>
}

const pageSize = 200
const newestFirst: ReadonlyArray<SortKey> = [{ field: "createdAt", direction: "desc" }]

const fieldsOf = (entity: AnyEntity, where: Condition): ReadonlyArray<string> => {
  if ("all" in where) return where.all.flatMap((part) => fieldsOf(entity, part))
  if ("any" in where) return where.any.flatMap((part) => fieldsOf(entity, part))
  if ("not" in where) return fieldsOf(entity, where.not)
  return "search" in where ? entity.search : [where.field]
}

export const make = (kernel: KernelShape, actor: Actor): VisibleReader => {
  const isOpen = (entity: AnyEntity, where: Condition, sort: ReadonlyArray<SortKey>): boolean => {
    const open = readingMask(actor, entity)?.everywhere
    const named = [...fieldsOf(entity, where), ...sort.map(({ field }) => field)]
    return named.every((name) => entity.field(name)?.access !== "secret" && (open === undefined || open.has(name)))
  }
  const list = <E extends AnyEntity>(entity: E, options: VisibleList = {}): Effect.Effect<Page<JsonOf<E>>> => {
    const { where = C.always, sort = newestFirst, limit = 25, after } = options
    if (!isOpen(entity, where, sort)) return Effect.succeed({ items: [], next: null })
    const page = Visible.list(kernel, actor, entity, {
      where,
      sort,
      limit,
      ...(after === undefined ? {} : { after })
    })
    return Effect.map(page, ({ items, next }) => ({
      items: items.map((record: AnyRecord) => shown(actor, entity, record) as JsonOf<E>),
      next
    }))
  }
  return {
    get: <E extends AnyEntity>(entity: E, id: string | null | undefined) =>
      Effect.option(
        Effect.map(Visible.seen(kernel, actor, entity, id ?? ""), (record) => shown(actor, entity, record) as JsonOf<E>)
      ),
    list,
    count: (entity, where, upTo = 10_000) =>
      isOpen(entity, where, []) ? Visible.count(kernel, actor, entity, { where }, upTo) : Effect.succeed(0),
    each: <E extends AnyEntity>(entity: E, where: Condition, sort: ReadonlyArray<SortKey> = newestFirst) =>
      Stream.paginate(undefined as ReadonlyArray<SortValue> | undefined, (after) =>
        Effect.map(
          list(entity, { where, sort, limit: pageSize, ...(after === undefined ? {} : { after }) }),
          ({ items, next }) => [items, next === null ? Option.none() : Option.some(next)] as const
        )
      )
  }
}
