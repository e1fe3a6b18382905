import { type Entity, type Field, Text } from "@itsm/core/kernel"
import { Schema } from "effect"

/** One column, and the field that it holds. */
export interface Column {
  readonly field: string
  /** Quoted. */
  readonly name: string
  readonly kind: Field.Kind
  readonly nullable: boolean
  /** The type in `jsonb_to_record` and casts; the column of a text has the collation "C" on top. */
  readonly type: string
  /** A text of a unique key that may be too long for an index, which then holds its digest. */
  readonly isDigested: boolean
}

/** How the records of an entity lie in their table. */
export interface Layout {
  readonly entity: Entity.AnyEntity
  /** Quoted. */
  readonly table: string
  readonly columns: ReadonlyArray<Column>
  /** Dies for a name that is no field of the entity: no text from outside becomes a part of a statement. */
  readonly column: (field: string) => Column
  /** All columns under the names of their fields. */
  readonly select: string
  /** Turns the rows of such a select into records, in place. */
  readonly toRecords: (rows: ReadonlyArray<Record<string, unknown>>) => ReadonlyArray<Entity.AnyRecord>
}

const types: Readonly<Record<Field.Kind, string>> = {
  text: "text",
  enum: "text",
  integer: "bigint",
  boolean: "boolean",
  instant: "timestamptz",
  id: "uuid",
  json: "jsonb"
}

/** The column beside the fields that holds the words of the searched ones. */
export const searchColumn = `"search_words"`

/** The column beside the fields that holds the transaction which added the row. */
export const positionColumn = `"position"`

export const quote = (name: string): string => `"${name.replaceAll(`"`, `""`)}"`

/** The name of the column that holds a field, unquoted. */
export const columnName = (field: string): string => Text.snakeCase(field)

const selected = ({ name, field, kind }: Column) => `${name}${kind === "integer" ? "::float8" : ""} AS ${quote(field)}`

/** No index takes more than 2,704 bytes of a row. */
const longestKey = 600

type Json = { readonly [key: string]: unknown }

/** The greatest `maxLength` in a JSON schema and its parts; 0 where there is none. */
const maxLength = (schema: Json): number => {
  const parts = [schema["anyOf"], schema["allOf"]].flatMap((list) => (Array.isArray(list) ? (list as Array<Json>) : []))
  return Math.max(Number(schema["maxLength"] ?? 0), ...parts.map(maxLength))
}

const isDigested = (entity: Entity.AnyEntity, info: Field.FieldInfo): boolean =>
  info.kind === "text" &&
  [...entity.unique, ...entity.uniqueEverywhere].flat().includes(info.name) &&
  maxLength(Schema.toJsonSchemaDocument(info.schema).schema) > longestKey

const build = (entity: Entity.AnyEntity): Layout => {
  const columns = entity.fields.map((info): Column => ({
    field: info.name,
    name: quote(columnName(info.name)),
    kind: info.kind,
    nullable: info.nullable,
    type: types[info.kind],
    isDigested: isDigested(entity, info)
  }))
  const byField = new Map(columns.map((column) => [column.field, column]))
  const instants = columns.filter(({ kind }) => kind === "instant").map(({ field }) => field)
  return {
    entity,
    table: quote(entity.table),
    columns,
    column: (field) => {
      const column = byField.get(field)
      if (column === undefined) throw new Error(`${entity.name} has no field "${field}".`)
      return column
    },
    select: columns.map(selected).join(", "),
    toRecords: (rows) => {
      for (const row of rows) {
        for (const field of instants) {
          const value = row[field]
          if (value !== null) row[field] = (value as Date).toISOString()
        }
      }
      return rows as unknown as ReadonlyArray<Entity.AnyRecord>
    }
  }
}

const layouts = new WeakMap<Entity.AnyEntity, Layout>()

export const layoutOf = (entity: Entity.AnyEntity): Layout => {
  let layout = layouts.get(entity)
  if (layout === undefined) layouts.set(entity, (layout = build(entity)))
  return layout
}
