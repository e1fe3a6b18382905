import { Entity } from "@itsm/core/kernel"
import { createHash } from "node:crypto"
import { columnName, layoutOf, positionColumn, quote, searchColumn } from "./row.ts"

/** PostgreSQL cuts longer names off, and two of them could become one. */
const longestName = 63

/** `<table>_<columns>_<suffix>`, with a digest for its end where that is too long. */
const nameOf = (entity: Entity.AnyEntity, fields: ReadonlyArray<string>, suffix: string): string => {
  const name = [entity.table, ...fields.map(columnName), suffix].join("_")
  if (name.length <= longestName) return name
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8)
  return `${name.slice(0, longestName - digest.length - 1)}_${digest}`
}

export interface UniqueKey {
  readonly name: string
  readonly fields: ReadonlyArray<string>
  readonly isEverywhere: boolean
}

/** The unique keys of the table under the names of their indexes, the primary key first. */
export const uniqueKeys = (entity: Entity.AnyEntity): ReadonlyArray<UniqueKey> => [
  { name: `${entity.table}_pkey`, fields: ["id"], isEverywhere: false },
  ...entity.unique.map((fields) => ({ name: nameOf(entity, fields, "key"), fields, isEverywhere: false })),
  ...entity.uniqueEverywhere.map((fields) => ({ name: nameOf(entity, fields, "key"), fields, isEverywhere: true }))
]

const columnList = (fields: ReadonlyArray<string>) => fields.map((field) => quote(columnName(field))).join(", ")

const keyColumns = (entity: Entity.AnyEntity, fields: ReadonlyArray<string>) =>
  fields
    .map((field) => layoutOf(entity).column(field))
    .map(({ name, isDigested }) => (isDigested ? `itsm_digest(${name})` : name))
    .join(", ")

/** The parts of a field are there together, or null together. */
const wholeOrNull = (entity: Entity.AnyEntity): ReadonlyArray<string> =>
  entity.fields
    .filter(({ parts, nullable }) => parts.length > 0 && nullable)
    .map(({ name, parts }) => {
      const columns = columnList(parts.map((part) => part.name))
      return `CONSTRAINT ${quote(nameOf(entity, [name], "whole"))} CHECK (num_nulls(${columns}) IN (0, ${parts.length}))`
    })

/** Its parts are there together or not at all: that one is asked for is enough to find the record by the index. */
const isExternal = ([first]: ReadonlyArray<string>) => first === Entity.externalKey[0]

