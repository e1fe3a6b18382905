import { Audit, Entity } from "@itsm/core/kernel"
import { createHash } from "node:crypto"
import { columnName, layoutOf, quote, searchColumn } from "./row.ts"

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

/** True for an entity whose records are leased by `claim`. */
const isQueue = (entity: Entity.AnyEntity) =>
  entity.field("dueAt") !== undefined && entity.field("leaseUntil") !== undefined

const createTable = (entity: Entity.AnyEntity): string => {
  const { table, columns } = layoutOf(entity)
  const lines = columns.map(({ name, kind, nullable, type }) => {
    const full = type === "text" ? `text COLLATE "C"` : kind === "instant" ? "timestamptz(3)" : type
    return `${name} ${full}${nullable ? "" : " NOT NULL"}`
  })
  if (entity.search.length > 0) lines.push(`${searchColumn} tsvector NOT NULL`)
  if (entity.name === "Organization") lines.push(`CHECK ("organization_id" = "id")`)
  lines.push(`PRIMARY KEY ("organization_id", "id")`)
  return `CREATE TABLE ${table} (\n  ${lines.join(",\n  ")}\n)`
}

const createIndexes = (entity: Entity.AnyEntity): ReadonlyArray<string> => {
  const { table } = layoutOf(entity)
  const create = (fields: ReadonlyArray<string>, suffix: string, on: string) =>
    `CREATE INDEX ${quote(nameOf(entity, fields, suffix))} ON ${table} ${on}`
  const ofParent = entity.parent === undefined ? [] : [[entity.parent.field, "createdAt"]]
  const plain = [...new Map([...entity.indexes, ...ofParent].map((fields) => [fields.join(), fields])).values()]
  const isOrdered = plain.some((fields) => fields[0] === "createdAt")
  return [
    ...uniqueKeys(entity)
      .slice(1)
      .map(
        ({ name, fields, isEverywhere }) =>
          `CREATE UNIQUE INDEX ${quote(name)} ON ${table} (${isEverywhere ? "" : `"organization_id", `}${keyColumns(entity, fields)}) WHERE "deleted_at" IS NULL`
      ),
    ...plain.map((fields) => create(fields, "idx", `("organization_id", ${columnList([...fields, "id"])})`)),
    ...entity.indexesEverywhere.map((field) => create([field], "everywhere", `(${columnList([field, "id"])})`)),
    ...(isQueue(entity)
      ? [
          create(
            ["dueAt"],
            "queue",
            `("due_at", "id")${entity.field("processedAt") ? ` WHERE "processed_at" IS NULL` : ""}`
          )
        ]
      : isOrdered
        ? []
        : [create([], "list", `("organization_id", "created_at" DESC, "id" DESC) WHERE "deleted_at" IS NULL`)]),
    ...(entity.search.length > 0 ? [create([], "search", `USING gin (${searchColumn})`)] : [])
  ]
}

const createForeignKeys = (entity: Entity.AnyEntity, tableOf: (name: string) => string): ReadonlyArray<string> =>
  Entity.referenceFields(entity)
    .filter(({ name }) => name !== "organizationId" || entity.name !== "Organization")
    .map(
      ({ name, target }) =>
        `ALTER TABLE ${layoutOf(entity).table} ADD CONSTRAINT ${quote(nameOf(entity, [name], "fkey"))} ` +
        `FOREIGN KEY ("organization_id", ${columnList([name])}) REFERENCES ${tableOf(target)} ("organization_id", "id")`
    )

/** What is only ever added to. */
const isAppendOnly = (entity: Entity.AnyEntity) => entity.name === Audit.AuditLog.name

const protect = (entity: Entity.AnyEntity): string =>
  `SELECT itsm_protect('${entity.table}'${isAppendOnly(entity) ? ", true" : ""})`

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
    ...entities.flatMap((entity) => [createTable(entity), ...createIndexes(entity)]),
    ...entities.flatMap((entity) => createForeignKeys(entity, tableOf)),
    ...entities.map(protect)
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
