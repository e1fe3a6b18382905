import { CustomPath, type Field } from "@itsm/core/kernel"
import { type KindSql, kindsSql } from "./kind-sql.ts"
import type { Column } from "./row.ts"

const text: KindSql = kindsSql.text
const number: KindSql = kindsSql.decimal

/** The function that reads a value of the kind out of the document, and null for one of another kind. */
const readers: Partial<Readonly<Record<Field.Kind, { readonly read: string; readonly sql: KindSql }>>> = {
  text: { read: "itsm_custom_text", sql: text },
  enum: { read: "itsm_custom_text", sql: text },
  integer: { read: "itsm_custom_integer", sql: number },
  decimal: { read: "itsm_custom_decimal", sql: number },
  boolean: { read: "itsm_custom_boolean", sql: kindsSql.boolean },
  // in their canonical texts, whose order is that of the days and moments
  date: { read: "itsm_custom_date", sql: text },
  instant: { read: "itsm_custom_instant", sql: text },
  texts: { read: "itsm_custom_texts", sql: kindsSql.texts }
}

/** The column, so to speak, of a field that an organization has added; `undefined` for any other field. */
export const customColumn = (field: Field.FieldInfo | undefined): Column | undefined => {
  const custom = field === undefined ? undefined : CustomPath.readCustomPath(field.name)
  const reader = custom === undefined ? undefined : readers[custom.kind]
  if (field === undefined || custom === undefined || reader === undefined) return undefined
  // a key is letters, digits and underscores: `readCustomPath` knows no other
  const name = `${reader.read}("custom_fields", '${custom.key}')`
  return { field: field as Field.Leaf, name, sql: reader.sql, isDigested: false, isExpression: true }
}
