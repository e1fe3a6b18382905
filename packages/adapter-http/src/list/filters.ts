import { Result } from "effect"
import { type Condition, type Entity, type Field, Kinds } from "@itsm/core/kernel"
import { invalid, type Query } from "../query.ts"
import type { InvalidParameter } from "../refusal.ts"

type Read = Result.Result<Condition.Condition, InvalidParameter>

const maxConditions = 20
const maxValues = 100

/** A query key that filters: a field with an operator, found by name and never spelled by the caller. */
export interface Filter {
  readonly key: string
  readonly field: Field.Leaf
  readonly op: Condition.Operator
}

/** The fields that leave the domain, and their parts, as they are filtered and sorted by. */
export const readable = (entity: Entity.AnyEntity): ReadonlyArray<Field.Leaf> =>
  entity.leaves.filter((field) => field.access !== "secret")

/** Every filter of an entity by its query key: `priority`, `priority[in]`, `tags[has]`, … */
export const filtersOf = (entity: Entity.AnyEntity): ReadonlyMap<string, Filter> =>
  filtersBy(readable(entity).map((field) => [field.name, field] as const))

/** Every filter by its query key, of fields by the names that queries have for them. */
export const filtersBy = (fields: Iterable<readonly [string, Field.Leaf]>): ReadonlyMap<string, Filter> =>
  new Map(
    [...fields].flatMap(([name, field]) =>
      Kinds.kinds[field.kind].operators.map((op) => {
        const key = op === "eq" ? name : `${name}[${op}]`
        return [key, { key, field, op }] as const
      })
    )
  )

const readMany = ({ key, field }: Filter, op: "in" | "hasAny", text: string): Read => {
  const parts = text.split(",")
  if (parts.length > maxValues) return Result.fail(invalid(key, "too_many", `must have at most ${maxValues} values`))
  const { parse, wanted } = Kinds.kinds[field.kind]
  const values = parts.map((part) => parse(part, field))
  return values.includes(undefined)
    ? Result.fail(invalid(key, "invalid_value", `has a value that does not fit: each ${wanted}`))
    : Result.succeed({ field: field.name, op, value: values as ReadonlyArray<Condition.Scalar> })
}

const readOne = ({ key, field, op }: Filter, text: string): Read => {
  const { parse, wanted } = Kinds.kinds[field.kind]
  switch (op) {
    case "in":
    case "hasAny":
      return readMany({ key, field, op }, op, text)
    case "isNull":
      return text === "true" || text === "false"
        ? Result.succeed({ field: field.name, op, value: text === "true" })
        : Result.fail(invalid(key, "invalid_value", "must be true or false"))
    case "contains":
      return Result.succeed({ field: field.name, op, value: text })
    default: {
      const value = parse(text, field)
      return value === undefined
        ? Result.fail(invalid(key, "invalid_value", wanted))
        : Result.succeed({ field: field.name, op, value })
    }
  }
}

/** The conditions in a query; keys that are no filters are somebody else's. */
export const readFilters = (
  filters: ReadonlyMap<string, Filter>,
  query: Query
): Result.Result<ReadonlyArray<Condition.Condition>, InvalidParameter> => {
  const conditions: Array<Condition.Condition> = []
  for (const [key, text] of query) {
    const filter = filters.get(key)
    if (filter === undefined) continue
    if (conditions.length === maxConditions)
      return Result.fail(invalid(key, "too_many", `is one condition too many: ${maxConditions} are allowed`))
    const condition = readOne(filter, text)
    if (Result.isFailure(condition)) return Result.fail(condition.failure)
    conditions.push(condition.success)
  }
  return Result.succeed(conditions)
}
