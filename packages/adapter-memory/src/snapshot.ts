import { type Entity, Kinds } from "@itsm/core/kernel"

const freeze = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map((item) => (item === undefined ? null : freeze(item))))
  const copy: Record<string, unknown> = { ...value }
  for (const key in copy) {
    const item = copy[key]
    if (item === undefined) delete copy[key]
    else if (typeof item === "object" && item !== null) copy[key] = freeze(item)
  }
  return Object.freeze(copy)
}

interface Plan {
  readonly names: ReadonlyArray<string>
  /** Those that hold objects and lists. */
  readonly structured: ReadonlyArray<string>
  /** Those that must have a value that is not JSON. */
  readonly required: ReadonlyArray<string>
}

const plans = new WeakMap<Entity.AnyEntity, Plan>()

const planOf = (entity: Entity.AnyEntity): Plan => {
  let plan = plans.get(entity)
  if (plan === undefined) {
    const namesOf = (fields: Entity.AnyEntity["fields"]) => fields.map(({ name }) => name)
    plan = {
      names: namesOf(entity.fields),
      structured: namesOf(entity.fields.filter(({ kind }) => Kinds.kinds[kind].isStructured)),
      required: namesOf(entity.fields.filter(({ kind, nullable }) => kind !== "json" && !nullable))
    }
    plans.set(entity, plan)
  }
  return plan
}

/**
 * The fields of the entity as they are stored: a frozen copy that shares nothing with the caller's object. A list or an
 * object that did not change is taken over from `before`. Dies where a field is missing that must have a value.
 */
export const snapshot = (
  entity: Entity.AnyEntity,
  record: Entity.Writable,
  before?: Entity.AnyRecord
): Entity.AnyRecord => {
  const { names, structured, required } = planOf(entity)
  let kept: Record<string, unknown> = { ...record }
  const values = Object.values(kept)
  if (values.length !== names.length || values.includes(undefined))
    kept = Object.fromEntries(names.map((name) => [name, record[name] ?? null]))
  for (const name of required)
    if (kept[name] === null || kept[name] === undefined) throw new Error(`${entity.name}.${name} must have a value.`)
  for (const name of structured) {
    const value = kept[name]
    if (typeof value === "object" && value !== before?.[name]) kept[name] = freeze(value)
  }
  return Object.freeze(kept) as Entity.AnyRecord
}
