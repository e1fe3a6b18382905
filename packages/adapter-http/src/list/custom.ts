import { type Actor, Customized, type Entity, type Field, type Kernel, Kinds, Reader } from "@itsm/core/kernel"
import { Effect } from "effect"
import { filtersBy } from "./filters.ts"
import type { ListGrammar } from "./list-request.ts"

/** The fields that an organization has added to a kind of record, by the names that a query has for them: `custom.cost`. */
export type CustomFields = ReadonlyMap<string, Field.Leaf>

const none: CustomFields = new Map()

/** Those of the caller's organization; they are looked for only where the query names one. */
export const customFields = (
  kernel: Kernel.KernelShape,
  actor: Actor.Actor,
  entity: Entity.AnyEntity,
  search: string
): Effect.Effect<CustomFields> =>
  search.includes("custom.")
    ? Customized.customFieldsOf(kernel, Reader.make(kernel, actor), entity)
    : Effect.succeed(none)

/** The grammar with these fields beside those of the entity. */
export const customized = (grammar: ListGrammar, fields: CustomFields): ListGrammar => {
  if (fields.size === 0 || !grammar.selectable.has("customFields")) return grammar
  const filters = filtersBy(fields)
  const sortable = [...fields].filter(([, { kind }]) => Kinds.kinds[kind].order !== undefined)
  return {
    ...grammar,
    filters: new Map([...grammar.filters, ...filters]),
    sortable: new Map([...grammar.sortable, ...sortable.map(([name, field]) => [name, field.name] as const)]),
    isKnown: (key) => grammar.isKnown(key) || filters.has(key)
  }
}
