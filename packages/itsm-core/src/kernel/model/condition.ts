import type { AnyEntity } from "./entity.ts"
import { compareValues, foldCase } from "./order.ts"
import { reader } from "./path.ts"
import { searchWords } from "./text.ts"

export type Scalar = string | number | boolean | null

/**
 * A question about one record, as data. List filters, row rules, grants with a condition and (in later modules) saved
 * views, SLA matching and automation use this one form: a store evaluates it in memory or compiles it to SQL. A field is
 * named by its path: `state`, or `price.amount` for a part. `has` and `hasAny` ask a list for one item, or one of several.
 * A comparison with a field that is null is false, whatever the operator, except `isNull` and `ne`.
 */
export type Condition =
  | { readonly all: ReadonlyArray<Condition> }
  | { readonly any: ReadonlyArray<Condition> }
  | { readonly not: Condition }
  | { readonly field: string; readonly op: "eq" | "ne" | "gt" | "gte" | "lt" | "lte" | "has"; readonly value: Scalar }
  | { readonly field: string; readonly op: "in" | "hasAny"; readonly value: ReadonlyArray<Scalar> }
  | { readonly field: string; readonly op: "contains"; readonly value: string }
  | { readonly field: string; readonly op: "isNull"; readonly value: boolean }
  | { readonly search: string }
  /** The id in the field `via` names a record of `of`, in the same organization, that satisfies `where`. */
  | { readonly via: string; readonly of: AnyEntity; readonly where: Condition }

export type Operator = Extract<Condition, { readonly op: string }>["op"]

export const always: Condition = { all: [] }
export const never: Condition = { any: [] }
export const eq = (field: string, value: Scalar): Condition => ({ field, op: "eq", value })
export const oneOf = (field: string, value: ReadonlyArray<Scalar>): Condition => ({ field, op: "in", value })
export const has = (field: string, value: Scalar): Condition => ({ field, op: "has", value })
export const hasAny = (field: string, value: ReadonlyArray<Scalar>): Condition => ({ field, op: "hasAny", value })
export const isNull = (field: string): Condition => ({ field, op: "isNull", value: true })

const isAlways = (condition: Condition) => "all" in condition && condition.all.length === 0
const isNever = (condition: Condition) => "any" in condition && condition.any.length === 0

/** All of them hold. */
export const all = (conditions: ReadonlyArray<Condition>): Condition => {
  const kept = conditions.filter((condition) => !isAlways(condition))
  if (kept.some(isNever)) return never
  return kept.length === 1 ? kept[0]! : { all: kept }
}

/** At least one of them holds. */
export const any = (conditions: ReadonlyArray<Condition>): Condition => {
  const kept = conditions.filter((condition) => !isNever(condition))
  if (kept.some(isAlways)) return always
  return kept.length === 1 ? kept[0]! : { any: kept }
}

export const not = (condition: Condition): Condition =>
  isAlways(condition) ? never : isNever(condition) ? always : { not: condition }

/** The record that a field names satisfies the condition. */
export const via = (field: string, of: AnyEntity, where: Condition): Condition =>
  isNever(where) ? never : { via: field, of, where }

type Row = Readonly<Record<string, unknown>>

/** Finds the record that an id in a row names. */
export type Named = (entity: AnyEntity, id: string, row: Row) => Row | undefined

/** The test of a condition; it asks `named` for other records where the condition goes by them. */
export type Test = (row: Row, named?: Named) => boolean

// a rule that went by another record and could not ask for it would take a denial for none
const outOfReach: Named = (entity) => {
  throw new Error(`The condition goes by a ${entity.name}, and nothing was given to find it.`)
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "")

/** The test of a condition on records; `search` names the fields that a full-text search reads. */
export const compile = (condition: Condition, search: ReadonlyArray<string> = []): Test => {
  if ("all" in condition) {
    const tests = condition.all.map((part) => compile(part, search))
    return (row, named) => tests.every((test) => test(row, named))
  }
  if ("any" in condition) {
    const tests = condition.any.map((part) => compile(part, search))
    return (row, named) => tests.some((test) => test(row, named))
  }
  if ("not" in condition) {
    const test = compile(condition.not, search)
    return (row, named) => !test(row, named)
  }
  if ("via" in condition) {
    const { of } = condition
    const idOf = reader(condition.via)
    const test = compile(condition.where, of.search)
    return (row, named = outOfReach) => {
      const id = idOf(row)
      const found = typeof id === "string" ? named(of, id, row) : undefined
      return found !== undefined && test(found, named)
    }
  }
  if ("search" in condition) {
    const wanted = searchWords(condition.search)
    return (row) => {
      const words = new Set(search.flatMap((field) => searchWords(textOf(row[field]))))
      return wanted.every((word) => words.has(word))
    }
  }
  return compileLeaf(condition)
}

const itemsOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const compileLeaf = (leaf: Extract<Condition, { readonly field: string }>): Test => {
  const valueOf = reader(leaf.field)
  switch (leaf.op) {
    case "isNull":
      return (row) => (valueOf(row) === null) === leaf.value
    case "eq":
      return (row) => valueOf(row) === leaf.value && leaf.value !== null
    case "ne":
      return (row) => valueOf(row) !== leaf.value
    case "in": {
      const values = new Set<unknown>(leaf.value)
      return (row) => {
        const value = valueOf(row)
        return value !== null && values.has(value)
      }
    }
    case "has":
      return (row) => itemsOf(valueOf(row)).includes(leaf.value)
    case "hasAny": {
      const values = new Set<unknown>(leaf.value)
      return (row) => itemsOf(valueOf(row)).some((item) => values.has(item))
    }
    case "contains": {
      const part = foldCase(leaf.value)
      return (row) => {
        const value = valueOf(row)
        return typeof value === "string" && foldCase(value).includes(part)
      }
    }
    default: {
      const holds = {
        gt: (c: number) => c > 0,
        gte: (c: number) => c >= 0,
        lt: (c: number) => c < 0,
        lte: (c: number) => c <= 0
      }[leaf.op]
      return (row) => {
        const value = valueOf(row)
        return value !== null && leaf.value !== null && holds(compareValues(value, leaf.value))
      }
    }
  }
}
