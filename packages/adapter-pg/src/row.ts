import { CustomPath, type Entity, type Field, Text } from "@itsm/core/kernel"
import { Schema } from "effect"
import { customColumn } from "./custom-sql.ts"
import { type KindSql, kindsSql } from "./kind-sql.ts"

/** One column, and the field, or the part of one, that it holds. */
export interface Column {
  readonly field: Field.Leaf
  /** Quoted. */
  readonly name: string
  readonly sql: KindSql
  /** A text of a unique key that may be too long for an index, which then holds its digest. */
  readonly isDigested: boolean
  /** The name is an expression over the row, and stands without that of a table. */
  readonly isExpression: boolean
}

/** How the records of an entity lie in their table. */
export interface Layout {
  readonly entity: Entity.AnyEntity
  /** Quoted. */
  readonly table: string
  readonly columns: ReadonlyArray<Column>
  /** By a field's name or path. Dies for what is no field of the entity: no text from outside becomes a part of a statement. */
  readonly column: (path: string) => Column
  /** A record with its columns side by side, as `jsonb_to_record` takes them. */
  readonly toRow: (record: Entity.Writable) => Readonly<Record<string, unknown>>
  /** All columns under the paths of their fields. */
  readonly select: string
  /** Turns the rows of such a select into records, in place. */
  readonly toRecords: (rows: ReadonlyArray<Record<string, unknown>>) => ReadonlyArray<Entity.AnyRecord>
}

/** The column beside the fields that holds the words of the searched ones. */
export const searchColumn = `"search_words"`

/** The column beside the fields that holds the transaction which added the row. */
export const positionColumn = `"position"`

export const quote = (name: string): string => `"${name.replaceAll(`"`, `""`)}"`

/** The name of the column that holds a field, or a part of one, unquoted. */
export const columnName = (path: string): string => Text.snakeCase(path.replace(".", "_"))

const selected = ({ name, field, sql }: Column) => `${sql.select(name)} AS ${quote(field.name)}`

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

/** Puts the parts of a field where the field was, and takes them together again. */
const partsOf = ({ fields }: Entity.AnyEntity) => {
  const parted = fields
    .filter(({ parts }) => parts.length > 0)
    .map(({ name, parts }) => ({
      name,
      parts: parts.map((part) => [part.name, part.name.slice(name.length + 1)] as const)
    }))
  return {
    apart: (record: Entity.Writable): Readonly<Record<string, unknown>> => {
      if (parted.length === 0) return record
      const row: Record<string, unknown> = { ...record }
      for (const { name, parts } of parted) {
        const value = row[name] as Readonly<Record<string, unknown>> | null
        delete row[name]
        for (const [path, part] of parts) row[path] = value?.[part] ?? null
      }
      return row
    },
    together: (row: Record<string, unknown>) => {
      for (const { name, parts } of parted) {
        row[name] =
          row[parts[0]![0]] === null ? null : Object.fromEntries(parts.map(([path, part]) => [part, row[path]]))
        for (const [path] of parts) delete row[path]
      }
    }
  }
}

const build = (entity: Entity.AnyEntity): Layout => {
  const columns = entity.leaves.map((field): Column => ({
    field,
    name: quote(columnName(field.name)),
    sql: kindsSql[field.kind],
    isDigested: isDigested(entity, field),
    isExpression: false
  }))
  const names = new Set(columns.map(({ name }) => name))
  if (names.size < columns.length) throw new Error(`Two fields of ${entity.name} have one column.`)
  const byPath = new Map(columns.map((column) => [column.field.name, column]))
  const readers = columns.flatMap(({ field, sql }) => (sql.read === undefined ? [] : [[field.name, sql.read] as const]))
  const { apart, together } = partsOf(entity)
  return {
    entity,
    table: quote(entity.table),
    columns,
    column: (path) => {
      const column = byPath.get(path) ?? customColumn(CustomPath.fieldAt(entity, path))
      if (column === undefined) throw new Error(`${entity.name} has no field "${path}".`)
      return column
    },
    select: columns.map(selected).join(", "),
    toRow: apart,
    toRecords: (rows) => {
      for (const row of rows) {
        for (const [path, read] of readers) {
          const value = row[path]
          if (value !== null) row[path] = read(value)
        }
        together(row)
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
