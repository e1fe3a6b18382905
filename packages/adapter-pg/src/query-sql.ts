import { type Entity, Kinds, Order, Path, type Store } from "@itsm/core/kernel"
import { compile, Parameters } from "./condition-sql.ts"
import { type Layout, layoutOf, positionColumn } from "./row.ts"

export interface Statement {
  /** What stands in the `WITH` before the text. */
  readonly parts?: string
  readonly text: string
  readonly parameters: ReadonlyArray<unknown>
}

const inReach = (reach: Store.Reach, parameters: Parameters): string =>
  reach === "everywhere" ? "TRUE" : `"organization_id" = ${parameters.add(reach.organizationId)}`

export const get = (reach: Store.Reach, entity: Entity.AnyEntity, id: string): Statement => {
  const { select, table } = layoutOf(entity)
  return reach === "everywhere"
    ? { text: `SELECT ${select} FROM ${table} WHERE "id" = $1`, parameters: [id] }
    : {
        text: `SELECT ${select} FROM ${table} WHERE "organization_id" = $1 AND "id" = $2`,
        parameters: [reach.organizationId, id]
      }
}

interface Key {
  readonly field: string
  readonly isText: boolean
  readonly sql: string
  readonly nullable: boolean
  readonly direction: "asc" | "desc"
}

/** What a query is ordered by, the id last, in the direction of the first key. */
const keysOf = (layout: Layout, sort: Store.Query["sort"]): ReadonlyArray<Key> =>
  [...sort, { field: "id", direction: sort[0]?.direction ?? "asc" }].map(({ field, direction }) => {
    const { name, field: info, isExpression } = layout.column(field)
    const { order } = Kinds.kinds[info.kind]
    if (order === undefined) throw new Error(`${layout.entity.name}.${field} has no order.`)
    const isText = order === "folded"
    // with its table: ORDER BY would take a bare name for that of a selected expression, which no index has
    const column = isExpression ? name : `${layout.table}.${name}`
    return { field, isText, sql: isText ? `itsm_fold(${column})` : column, nullable: info.nullable, direction }
  })

// a column that is never null is ordered without a word on nulls: only then does an index of either direction serve
const orderBy = ({ sql, direction, nullable }: Key) =>
  `${sql} ${direction === "asc" ? "ASC" : "DESC"}${nullable && direction === "desc" ? " NULLS LAST" : ""}`

const sign = (key: Key) => (key.direction === "asc" ? ">" : "<")

/** True for the rows that come after the given sort values; null comes last in either direction. */
const isAfter = (keys: ReadonlyArray<Key>, after: ReadonlyArray<Order.SortValue>, parameters: Parameters): string => {
  if (keys.length !== after.length) throw new Error("The place to go on from does not have the keys of the order.")
  const places = after.map((value) => (value === null ? "NULL" : parameters.add(value)))
  const isOneRow = keys.every((key) => !key.nullable && key.direction === keys[0]!.direction)
  if (isOneRow) return `(${keys.map((key) => key.sql).join(", ")}) ${sign(keys[0]!)} (${places.join(", ")})`
  const steps = keys.flatMap((key, at) => {
    if (after[at] === null) return []
    const same = keys.slice(0, at).map((k, i) => (after[i] === null ? `${k.sql} IS NULL` : `${k.sql} = ${places[i]}`))
    const later = `${key.sql} ${sign(key)} ${places[at]}`
    return [[...same, key.nullable ? `(${later} OR ${key.sql} IS NULL)` : later].join(" AND ")]
  })
  const first = keys[0]!
  const bound = first.nullable ? "" : `${first.sql} ${sign(first)}= ${places[0]} AND `
  return `${bound}(${steps.map((step) => `(${step})`).join(" OR ")})`
}

export interface Find extends Statement {
  /** Makes a page of the rows, which are one more than asked for where there is a next page. */
  readonly toPage: (rows: ReadonlyArray<Record<string, unknown>>) => Store.Page<Entity.AnyRecord>
}

export const find = (reach: Store.Reach, entity: Entity.AnyEntity, query: Store.Query): Find => {
  const layout = layoutOf(entity)
  const parameters = new Parameters()
  const keys = keysOf(layout, query.sort)
  const where = [
    inReach(reach, parameters),
    compile(layout, query.where, parameters),
    ...(query.after === undefined ? [] : [isAfter(keys, query.after, parameters)])
  ]
  const order = keys.map(orderBy).join(", ")
  return {
    text: `SELECT ${layout.select} FROM ${layout.table} WHERE ${where.join(" AND ")} ORDER BY ${order} LIMIT ${query.limit + 1}`,
    parameters: parameters.values,
    toPage: (rows) => {
      const records = layout.toRecords(rows)
      if (records.length <= query.limit) return { items: records, next: null }
      const items = records.slice(0, query.limit)
      const last = items.at(-1)
      return {
        items,
        next:
          last === undefined ? null : keys.map(({ field, isText }) => Order.sortValue(Path.reader(field)(last), isText))
      }
    }
  }
}

