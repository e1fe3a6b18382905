import { Result } from "effect"
import { type Entity, Kinds, type Order } from "@itsm/core/kernel"
import { invalid, type Query } from "../query.ts"
import type { InvalidParameter } from "../refusal.ts"
import { readable } from "./filters.ts"

export const maxSortKeys = 3
export const defaultLimit = 25
export const maxLimit = 100

const newestFirst: ReadonlyArray<Order.SortKey> = [{ field: "createdAt", direction: "desc" }]

/** The names that `sort` takes, each with the path that it stands for. */
export type Sortable = ReadonlyMap<string, string>

export const sortableOf = (entity: Entity.AnyEntity): Sortable =>
  new Map(
    readable(entity)
      .filter((field) => Kinds.kinds[field.kind].order !== undefined)
      .map(({ name }) => [name, name])
  )

export const readSort = (
  sortable: Sortable,
  query: Query
): Result.Result<ReadonlyArray<Order.SortKey>, InvalidParameter> => {
  const text = query.get("sort")
  if (text === undefined) return Result.succeed(newestFirst)
  const keys = text
    .split(",")
    .map((part): Order.SortKey =>
      part.startsWith("-") ? { field: part.slice(1), direction: "desc" } : { field: part, direction: "asc" }
    )
  if (keys.length > maxSortKeys)
    return Result.fail(invalid("sort", "too_many", `must name at most ${maxSortKeys} fields`))
  if (new Set(keys.map((key) => key.field)).size < keys.length)
    return Result.fail(invalid("sort", "invalid_value", "names a field twice"))
  return keys.every((key) => sortable.has(key.field))
    ? Result.succeed(keys.map((key) => ({ ...key, field: sortable.get(key.field)! })))
    : Result.fail(invalid("sort", "invalid_value", "names a field that these records cannot be sorted by"))
}

/** The names that `fields` takes: everything that a record shows. */
export const selectableOf = (entity: Entity.AnyEntity): ReadonlySet<string> =>
  new Set([
    ...entity.fields.filter((field) => field.access !== "secret").map((field) => field.name),
    ...(entity.lifecycle === undefined ? [] : ["allowedActions"])
  ])

export const readFields = (
  selectable: ReadonlySet<string>,
  query: Query
): Result.Result<ReadonlySet<string> | undefined, InvalidParameter> => {
  const text = query.get("fields")
  if (text === undefined) return Result.succeed(undefined)
  const names = new Set(text.split(","))
  return [...names].every((name) => selectable.has(name))
    ? Result.succeed(names)
    : Result.fail(invalid("fields", "invalid_value", "names a field that these records do not have"))
}

/** The fields of a record that were asked for, in the record's order. */
export const select = (
  record: Readonly<Record<string, unknown>>,
  names: ReadonlySet<string> | undefined
): Readonly<Record<string, unknown>> =>
  names === undefined ? record : Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)))

export const readLimit = (query: Query): Result.Result<number, InvalidParameter> => {
  const text = query.get("limit")
  if (text === undefined) return Result.succeed(defaultLimit)
  const limit = Number(text)
  return /^\d{1,3}$/.test(text) && limit >= 1 && limit <= maxLimit
    ? Result.succeed(limit)
    : Result.fail(invalid("limit", "out_of_range", `must be a whole number from 1 to ${maxLimit}`))
}

export const readSearch = (query: Query): Result.Result<string | undefined, InvalidParameter> => {
  const text = query.get("q")
  if (text === undefined) return Result.succeed(undefined)
  const length = [...text].length
  return length >= 1 && length <= 200
    ? Result.succeed(text)
    : Result.fail(invalid("q", "invalid_length", "must be 1 to 200 characters"))
}
