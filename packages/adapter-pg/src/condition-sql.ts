import { type Condition, type Field, Id, Order, Text } from "@itsm/core/kernel"
import { type Column, type Layout, layoutOf, searchColumn } from "./row.ts"

/** The parameters of a statement, in the order of their numbers. */
export class Parameters {
  readonly values: Array<unknown> = []

  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Whether a column of this kind can hold the value at all; one that it cannot hold is equal to nothing in it. */
const fits = (kind: Field.Kind, value: Condition.Scalar): boolean => {
  switch (kind) {
    case "text":
    case "enum":
      return typeof value === "string" && !Text.isUnstorable(value)
    case "integer":
      return Number.isSafeInteger(value)
    case "boolean":
      return typeof value === "boolean"
    case "instant":
      return typeof value === "string" && instant.test(value) && !Number.isNaN(Date.parse(value))
    case "id":
      return typeof value === "string" && Id.isId(value)
    case "json":
      return typeof value !== "string" || !Text.isUnstorable(value)
  }
}

const operand = (column: Column, value: Condition.Scalar, parameters: Parameters): string =>
  column.kind === "json" ? `${parameters.add(JSON.stringify(value))}::jsonb` : parameters.add(value)

const isEqual = (column: Column, value: Condition.Scalar, parameters: Parameters): string => {
  const given = operand(column, value, parameters)
  const same = `${column.name} = ${given}`
  return column.isDigested ? `(itsm_digest(${column.name}) = itsm_digest(${given}) AND ${same})` : same
}

const compileIn = (column: Column, values: ReadonlyArray<Condition.Scalar>, parameters: Parameters): string => {
  const possible = values.filter((value) => value !== null && fits(column.kind, value))
  if (possible.length === 0) return "FALSE"
  if (possible.length === 1) return isEqual(column, possible[0]!, parameters)
  const texts = possible.map((value) => (column.kind === "json" ? JSON.stringify(value) : String(value)))
  return `${column.name} = ANY(${parameters.add(texts)}::text[]::${column.type}[])`
}

const compileContains = (column: Column, value: string, parameters: Parameters): string => {
  if (column.kind !== "text" && column.kind !== "enum") {
    throw new Error(`"contains" asks for a text, and ${column.field} is none.`)
  }
  if (Text.isUnstorable(value)) return "FALSE"
  return `strpos(itsm_fold(${column.name}), ${parameters.add(Order.foldCase(value))}) > 0`
}

const signs = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const

type Leaf = Extract<Condition.Condition, { readonly op: string }>

const compileLeaf = (column: Column, leaf: Leaf, parameters: Parameters): string => {
  switch (leaf.op) {
    case "isNull":
      return `${column.name} IS ${leaf.value ? "" : "NOT "}NULL`
    case "eq":
      return leaf.value !== null && fits(column.kind, leaf.value) ? isEqual(column, leaf.value, parameters) : "FALSE"
    case "ne":
      if (leaf.value === null) return `${column.name} IS NOT NULL`
      return fits(column.kind, leaf.value)
        ? `${column.name} IS DISTINCT FROM ${operand(column, leaf.value, parameters)}`
        : "TRUE"
    case "has":
      if (column.kind !== "json") throw new Error(`"has" asks for a list, and ${column.field} is none.`)
      return Text.isUnstorable(leaf.value) ? "FALSE" : `${column.name} @> ${operand(column, leaf.value, parameters)}`
    case "in":
      return compileIn(column, leaf.value, parameters)
    case "contains":
      return compileContains(column, leaf.value, parameters)
    default: {
      if (column.kind === "json") throw new Error(`${column.field} has no order.`)
      const isComparable =
        column.kind === "integer" ? Number.isFinite(leaf.value) : leaf.value !== null && fits(column.kind, leaf.value)
      return isComparable ? `${column.name} ${signs[leaf.op]} ${operand(column, leaf.value, parameters)}` : "FALSE"
    }
  }
}

/** The lexemes of a text as `tsquery` or `tsvector` take them; letters and digits only, so none needs an escape. */
export const lexemes = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.flatMap((text) => Text.searchWords(text)).map((word) => word.toWellFormed())

const compileSearch = (layout: Layout, text: string, parameters: Parameters): string => {
  const words = lexemes([text])
  if (words.length === 0) return "TRUE"
  if (layout.entity.search.length === 0) return "FALSE"
  return `${searchColumn} @@ ${parameters.add(words.map((word) => `'${word}'`).join(" & "))}::tsquery`
}

/** As a semi-join: the columns of the condition inside are those of the table that it asks, row-level security is its own. */
const compileVia = (
  layout: Layout,
  { via, of, where }: Extract<Condition.Condition, { readonly via: string }>,
  parameters: Parameters
): string => {
  const other = layoutOf(of)
  const key = `"organization_id", "id"`
  return `("organization_id", ${layout.column(via).name}) IN (SELECT ${key} FROM ${other.table} WHERE ${compile(other, where, parameters)})`
}

/** The condition as SQL that is true for the rows that satisfy it, and false or null for the others. */
export const compile = (layout: Layout, condition: Condition.Condition, parameters: Parameters): string => {
  const each = (parts: ReadonlyArray<Condition.Condition>, word: string) =>
    `(${parts.map((part) => compile(layout, part, parameters)).join(word)})`
  if ("all" in condition) return condition.all.length === 0 ? "TRUE" : each(condition.all, " AND ")
  if ("any" in condition) return condition.any.length === 0 ? "FALSE" : each(condition.any, " OR ")
  if ("not" in condition) return `(${compile(layout, condition.not, parameters)}) IS NOT TRUE`
  if ("search" in condition) return compileSearch(layout, condition.search, parameters)
  if ("via" in condition) return compileVia(layout, condition, parameters)
  return compileLeaf(layout.column(condition.field), condition, parameters)
}
