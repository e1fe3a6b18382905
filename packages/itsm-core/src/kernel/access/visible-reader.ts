import { Effect, Option, Stream } from "effect"
import type { Actor } from "./actor.ts"
import { readingMask, shown } from "./mask.ts"
import * as Policy from "./policy.ts"
import * as Visible from "./visible.ts"
import * as C from "../model/condition.ts"
import type { Condition } from "../model/condition.ts"
import { type AnyEntity, type JsonOf, notDeleted } from "../model/entity.ts"
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
 * or an order that speaks of such a field finds nothing, for what it found would tell the field; what a condition asks of
 * another record holds only where its caller sees that one.
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

const isOpen = (actor: Actor, entity: AnyEntity, path: string): boolean => {
  const open = readingMask(actor, entity)?.everywhere
  const [name = ""] = path.split(".")
  return entity.field(path)?.access !== "secret" && (open === undefined || open.has(name))
}

const all = (parts: ReadonlyArray<Condition | undefined>): ReadonlyArray<Condition> | undefined =>
  parts.every((part) => part !== undefined) ? parts : undefined

/** The condition, asked of records that the actor sees by fields that they read; nothing where it asks for more. */
const askable = (actor: Actor, entity: AnyEntity, where: Condition): Condition | undefined => {
  const parts = (list: ReadonlyArray<Condition>) => all(list.map((part) => askable(actor, entity, part)))
  if ("all" in where) {
    const found = parts(where.all)
    return found && C.all(found)
  }
  if ("any" in where) {
    const found = parts(where.any)
    return found && C.any(found)
  }
  if ("not" in where) {
    const found = askable(actor, entity, where.not)
    return found && C.not(found)
  }
  if ("search" in where) return entity.search.every((name) => isOpen(actor, entity, name)) ? where : undefined
  if ("field" in where) return isOpen(actor, entity, where.field) ? where : undefined
  const beyond = askable(actor, where.of, where.where)
  return beyond !== undefined && isOpen(actor, entity, where.via)
    ? C.via(where.via, where.of, C.all([beyond, Policy.visible(actor, where.of), notDeleted(where.of)]))
    : undefined
}

export const make = (kernel: KernelShape, actor: Actor): VisibleReader => {
  const shownTo = <E extends AnyEntity>(entity: E, { record, whole }: Visible.Seen) =>
    shown(actor, entity, record, whole) as JsonOf<E>
  const list = <E extends AnyEntity>(entity: E, options: VisibleList = {}): Effect.Effect<Page<JsonOf<E>>> => {
    const { where = C.always, sort = newestFirst, limit = 25, after } = options
    const asked = askable(actor, entity, where)
    if (asked === undefined || !sort.every(({ field }) => isOpen(actor, entity, field)))
      return Effect.succeed({ items: [], next: null })
    return Effect.gen(function* () {
      const page = yield* Visible.list(kernel, actor, entity, {
        where: asked,
        sort,
        limit,
        ...(after === undefined ? {} : { after })
      })
      const seen = yield* Visible.withWholes(kernel, actor, entity, page.items)
      return { items: seen.map((each) => shownTo(entity, each)), next: page.next }
    })
  }
  return {
    get: <E extends AnyEntity>(entity: E, id: string | null | undefined) =>
      Effect.option(Effect.map(Visible.seenWithin(kernel, actor, entity, id ?? ""), (seen) => shownTo(entity, seen))),
    list,
    count: (entity, where, upTo = 10_000) => {
      const asked = askable(actor, entity, where)
      return asked === undefined ? Effect.succeed(0) : Visible.count(kernel, actor, entity, { where: asked }, upTo)
    },
    each: <E extends AnyEntity>(entity: E, where: Condition, sort: ReadonlyArray<SortKey> = newestFirst) =>
      Stream.paginate(undefined as ReadonlyArray<SortValue> | undefined, (after) =>
        Effect.map(
          list(entity, { where, sort, limit: pageSize, ...(after === undefined ? {} : { after }) }),
          ({ items, next }) => [items, next === null ? Option.none() : Option.some(next)] as const
        )
      )
  }
}
