import { type Condition, Kinds, Order, Text } from "@itsm/core/kernel"
import { type Column, type Layout, layoutOf, searchColumn } from "./row.ts"

/** The parameters of a statement, in the order of their numbers. */
export class Parameters {
  readonly values: Array<unknown> = []

  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** Whether the column can hold the value at all; one that it cannot hold is equal to nothing in it. */
const fits = ({ field }: Column, value: Condition.Scalar): boolean =>
  field.kind === "enum" ? typeof value === "string" && !Text.isUnstorable(value) : Kinds.isValue(field, value)

/** True for a column that holds one value: a list is never equal to one. */
const isScalar = ({ field }: Column): boolean => !Kinds.kinds[field.kind].isStructured

const isEqual = (column: Column, value: Condition.Scalar, parameters: Parameters): string => {
  const given = parameters.add(value)
  const same = `${column.name} = ${given}`
  return column.isDigested ? `(itsm_digest(${column.name}) = itsm_digest(${given}) AND ${same})` : same
}

const listOf = (values: ReadonlyArray<Condition.Scalar>, parameters: Parameters): string =>
  `${parameters.add(values.map(String))}::text[]`

const compileIn = (column: Column, values: ReadonlyArray<Condition.Scalar>, parameters: Parameters): string => {
  const possible = values.filter((value) => value !== null && fits(column, value))
  if (possible.length === 0) return "FALSE"
  if (possible.length === 1) return isEqual(column, possible[0]!, parameters)
  return `${column.name} = ANY(${listOf(possible, parameters)}::${column.sql.type}[])`
}

const compileContains = (column: Column, value: string, parameters: Parameters): string => {
  if (column.field.kind !== "text" && column.field.kind !== "enum") {
    throw new Error(`"contains" asks for a text, and ${column.field.name} is none.`)
  }
  if (Text.isUnstorable(value)) return "FALSE"
  return `strpos(itsm_fold(${column.name}), ${parameters.add(Order.foldCase(value))}) > 0`
}

/** An item of a list: the operators are those that an index of items serves. */
const compileHas = (
  column: Column,
  sign: "@>" | "&&",
  values: ReadonlyArray<Condition.Scalar>,
  parameters: Parameters
): string => {
  if (column.field.kind !== "ids" && column.field.kind !== "texts")
    throw new Error(`"has" asks for an item of a list, and ${column.field.name} is none.`)
  const possible = values.filter((value) => value !== null && fits(column, value))
  if (possible.length === 0) return "FALSE"
  return `${column.name} ${sign} ${listOf(possible, parameters)}::${column.sql.type}`
}

const signs = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const

const compileOrder = (
  column: Column,
  op: keyof typeof signs,
  value: Condition.Scalar,
  parameters: Parameters
): string => {
  const { kind, name } = column.field
  if (Kinds.kinds[kind].order === undefined) throw new Error(`${name} has no order.`)
  if (kind === "integer" && Number.isFinite(value) && !Number.isSafeInteger(value))
    return `${column.name} ${signs[op]} ${parameters.add(value)}::numeric`
  return value !== null && fits(column, value) ? `${column.name} ${signs[op]} ${parameters.add(value)}` : "FALSE"
}

type Leaf = Extract<Condition.Condition, { readonly op: string }>

const compileLeaf = (column: Column, leaf: Leaf, parameters: Parameters): string => {
  if (column.field.kind === "json" && leaf.op !== "isNull") throw new Error(`${column.field.name} is a document.`)
  switch (leaf.op) {
    case "isNull":
      return `${column.name} IS ${leaf.value ? "" : "NOT "}NULL`
    case "eq":
      return leaf.value !== null && isScalar(column) && fits(column, leaf.value)
        ? isEqual(column, leaf.value, parameters)
        : "FALSE"
    case "ne":
      if (leaf.value === null) return `${column.name} IS NOT NULL`
      return isScalar(column) && fits(column, leaf.value)
        ? `${column.name} IS DISTINCT FROM ${parameters.add(leaf.value)}`
        : "TRUE"
    case "in":
      return isScalar(column) ? compileIn(column, leaf.value, parameters) : "FALSE"
    case "has":
      return compileHas(column, "@>", [leaf.value], parameters)
    case "hasAny":
      return compileHas(column, "&&", leaf.value, parameters)
    case "contains":
      return compileContains(column, leaf.value, parameters)
    default:
      return compileOrder(column, leaf.op, leaf.value, parameters)
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