/** Where a row stands: its transaction, and its id inside of it. */
const place = /^(\d+)-([0-9a-f-]{36})$/

/**
 * The rows after a position, as far as no transaction is running any more that could still add one before them: ids of
 * transactions rise, and the oldest that runs is the limit.
 */
export const since = (
  organizationId: string,
  entity: Entity.AnyEntity,
  position: string | null,
  limit: number
): Statement => {
  if (!entity.isSequenced) throw new Error(`${entity.name} is no sequence.`)
  const { select, table } = layoutOf(entity)
  const parameters = new Parameters()
  const own = `"organization_id" = ${parameters.add(organizationId)}`
  const from = position === null ? null : place.exec(position)
  if (position !== null && from === null) throw new Error(`"${position}" is no position.`)
  const after =
    from === null
      ? ""
      : ` AND (${positionColumn}, "id") > (${parameters.add(from[1]!)}::bigint, ${parameters.add(from[2]!)}::uuid)`
  return {
    text: `SELECT ${select}, ${positionColumn} || '-' || "id" AS "~position" FROM ${table} WHERE ${own}${after} AND ${positionColumn} < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY ${table}.${positionColumn}, ${table}."id" LIMIT ${limit}`,
    parameters: parameters.values
  }
}

export const count = (
  reach: Store.Reach,
  entity: Entity.AnyEntity,
  where: Store.Query["where"],
  upTo: number
): Statement => {
  const layout = layoutOf(entity)
  const parameters = new Parameters()
  const test = `${inReach(reach, parameters)} AND ${compile(layout, where, parameters)}`
  return {
    text: `SELECT count(*)::int AS "found" FROM (SELECT 1 FROM ${layout.table} WHERE ${test} LIMIT ${upTo}) x`,
    parameters: parameters.values
  }
}

/** One row with a boolean for each probe, under its number. */
export const exists = (reach: Store.Reach, probes: ReadonlyArray<Store.Probe>): Statement => {
  const parameters = new Parameters()
  const scope = inReach(reach, parameters)
  const answers = probes.map(({ entity, id, where }, at) => {
    const layout = layoutOf(entity)
    const test = `${scope} AND "id" = ${parameters.add(id)} AND ${compile(layout, where, parameters)}`
    return `EXISTS (SELECT FROM ${layout.table} WHERE ${test}) AS "${at}"`
  })
  return { text: `SELECT ${answers.join(", ")}`, parameters: parameters.values }
}

/** Leases what is due and free. Rows that another claim has locked are passed over, not waited for. */
export const claim = (
  entity: Entity.AnyEntity,
  where: Store.Query["where"],
  now: string,
  leaseUntil: string,
  limit: number
): Statement => {
  const layout = layoutOf(entity)
  const parameters = new Parameters()
  const at = parameters.add(now)
  const until = parameters.add(leaseUntil)
  const test = `"due_at" <= ${at} AND ("lease_until" IS NULL OR "lease_until" <= ${at}) AND ${compile(layout, where, parameters)}`
  return {
    parts: `due AS MATERIALIZED (
  SELECT "organization_id" AS o, "id" AS i FROM ${layout.table} WHERE ${test}
  ORDER BY "due_at", "id" LIMIT ${limit} FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE ${layout.table} SET "lease_until" = ${until}, "version" = "version" + 1 FROM due
  WHERE "organization_id" = due.o AND "id" = due.i RETURNING ${layout.select}
)`,
    text: "SELECT * FROM leased",
    parameters: parameters.values
  }
}

/** Takes a block of numbers from a sequence, which starts at 1. */
export const reserve = (organizationId: string, sequence: string, block: number): Statement => ({
  parts: `reserved AS (
  INSERT INTO number_sequences AS s (organization_id, sequence, next) VALUES ($1, $2, 1 + $3::bigint)
  ON CONFLICT (organization_id, sequence) DO UPDATE SET next = s.next + $3::bigint
  RETURNING (next - $3::bigint)::float8 AS "first"
)`,
  text: `SELECT * FROM reserved`,
  parameters: [organizationId, sequence, block]
})
