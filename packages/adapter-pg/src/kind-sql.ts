import type { Kinds } from "@itsm/core/kernel"

/** How a kind of field lies in its column. */
export interface KindSql {
  /** The type of the column in `jsonb_to_record` and casts. */
  readonly type: string
  /** The same in its table, where that says more. */
  readonly declared?: string
  /** The column as a record has it. */
  readonly select: (column: string) => string
  /** What the driver's value is as a record has it. */
  readonly read?: (value: unknown) => unknown
}

const itself = (column: string) => column
const asNumber = (column: string) => `${column}::float8`

const text: KindSql = { type: "text", declared: `text COLLATE "C"`, select: itself }

export const kindsSql: Readonly<Record<Kinds.LeafKind, KindSql>> = {
  text,
  enum: text,
  integer: { type: "bigint", select: asNumber },
  decimal: { type: "numeric", select: asNumber },
  boolean: { type: "boolean", select: itself },
  instant: {
    type: "timestamptz",
    declared: "timestamptz(3)",
    select: itself,
    read: (value) => (value as Date).toISOString()
  },
  date: { type: "date", select: (column) => `to_char(${column}, 'YYYY-MM-DD')` },
  id: { type: "uuid", select: itself },
  ids: { type: "uuid[]", select: itself },
  texts: { type: "text[]", select: itself },
  json: { type: "jsonb", select: itself }
}
