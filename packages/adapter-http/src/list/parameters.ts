import { CustomField, type Entity, type Field, Kinds } from "@itsm/core/kernel"
import type { Parameter } from "../endpoint.ts"
import type { JsonSchema } from "../openapi/json-schema.ts"
import type { Filter } from "./filters.ts"
import type { ListGrammar } from "./list-request.ts"
import { maxRelations } from "./relations.ts"
import { defaultLimit, maxLimit, maxSortKeys } from "./selection.ts"

const flag: JsonSchema = { type: "boolean", default: false }

/** A filter by equality, which also names the operators that the field takes: `priority[gte]`. The document says so once. */
const byEquality = (field: Field.Leaf, filters: ReadonlyArray<Filter>): Parameter => ({
  name: field.name,
  schema: Kinds.kinds[field.kind].jsonSchema(field),
  "x-filter-operators": filters.map(({ op }) => op).filter((op) => op !== "eq")
})

/** The filters of a list, which is equal to nothing: `tags[has]`. */
const byItem = ({ key, field, op }: Filter): Parameter => {
  switch (op) {
    case "isNull":
      return { name: key, description: `Records without, or with, \`${field.name}\`.`, schema: { type: "boolean" } }
    case "hasAny":
      return {
        name: key,
        description: `Records with one of these, with commas between them, in \`${field.name}\`.`,
        schema: { type: "string" }
      }
    default:
      return {
        name: key,
        description: `Records with this in \`${field.name}\`.`,
        schema: Kinds.kinds[field.kind].jsonSchema(field)
      }
  }
}

const filterParameters = (filters: ReadonlyArray<Filter>): ReadonlyArray<Parameter> =>
  filters.some(({ op }) => op === "eq") ? [byEquality(filters[0]!.field, filters)] : filters.map(byItem)

const names = (list: Iterable<string>) => [...list].map((name) => `\`${name}\``).join(", ")

const selection = ({ selectable, relations }: ListGrammar): ReadonlyArray<Parameter> => [
  {
    name: "fields",
    description: `The fields to show, with commas between them: ${names(selectable)}.`,
    schema: { type: "string" }
  },
  ...(relations.size === 0
    ? []
    : [
        {
          name: "include",
          description: `At most ${maxRelations} related records to show beside their ids: ${names(relations.keys())}.`,
          schema: { type: "string" }
        }
      ])
]

/** The query parameters of a single record. */
export const oneParameters = selection

/** The query parameters of a list, with every filter. */
export const listParameters = (grammar: ListGrammar): ReadonlyArray<Parameter> => [
  {
    name: "limit",
    description: "How many records at most.",
    schema: { type: "integer", minimum: 1, maximum: maxLimit, default: defaultLimit }
  },
  {
    name: "cursor",
    description: "`nextCursor` of the page before, with the same filter and order.",
    schema: { type: "string" }
  },
  { name: "count", description: "Adds `total`: exact up to 10,000.", schema: flag },
  {
    name: "sort",
    description: `At most ${maxSortKeys} fields with commas between them, \`-\` for descending; null comes last. One of ${names(grammar.sortable.keys())}.${ofTheirOwn(grammar.entity)}`,
    schema: { type: "string", default: "-createdAt" }
  },
  ...(grammar.entity.search.length === 0
    ? []
    : [
        {
          name: "q",
          description: `Records with all of these words in ${names(grammar.entity.search)}.`,
          schema: { type: "string", minLength: 1, maxLength: 200 }
        }
      ]),
  ...selection(grammar),
  {
    name: "includeDeleted",
    description: `Shows deleted records too; needs the permission \`${restoreOf(grammar.entity)}\`.`,
    schema: flag
  },
  ...[...Map.groupBy(grammar.filters.values(), ({ field }) => field.name).values()].flatMap(filterParameters)
]

/** What no document can list: it differs from organization to organization. */
const ofTheirOwn = (entity: Entity.AnyEntity) =>
  CustomField.takesCustomFields(entity) ? " Also `custom.<key>`, which filters too." : ""

const restoreOf = (entity: Entity.AnyEntity) => `${entity.resource}.restore`
