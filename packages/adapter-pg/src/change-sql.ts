import type { Store } from "@itsm/core/kernel"
import { compile, type Parameters } from "./condition-sql.ts"
import { type Layout, layoutOf, quote, searchColumn } from "./row.ts"

/** The kinds of change whose SQL depends on the entity alone. */
export type Fixed = Exclude<Store.Change["kind"], "add">

const words = `array_to_tsvector(string_to_array(x."~words", ' '))`

/** The values of a record, as an expression for each column. */
const assignments = ({ columns, entity }: Layout) => [
  ...columns.map(({ name, field }) => ({
    name,
    value:
      field.kind === "json" && !field.nullable ? `COALESCE(x.${quote(field.name)}, 'null')` : `x.${quote(field.name)}`
  })),
  ...(entity.search.length === 0 ? [] : [{ name: searchColumn, value: words }])
]

const source = ({ columns, entity }: Layout, isOne: boolean, parameter: string) => {
  const list = columns.map(({ field, sql }) => `${quote(field.name)} ${sql.type}`)
  if (entity.search.length > 0) list.push(`"~words" text`)
  return `${isOne ? "jsonb_to_record" : "jsonb_to_recordset"}(${parameter}::jsonb) AS x(${list.join(", ")})`
}

const insertSql = (layout: Layout, isOne: boolean, parameter: string) => {
  const all = assignments(layout)
  return `INSERT INTO ${layout.table} (${all.map(({ name }) => name).join(", ")}) SELECT ${all.map(({ value }) => value).join(", ")} FROM ${source(layout, isOne, parameter)}`
}

const found = `t."organization_id" = x."organizationId" AND t."id" = x."id"`

/** The column that the work of a queue is put and dropped by. */
const keyOf = (layout: Layout) => layout.column(layout.entity.queue.key!)

/** The change of one record, or of a list of them, that a JSON parameter holds. */
export const partSql = (kind: Fixed, layout: Layout, isOne: boolean, parameter: string): string => {
  const { table } = layout
  const isLog = layout.entity.role === "log"
  switch (kind) {
    case "insert":
      return `${insertSql(layout, isOne, parameter)} RETURNING 1`
    case "put": {
      const set = assignments(layout).map(({ name }) => `${name} = EXCLUDED.${name}`)
      return `${insertSql(layout, isOne, parameter)} ON CONFLICT ("organization_id", ${keyOf(layout).name}) DO UPDATE SET ${set.join(", ")} RETURNING 1`
    }
    case "update": {
      const set = assignments(layout)
        .filter(({ name }) => name !== `"id"` && name !== `"organization_id"`)
        .map(({ name, value }) => `${name} = ${value}`)
      return `UPDATE ${table} t SET ${set.join(", ")} FROM ${source(layout, isOne, parameter)} WHERE ${found} AND t."version" = x."version" - 1 RETURNING t."id"`
    }
    case "consume":
      return `DELETE FROM ${table} t USING ${source(layout, isOne, parameter)} WHERE ${found}${isLog ? "" : ` AND t."version" = x."version"`} RETURNING t."id"`
    case "drop": {
      const { name, field } = keyOf(layout)
      return `DELETE FROM ${table} t USING ${source(layout, isOne, parameter)} WHERE t."organization_id" = x."organizationId" AND t.${name} = x.${quote(field.name)} RETURNING 1`
    }
  }
}

const refusal = (code: string, entity: string, id: string) => `itsm_refuse('${code}', '${entity}', ${id})`

/** Raises, where not every record of the group was found at its version, with the id of one that was not. */
export const checkSql = (at: number, entity: string, isOne: boolean): string => {
  const items = `jsonb_array_elements($${at}::jsonb)`
  return isOne
    ? `CASE WHEN NOT EXISTS (SELECT FROM c${at}) THEN ${refusal("IT001", entity, `$${at}::jsonb ->> 'id'`)} END`
    : `CASE WHEN (SELECT count(*) FROM c${at}) <> jsonb_array_length($${at}::jsonb) THEN ${refusal("IT001", entity, `(SELECT e ->> 'id' FROM ${items} e WHERE NOT EXISTS (SELECT FROM c${at} WHERE c${at}."id" = (e ->> 'id')::uuid) LIMIT 1)`)} END`
}

/** Adds to counters of a record where its condition holds; with the check that it did. */
export const addSql = (
  organizationId: string,
  change: Extract<Store.Change, { kind: "add" }>,
  at: string,
  parameters: Parameters
) => {
  const layout = layoutOf(change.entity)
  const sums = Object.entries(change.by).map(([field, by]) => {
    const { name } = layout.column(field)
    return `${name} = COALESCE(${name}, 0) + ${parameters.add(by)}`
  })
  const id = parameters.add(change.id)
  const test = `"organization_id" = ${parameters.add(organizationId)} AND "id" = ${id}::uuid AND ${compile(layout, change.where, parameters)}`
  return {
    part: `${at} AS (UPDATE ${layout.table} SET ${sums.join(", ")}, "version" = "version" + 1 WHERE ${test} RETURNING "id")`,
    check: `CASE WHEN NOT EXISTS (SELECT FROM ${at}) THEN ${refusal("IT002", change.entity.name, `${id}::uuid::text`)} END`
  }
}
