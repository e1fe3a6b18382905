import { Option, Schema } from "effect"
import type { Condition, Operator } from "./condition.ts"
import type { AnyEntity } from "./entity.ts"
import type { InputProblem } from "./errors.ts"
import type { FieldInfo, Kind } from "./field.ts"
import { isId } from "./id.ts"
import { parseInstant } from "./instant.ts"

export const maxDepth = 8
export const maxNodes = 200

const ordered: ReadonlyArray<Operator> = ["gt", "gte", "lt", "lte"]

/** What can be asked of a field of each kind. */
export const operators: Readonly<Record<Kind, ReadonlyArray<Operator>>> = {
  text: ["eq", "ne", "in", ...ordered, "contains", "isNull"],
  integer: ["eq", "ne", "in", ...ordered, "isNull"],
  instant: ["eq", "ne", "in", ...ordered, "isNull"],
  boolean: ["eq", "ne", "isNull"],
  id: ["eq", "ne", "in", "isNull"],
  enum: ["eq", "ne", "in", "isNull"],
  json: []
}

const Value = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
const Field = Schema.String.check(Schema.isMaxCodePoints(100)).annotate({ examples: ["createdAt"] })
const Part = Schema.suspend((): Schema.Codec<Condition, any, never, never> => Tree).annotate({
  identifier: "ConditionPart"
})
const Parts = Schema.Array(Part)
  .check(Schema.isMinLength(1), Schema.isMaxLength(maxNodes))
  .annotate({ identifier: "ConditionParts" })

const Tree = Schema.Union([
  Schema.Struct({ field: Field, op: Schema.Literals(["eq", "ne", "gt", "gte", "lt", "lte"]), value: Value }),
  Schema.Struct({ all: Parts }).annotate({ identifier: "AllConditions" }),
  Schema.Struct({ any: Parts }).annotate({ identifier: "AnyCondition" }),
  Schema.Struct({ not: Part }).annotate({ identifier: "NotCondition" }),
  Schema.Struct({
    field: Field,
    op: Schema.Literals(["in"]),
    value: Schema.Array(Value).check(Schema.isMinLength(1), Schema.isMaxLength(100))
  }),
  Schema.Struct({ field: Field, op: Schema.Literals(["contains"]), value: Schema.String }),
  Schema.Struct({ field: Field, op: Schema.Literals(["isNull"]), value: Schema.Boolean })
]) as unknown as Schema.Codec<Condition, any, never, never>

const partsOf = (condition: Condition): ReadonlyArray<Condition> =>
  "all" in condition ? condition.all : "any" in condition ? condition.any : "not" in condition ? [condition.not] : []

const depthOf = (condition: Condition): number => 1 + Math.max(0, ...partsOf(condition).map(depthOf))
const nodesOf = (condition: Condition): number => partsOf(condition).reduce((sum, part) => sum + nodesOf(part), 1)

/** A condition as callers give one: data, and never more of it than can be judged in no time. */
export const ConditionInput: Schema.Codec<Condition, any, never, never> = Tree.check(
  Schema.makeFilter((condition: Condition) => depthOf(condition) <= maxDepth, {
    description: `a condition at most ${maxDepth} levels deep`,
    code: "too_deep"
  }),
  Schema.makeFilter((condition: Condition) => nodesOf(condition) <= maxNodes, {
    description: `a condition of at most ${maxNodes} parts`,
    code: "too_many"
  })
)

const fits = ({ kind, literals }: FieldInfo, value: unknown): boolean => {
  switch (kind) {
    case "text":
      return typeof value === "string"
    case "integer":
      return Number.isSafeInteger(value)
    case "boolean":
      return typeof value === "boolean"
    case "instant":
      return typeof value === "string" && Option.getOrUndefined(parseInstant(value)) === value
    case "id":
      return typeof value === "string" && isId(value)
    case "enum":
      return literals?.includes(String(value)) === true
    case "json":
      return false
  }
}

/** What of a condition these records cannot be asked, with these fields open, at pointers that begin with `pointer`. */
export const misfits = (
  entity: AnyEntity,
  condition: Condition,
  pointer: string,
  isOpen: (name: string) => boolean
): ReadonlyArray<InputProblem> => {
  const each = (parts: ReadonlyArray<Condition>, word: string) =>
    parts.flatMap((part, at) => misfits(entity, part, `${pointer}/${word}/${at}`, isOpen))
  if ("all" in condition) return each(condition.all, "all")
  if ("any" in condition) return each(condition.any, "any")
  if ("not" in condition) return misfits(entity, condition.not, `${pointer}/not`, isOpen)
  if ("search" in condition) return []
  if ("via" in condition)
    return [{ pointer: `${pointer}/via`, code: "unknown_field", message: "asks for another record" }]
  const field = entity.field(condition.field)
  if (field === undefined || field.access === "secret" || field.kind === "json" || !isOpen(field.name))
    return [{ pointer: `${pointer}/field`, code: "unknown_field", message: "names no field that can be asked for" }]
  if (!operators[field.kind].includes(condition.op))
    return [{ pointer: `${pointer}/op`, code: "invalid_value", message: "is nothing that can be asked of this field" }]
  const values = condition.op === "in" ? condition.value : [condition.value]
  return condition.op === "isNull" || values.every((value) => fits(field, value))
    ? []
    : [{ pointer: `${pointer}/value`, code: "invalid_value", message: "is no value that this field can have" }]
}
