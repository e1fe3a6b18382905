import type { Entity } from "@itsm/core/kernel"

const freeze = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map((item) => (item === undefined ? null : freeze(item))))
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const item = (value as Readonly<Record<string, unknown>>)[key]
    if (item === undefined) continue
    if (key === "__proto__") Object.defineProperty(copy, key, { value: freeze(item), enumerable: true })
    else copy[key] = freeze(item)
  }
  return Object.freeze(copy)
}

/**
 * The fields of the entity as they are stored: a frozen copy that shares nothing with the caller's object. JSON that did
 * not change is taken over from `before`. Dies where a field is missing that must have a value.
 */
export const snapshot = (
  entity: Entity.AnyEntity,
  record: Entity.AnyRecord,
  before?: Entity.AnyRecord
): Entity.AnyRecord => {
  const kept: Record<string, unknown> = { ...record }
  for (const { name, kind, nullable } of entity.fields) {
    const value = kept[name]
    if (value === undefined) kept[name] = null
    if (kind === "json") {
      if (typeof value === "object" && value !== before?.[name]) kept[name] = freeze(value)
    } else if ((value === undefined || value === null) && !nullable)
      throw new Error(`${entity.name}.${name} must have a value.`)
  }
  const names = Object.keys(kept)
  if (names.length > entity.fields.length)
    for (const name of names) if (entity.field(name) === undefined) delete kept[name]
  return Object.freeze(kept) as Entity.AnyRecord
}