/** The index of a key: null is equal to null, and what is null in all of its fields is in no index. */
const createUnique = (entity: Entity.AnyEntity, { name, fields, isEverywhere }: UniqueKey): string => {
  const columns = fields.map((field) => layoutOf(entity).column(field))
  const isNullable = fields.length > 1 && !isExternal(fields) && columns.some(({ field }) => field.nullable)
  const isEmpty = isNullable && columns.every(({ field }) => field.nullable)
  const conditions = [
    ...(entity.field("deletedAt") === undefined ? [] : [`"deleted_at" IS NULL`]),
    ...(isExternal(fields) ? [`${quote(columnName(fields[0]!))} IS NOT NULL`] : []),
    ...(isEmpty ? [`num_nonnulls(${columnList(fields)}) > 0`] : [])
  ]
  return (
    `CREATE UNIQUE INDEX ${quote(name)} ON ${layoutOf(entity).table} ` +
    `(${isEverywhere ? "" : `"organization_id", `}${keyColumns(entity, fields)})` +
    (isNullable ? " NULLS NOT DISTINCT" : "") +
    (conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`)
  )
}

const isList = (entity: Entity.AnyEntity, [field, ...others]: ReadonlyArray<string>): boolean => {
  const kind = entity.field(field ?? "")?.kind
  return others.length === 0 && (kind === "ids" || kind === "texts")
}

const createTable = (entity: Entity.AnyEntity): string => {
  const { table, columns } = layoutOf(entity)
  const lines = columns.map(
    ({ name, field, sql }) => `${name} ${sql.declared ?? sql.type}${field.nullable ? "" : " NOT NULL"}`
  )
  lines.push(...wholeOrNull(entity))
  if (entity.search.length > 0) lines.push(`${searchColumn} tsvector NOT NULL`)
  if (entity.isSequenced) lines.push(`${positionColumn} bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint`)
  if (entity.isPlatform) lines.push(`CHECK ("organization_id" = "id")`)
  lines.push(`PRIMARY KEY ("organization_id", "id")`)
  return `CREATE TABLE ${table} (\n  ${lines.join(",\n  ")}\n)`
}

const createIndexes = (entity: Entity.AnyEntity): ReadonlyArray<string> => {
  const { table } = layoutOf(entity)
  const create = (fields: ReadonlyArray<string>, suffix: string, on: string) =>
    `CREATE INDEX ${quote(nameOf(entity, fields, suffix))} ON ${table} ${on}`
  const ofParent = entity.parent === undefined ? [] : [[entity.parent.field, "createdAt"]]
  const ofReaders = entity.readers.map((field) => [field])
  const all = [...entity.indexes, ...ofParent, ...ofReaders]
  const plain = [...new Map(all.map((fields) => [fields.join(), fields])).values()]
  const isOrdered = entity.field("createdAt") === undefined || plain.some((fields) => fields[0] === "createdAt")
  const present = entity.field("deletedAt") === undefined ? "" : ` WHERE "deleted_at" IS NULL`
  const { doneAt } = entity.queue
  return [
    ...uniqueKeys(entity)
      .slice(1)
      .map((key) => createUnique(entity, key)),
    ...plain.map((fields) =>
      isList(entity, fields)
        ? create(fields, "items", `USING gin (${columnList(fields)})`)
        : create(fields, "idx", `("organization_id", ${columnList([...fields, "id"])})`)
    ),
    ...entity.indexesEverywhere.map((field) => create([field], "everywhere", `(${columnList([field, "id"])})`)),
    ...(entity.role === "queue"
      ? [
          create(
            ["dueAt"],
            "queue",
            `("due_at", "id")${doneAt === undefined ? "" : ` WHERE ${columnList([doneAt])} IS NULL`}`
          )
        ]
      : isOrdered
        ? []
        : [create([], "list", `("organization_id", "created_at" DESC, "id" DESC)${present}`)]),
    ...(entity.isSequenced ? [create([], "sequence", `("organization_id", ${positionColumn}, "id")`)] : []),
    ...(entity.search.length > 0 ? [create([], "search", `USING gin (${searchColumn})`)] : [])
  ]
}

const createForeignKeys = (entity: Entity.AnyEntity, tableOf: (name: string) => string): ReadonlyArray<string> =>
  Entity.referenceFields(entity)
    .filter(({ name }) => name !== "organizationId" || !entity.isPlatform)
    .map(
      ({ name, target }) =>
        `ALTER TABLE ${layoutOf(entity).table} ADD CONSTRAINT ${quote(nameOf(entity, [name], "fkey"))} ` +
        `FOREIGN KEY ("organization_id", ${columnList([name])}) REFERENCES ${tableOf(target)} ("organization_id", "id")`
    )

/** Puts the table behind the wall between organizations; entries of a log can then only be added. */
const protect = (entity: Entity.AnyEntity): string => {
  const words = entity.role === "log" ? [", true", ...(entity.keptDays === undefined ? [] : [", true"])] : []
  return `SELECT itsm_protect('${entity.table}'${words.join("")})`
}

/**
 * The statements that make the tables of these entities, which may refer to each other and to those of `others`, behind
 * the wall between organizations: what the migrations must have made in the end.
 */
export const createAll = (
  entities: ReadonlyArray<Entity.AnyEntity>,
  others: ReadonlyArray<Entity.AnyEntity> = []
): ReadonlyArray<string> => {
  const tables = new Map([...others, ...entities].map((entity) => [entity.name, layoutOf(entity).table]))
  const tableOf = (name: string) => {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`No entity "${name}" is known.`)
    return table
  }
  return [
    ...entities.flatMap((entity) => [createTable(entity), ...createIndexes(entity), protect(entity)]),
    ...entities.flatMap((entity) => createForeignKeys(entity, tableOf))
  ]
}

/** The same as one text: what the migration of new entities, which refer to `others`, has to make. */
export const schemaOf = (
  entities: ReadonlyArray<Entity.AnyEntity>,
  others: ReadonlyArray<Entity.AnyEntity> = []
): string =>
  createAll(entities, others)
    .map((statement) => `${statement};\n`)
    .join("\n")
