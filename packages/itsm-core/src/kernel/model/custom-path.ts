import type { FieldInfo, Leaf } from "./field.ts"
import { isValue, type LeafKind } from "./kinds.ts"
import { CustomValue } from "./custom-values.ts"

/** The kinds of value that an organization's own fields can have, and the kind of field that each is asked for as. */
export const customKinds = {
  text: "text",
  integer: "integer",
  decimal: "decimal",
  boolean: "boolean",
  date: "date",
  instant: "instant",
  choice: "enum",
  texts: "texts"
} as const satisfies Readonly<Record<string, LeafKind>>
export type CustomKind = keyof typeof customKinds

/** The name of a field of an organization's own. */
export const customKey = /^[a-z][A-Za-z0-9_]{0,62}$/

const shape = /^custom\.([a-z][A-Za-z0-9_]{0,62}):(text|integer|decimal|boolean|date|instant|enum|texts)$/

/** The path under which a store finds a value: `custom.cost:decimal`. It says the kind, for a store has no definitions. */
export const customPath = (key: string, kind: CustomKind): string => `custom.${key}:${customKinds[kind]}`

/** What a path of this form names; `undefined` for another path. */
export const readCustomPath = (path: string): { readonly key: string; readonly kind: LeafKind } | undefined => {
  const [, key, kind] = shape.exec(path) ?? []
  return key === undefined ? undefined : { key, kind: kind as LeafKind }
}

/** A field of an organization's own, as it is asked for and sorted by. */
export const customField = (key: string, kind: LeafKind, literals?: ReadonlyArray<string>): Leaf => ({
  name: `custom.${key}:${kind}`,
  whole: "customFields",
  access: "open",
  kind,
  nullable: true,
  target: undefined,
  targets: [],
  isUnbound: false,
  literals,
  schema: CustomValue,
  initial: undefined,
  parts: []
})

/** The value in a record, or null where it has none or one of another kind, from a time when the key meant something else. */
export const customValue = (values: unknown, key: string, kind: LeafKind): unknown => {
  const value = (values as Readonly<Record<string, unknown>> | undefined)?.[key]
  if (value === undefined || value === null) return null
  if (kind === "texts") return Array.isArray(value) ? value : null
  if (kind === "enum") return typeof value === "string" ? value : null
  return isValue({ kind, literals: undefined }, value) ? value : null
}

/** A field by its path, those of an organization's own included. */
export const fieldAt = (
  entity: { readonly field: (path: string) => FieldInfo | undefined },
  path: string
): FieldInfo | undefined => {
  const field = entity.field(path)
  if (field !== undefined || entity.field("customFields") === undefined) return field
  const custom = readCustomPath(path)
  return custom === undefined ? undefined : customField(custom.key, custom.kind)
}
