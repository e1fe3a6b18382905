import { Result } from "effect"
import { type Actor, Condition, type Entity, Mask, type Order, type Visible } from "@itsm/core/kernel"
import type { Call } from "../call.ts"
import { flag, type Query, read as readQuery } from "../query.ts"
import type { InvalidCursor, ParameterError } from "../refusal.ts"
import * as Cursor from "./cursor.ts"
import { type CustomFields, customized } from "./custom.ts"
import { type Filter, filtersOf, readFilters } from "./filters.ts"
import { readIncludes, type Relation, relationsOf } from "./relations.ts"
import { readFields, readLimit, readSearch, readSort, selectableOf, type Sortable, sortableOf } from "./selection.ts"

/** What the lists of one kind of record understand, worked out once. */
export interface ListGrammar {
  readonly entity: Entity.AnyEntity
  readonly filters: ReadonlyMap<string, Filter>
  readonly sortable: Sortable
  readonly selectable: ReadonlySet<string>
  readonly relations: ReadonlyMap<string, Relation>
  readonly isKnown: (key: string) => boolean
  readonly isKnownForOne: (key: string) => boolean
}

export interface ListRequest {
  readonly where: Condition.Condition
  readonly sort: ReadonlyArray<Order.SortKey>
  readonly limit: number
  readonly after: ReadonlyArray<Order.SortValue> | undefined
  readonly count: boolean
  readonly includeDeleted: boolean
  readonly fields: ReadonlySet<string> | undefined
  readonly include: ReadonlyArray<Relation>
  /** What a cursor of this list is bound to. */
  readonly binding: string
}

export const grammarOf = (
  entity: Entity.AnyEntity,
  known: (entity: string) => Entity.AnyEntity | undefined
): ListGrammar => {
  const filters = filtersOf(entity)
  const own = new Set([
    "limit",
    "cursor",
    "count",
    "sort",
    "fields",
    "include",
    "includeDeleted",
    ...(entity.search.length > 0 ? ["q"] : [])
  ])
  return {
    entity,
    filters,
    sortable: sortableOf(entity),
    selectable: selectableOf(entity),
    relations: relationsOf(entity, known),
    isKnown: (key) => own.has(key) || filters.has(key),
    isKnownForOne: (key) => key === "fields" || key === "include"
  }
}

/** The grammar without the fields that are not open: a caller who may not read one is told that there is none. */
const narrowed = (grammar: ListGrammar, open: ReadonlySet<string>): ListGrammar => {
  const { entity } = grammar
  const filters = new Map([...grammar.filters].filter(([, { field }]) => open.has(field.whole)))
  const isHidden = (key: string) =>
    (grammar.filters.has(key) && !filters.has(key)) || (key === "q" && !entity.search.every((name) => open.has(name)))
  return {
    ...grammar,
    filters,
    sortable: new Map([...grammar.sortable].filter(([, path]) => open.has(entity.field(path)?.whole ?? path))),
    selectable: new Set([...grammar.selectable].filter((name) => open.has(name) || entity.field(name) === undefined)),
    relations: new Map([...grammar.relations].filter(([, { field }]) => open.has(field))),
    isKnown: (key) => grammar.isKnown(key) && !isHidden(key)
  }
}

const forMask = new WeakMap<Mask.Mask, ListGrammar>()

/** What the lists understand when this actor asks: nothing of a field that they may not read on each record they see. */
const grammarFor = (grammar: ListGrammar, actor: Actor.Actor): ListGrammar => {
  const mask = Mask.readingMask(actor, grammar.entity)
  if (mask === undefined) return grammar
  let known = forMask.get(mask)
  if (known === undefined) forMask.set(mask, (known = narrowed(grammar, mask.everywhere)))
  return known
}

/** The part of a query that decides which records a list holds and in which order. */
const scope = (query: Query): string =>
  JSON.stringify(
    [...query]
      .filter(([key]) => !["cursor", "limit", "count", "fields", "include"].includes(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )

/** Reads the query of a list; the first thing that is wrong with it is the failure. */
export const readList = (
  whole: ListGrammar,
  call: Call,
  actor: Actor.Actor,
  custom: CustomFields,
  cursorKey: Cursor.CursorKey
): Result.Result<ListRequest, ParameterError | InvalidCursor> =>
  Result.gen(function* () {
    const grammar = customized(grammarFor(whole, actor), custom)
    const query = yield* readQuery(call.search, grammar.isKnown)
    const limit = yield* readLimit(query)
    const sort = yield* readSort(grammar.sortable, query)
    const filters = yield* readFilters(grammar.filters, query)
    const search = yield* readSearch(query)
    const fields = yield* readFields(grammar.selectable, query)
    const include = yield* readIncludes(grammar.relations, query)
    const count = yield* flag(query, "count")
    const includeDeleted = yield* flag(query, "includeDeleted")
    const binding = `${actor.organizationId} ${call.path} ${scope(query)}`
    const cursor = query.get("cursor")
    const after = cursor === undefined ? undefined : yield* Cursor.read(cursorKey, binding, cursor)
    const where = Condition.all(search === undefined ? filters : [...filters, { search }])
    return { where, sort, limit, after, count, includeDeleted, fields, include, binding }
  })

export interface OneRequest {
  readonly fields: ReadonlySet<string> | undefined
  readonly include: ReadonlyArray<Relation>
}

const everything = Result.succeed<OneRequest>({ fields: undefined, include: [] })

/** Reads the query of a single record, which may name what its caller may read of it. */
export const readOne = (
  whole: ListGrammar,
  call: Call,
  actor: Actor.Actor,
  seen: Visible.Seen
): Result.Result<OneRequest, ParameterError> =>
  call.search === ""
    ? everything
    : Result.gen(function* () {
        const open = Mask.readingMask(actor, whole.entity)?.on(seen.record, seen.whole)
        const grammar = open === undefined ? whole : narrowed(whole, open)
        const query = yield* readQuery(call.search, grammar.isKnownForOne)
        return {
          fields: yield* readFields(grammar.selectable, query),
          include: yield* readIncludes(grammar.relations, query)
        }
      })
