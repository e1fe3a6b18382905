import { Schema } from "effect"
import type { Condition } from "./condition.ts"
import type { InputProblem } from "./errors.ts"
import type { FieldInfo } from "./field.ts"
import { isValue, kinds } from "./kinds.ts"
import type { Reference } from "./references.ts"

export const maxDepth = 8
export const maxNodes = 200

const Value = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
const Field = Schema.String.check(Schema.isMaxCodePoints(100)).annotate({ examples: ["createdAt"] })
const Part = Schema.suspend((): Schema.Codec<Condition, any, never, never> => Tree).annotate({
  identifier: "ConditionPart"
})
const Parts = Schema.Array(Part)
  .check(Schema.isMinLength(1), Schema.isMaxLength(maxNodes))
  .annotate({ identifier: "ConditionParts" })

const Tree = Schema.Union([
  Schema.Struct({ field: Field, op: Schema.Literals(["eq", "ne", "gt", "gte", "lt", "lte", "has"]), value: Value }),
  Schema.Struct({ all: Parts }).annotate({ identifier: "AllConditions" }),
  Schema.Struct({ any: Parts }).annotate({ identifier: "AnyCondition" }),
  Schema.Struct({ not: Part }).annotate({ identifier: "NotCondition" }),
  Schema.Struct({
    field: Field,
    op: Schema.Literals(["in", "hasAny"]),
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

/** A condition on the records of the named entity: it asks nothing else, and names no records but those that are there. */
export const about = (entity: string): Schema.Codec<Condition, any, never, never> =>
  ConditionInput.annotate({ conditionAbout: entity })

/** The fields that a condition can ask for, by their paths. */
export type Lookup = (path: string) => FieldInfo | undefined

type Leaf = Extract<Condition, { readonly field: string }>

/** Each question of a condition, with its pointer. */
const leavesOf = (condition: Condition, pointer: string): ReadonlyArray<readonly [Leaf, string]> => {
  const each = (parts: ReadonlyArray<Condition>, word: string) =>
    parts.flatMap((part, at) => leavesOf(part, `${pointer}/${word}/${at}`))
  if ("all" in condition) return each(condition.all, "all")
  if ("any" in condition) return each(condition.any, "any")
  if ("not" in condition) return leavesOf(condition.not, `${pointer}/not`)
  // no condition from outside asks for another record
  return "search" in condition || "via" in condition ? [] : [[condition, pointer]]
}

const valuesOf = (leaf: Leaf): ReadonlyArray<unknown> =>
  leaf.op === "isNull" ? [] : leaf.op === "in" || leaf.op === "hasAny" ? leaf.value : [leaf.value]

/** What of a condition cannot be asked of these fields, at pointers that begin with `pointer`. */
export const misfits = (
  lookup: Lookup,
  condition: Condition,
  pointer: string,
  isOpen: (name: string) => boolean
): ReadonlyArray<InputProblem> =>
  leavesOf(condition, pointer).flatMap(([leaf, at]): ReadonlyArray<InputProblem> => {
    const field = lookup(leaf.field)
    const operators = field === undefined ? [] : kinds[field.kind].operators
    if (field === undefined || field.access === "secret" || operators.length === 0 || !isOpen(field.whole))
      return [{ pointer: `${at}/field`, code: "unknown_field", message: "names no field that can be asked for" }]
    if (!operators.includes(leaf.op))
      return [{ pointer: `${at}/op`, code: "invalid_value", message: "is nothing that can be asked of this field" }]
    return valuesOf(leaf).every((value) => isValue(field, value))
      ? []
      : [{ pointer: `${at}/value`, code: "invalid_value", message: "is no value that this field can have" }]
  })

/** The records that a condition names by their ids. */
export const namedIn = (lookup: Lookup, condition: Condition, pointer: string): ReadonlyArray<Reference> =>
  leavesOf(condition, pointer).flatMap(([leaf, at]) => {
    const targets = lookup(leaf.field)?.targets ?? []
    if (targets.length === 0) return []
    const isList = leaf.op === "in" || leaf.op === "hasAny"
    return valuesOf(leaf).flatMap((id, index) =>
      typeof id === "string" ? [{ pointer: `${at}/value${isList ? `/${index}` : ""}`, targets, id }] : []
    )
  })
