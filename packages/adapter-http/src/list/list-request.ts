import { Result } from "effect"
import { type Actor, Condition, type Entity, type Order } from "@itsm/core/kernel"
import type { Call } from "../call.ts"
import { flag, type Query, read as readQuery } from "../query.ts"
import type { InvalidCursor, ParameterError } from "../refusal.ts"
import * as Cursor from "./cursor.ts"
import { type Filter, filtersOf, readFilters } from "./filters.ts"
import { readIncludes, type Relation, relationsOf } from "./relations.ts"
import { readFields, readLimit, readSearch, readSort, selectableOf, sortableOf } from "./selection.ts"

/** What the lists of one kind of record understand, worked out once. */
export interface ListGrammar {
  readonly entity: Entity.AnyEntity
  readonly filters: ReadonlyMap<string, Filter>
  readonly sortable: ReadonlySet<string>
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

/** The part of a query that decides which records a list holds and in which order. */
const scope = (query: Query): string =>
  JSON.stringify(
    [...query]
      .filter(([key]) => !["cursor", "limit", "count", "fields", "include"].includes(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  )

/** Reads the query of a list; the first thing that is wrong with it is the failure. */
export const readList = (
  grammar: ListGrammar,
  call: Call,
  actor: Actor.Actor,
  cursorKey: Cursor.CursorKey
): Result.Result<ListRequest, ParameterError | InvalidCursor> =>
  Result.gen(function* () {
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

const whole = Result.succeed<OneRequest>({ fields: undefined, include: [] })

/** Reads the query of a single record. */
export const readOne = (grammar: ListGrammar, call: Call): Result.Result<OneRequest, ParameterError> =>
  call.search === ""
    ? whole
    : Result.gen(function* () {
        const query = yield* readQuery(call.search, grammar.isKnownForOne)
        return {
          fields: yield* readFields(grammar.selectable, query),
          include: yield* readIncludes(grammar.relations, query)
        }
      })
