import { Option, Result } from "effect"
import { type Condition, ConditionInput, type Entity, type Field, Id, Instant } from "@itsm/core/kernel"
import { invalid, type Query } from "../query.ts"
import type { InvalidParameter } from "../refusal.ts"

const maxConditions = 20
const maxValues = 100

/** A query key that filters: a field with an operator, found by name and never spelled by the caller. */
export interface Filter {
  readonly key: string
  readonly field: Field.FieldInfo
  readonly op: Condition.Operator
}

/** True for a field whose value is one value, and that leaves the domain. */
export const isReadableScalar = (field: Field.FieldInfo): boolean => field.access !== "secret" && field.kind !== "json"

/** Every filter of an entity by its query key: `priority`, `priority[in]`, … */
export const filtersOf = (entity: Entity.AnyEntity): ReadonlyMap<string, Filter> =>
  new Map(
    entity.fields.filter(isReadableScalar).flatMap((field) =>
      ConditionInput.operators[field.kind].map((op) => {
        const key = op === "eq" ? field.name : `${field.name}[${op}]`
        return [key, { key, field, op }] as const
      })
    )
  )

const wanted: Readonly<Record<Field.Kind, string>> = {
  text: "must be a text",
  integer: "must be a whole number",
  instant: "must be an RFC 3339 date and time",
  boolean: "must be true or false",
  id: "must be an id",
  enum: "must be one of the field's values",
  json: "cannot be filtered"
}

const readValue = ({ kind, literals }: Field.FieldInfo, text: string): Condition.Scalar | undefined => {
  switch (kind) {
    case "text":
      return text
    case "integer": {
      const number = Number(text)
      return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(number) ? number : undefined
    }
    case "instant":
      return Option.getOrUndefined(Instant.parseInstant(text))
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined
    case "id":
      return Id.isId(text) ? text : undefined
    case "enum":
      return literals?.includes(text) === true ? text : undefined
    case "json":
      return undefined
  }
}

const readMany = ({ key, field }: Filter, text: string): Result.Result<Condition.Condition, InvalidParameter> => {
  const parts = text.split(",")
  if (parts.length > maxValues) return Result.fail(invalid(key, "too_many", `must have at most ${maxValues} values`))
  const values = parts.map((part) => readValue(field, part))
  return values.includes(undefined)
    ? Result.fail(invalid(key, "invalid_value", `has a value that does not fit: each ${wanted[field.kind]}`))
    : Result.succeed({ field: field.name, op: "in", value: values as ReadonlyArray<Condition.Scalar> })
}

const readOne = (filter: Filter, text: string): Result.Result<Condition.Condition, InvalidParameter> => {
  const { key, field, op } = filter
  if (op === "in") return readMany(filter, text)
  if (op === "isNull") {
    return text === "true" || text === "false"
      ? Result.succeed({ field: field.name, op, value: text === "true" })
      : Result.fail(invalid(key, "invalid_value", "must be true or false"))
  }
  const value = readValue(field, text)
  if (value === undefined) return Result.fail(invalid(key, "invalid_value", wanted[field.kind]))
  return Result.succeed(
    op === "contains" || op === "has" ? { field: field.name, op, value: text } : { field: field.name, op, value }
  )
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
