import { Option } from "effect"
import type { Operator, Scalar } from "./condition.ts"
import { isId } from "./id.ts"
import { parseInstant } from "./instant.ts"
import { isLocalDate } from "./local-date.ts"
import { isUnstorable } from "./text.ts"

/** The kinds of field whose value is kept as one: as a text, a number, a list, a document. */
export type LeafKind =
  | "text"
  | "integer"
  | "decimal"
  | "boolean"
  | "instant"
  | "date"
  | "id"
  | "enum"
  | "ids"
  | "texts"
  | "json"

/** The kinds of field whose value has parts, each of which is asked for and sorted by under a path of its own. */
export type PartedKind = "money" | "ref"

export type Kind = LeafKind | PartedKind

/** What of a field, beside its kind, decides which values it can have. */
export interface Facts {
  readonly kind: Kind
  readonly literals: ReadonlyArray<string> | undefined
}

type JsonSchema = Readonly<Record<string, unknown>>

/** Everything that the kernel and the interfaces know of a kind of field. */
export interface KindOfField {
  /** What can be asked of such a field. */
  readonly operators: ReadonlyArray<Operator>
  /** True for a value that such a field, or an item of its list, can be compared with. */
  readonly isValue: (value: unknown, field: Facts) => boolean
  /** Such a value as a text says it in a query; `undefined` for a text that says none. */
  readonly parse: (text: string, field: Facts) => Scalar | undefined
  /** What such a text must be. */
  readonly wanted: string
  readonly jsonSchema: (field: Facts) => JsonSchema
  /** How records are sorted by such a field: by its value, by its text without regard to case, or not at all. */
  readonly order: "plain" | "folded" | undefined
  /** True for a value that is an object or a list. */
  readonly isStructured: boolean
}

const equality: ReadonlyArray<Operator> = ["eq", "ne", "in"]
const comparison: ReadonlyArray<Operator> = ["gt", "gte", "lt", "lte"]
const membership: ReadonlyArray<Operator> = ["has", "hasAny", "isNull"]

const isText = (value: unknown): value is string => typeof value === "string" && !isUnstorable(value)
const sameIf =
  (test: (text: string, field: Facts) => boolean): KindOfField["parse"] =>
  (text, field) =>
    test(text, field) ? text : undefined

const scalar = { order: "plain", isStructured: false } as const

const text: KindOfField = {
  ...scalar,
  operators: [...equality, ...comparison, "contains", "isNull"],
  isValue: isText,
  parse: (value) => value,
  wanted: "must be a text",
  jsonSchema: () => ({ type: "string" }),
  order: "folded"
}

const id: KindOfField = {
  ...scalar,
  operators: [...equality, "isNull"],
  isValue: (value) => typeof value === "string" && isId(value),
  parse: sameIf(isId),
  wanted: "must be an id",
  jsonSchema: () => ({ type: "string", format: "uuid" })
}

const list = { operators: membership, order: undefined, isStructured: true } as const

const unasked: KindOfField = {
  operators: [],
  isValue: () => false,
  parse: () => undefined,
  wanted: "cannot be filtered",
  jsonSchema: () => ({}),
  order: undefined,
  isStructured: true
}

const isAmong = (value: unknown, { literals }: Facts) => literals?.includes(String(value)) === true

/** The one table of kinds: what can be asked, said, sorted and shown of a field follows from its row here. */
export const kinds: Readonly<Record<Kind, KindOfField>> = {
  text,
  integer: {
    ...scalar,
    operators: [...equality, ...comparison, "isNull"],
    isValue: Number.isSafeInteger,
    parse: (value) => (/^-?\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined),
    wanted: "must be a whole number",
    jsonSchema: () => ({ type: "integer" })
  },
  decimal: {
    ...scalar,
    operators: [...equality, ...comparison, "isNull"],
    isValue: Number.isFinite,
    parse: (value) => {
      const number = Number(value)
      return /^-?\d{1,309}(\.\d{1,340})?(e[+-]?\d{1,3})?$/i.test(value) && Number.isFinite(number) ? number : undefined
    },
    wanted: "must be a number",
    jsonSchema: () => ({ type: "number" })
  },
  boolean: {
    ...scalar,
    operators: ["eq", "ne", "isNull"],
    isValue: (value) => typeof value === "boolean",
    parse: (value) => (value === "true" ? true : value === "false" ? false : undefined),
    wanted: "must be true or false",
    jsonSchema: () => ({ type: "boolean" })
  },
  instant: {
    ...scalar,
    operators: [...equality, ...comparison, "isNull"],
    isValue: (value) => typeof value === "string" && Option.getOrUndefined(parseInstant(value)) === value,
    parse: (value) => Option.getOrUndefined(parseInstant(value)),
    wanted: "must be an RFC 3339 date and time",
    jsonSchema: () => ({ type: "string", format: "date-time" })
  },
  date: {
    ...scalar,
    operators: [...equality, ...comparison, "isNull"],
    isValue: (value) => typeof value === "string" && isLocalDate(value),
    parse: sameIf(isLocalDate),
    wanted: "must be a date, as 2026-11-21",
    jsonSchema: () => ({ type: "string", format: "date" })
  },
  id,
  enum: {
    ...scalar,
    operators: [...equality, "isNull"],
    isValue: (value, field) => typeof value === "string" && isAmong(value, field),
    parse: sameIf(isAmong),
    wanted: "must be one of the field's values",
    jsonSchema: ({ literals }) => ({ type: "string", enum: literals ?? [] })
  },
  ids: { ...id, ...list },
  texts: { ...text, ...list },
  json: unasked,
  money: unasked,
  ref: unasked
}

/** True for a value that the field, or an item of its list, can be compared with. */
export const isValue = (field: Facts, value: unknown): boolean => kinds[field.kind].isValue(value, field)
