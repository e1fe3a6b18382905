import { Mask } from "@itsm/core/kernel"
import type { Relation } from "../list/relations.ts"
import type { Resource } from "../resource/resource.ts"
import * as Example from "./example.ts"
import type { JsonSchema } from "./json-schema.ts"

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

/** A record as it goes out: what a mask may keep from a caller is not always there. */
export const shownSchema = (definition: JsonSchema, { entity }: Resource): JsonSchema => {
  const { additionalProperties: _, required, ...open } = definition
  const always = new Set(Mask.baseFields(entity))
  return { ...open, required: ((required ?? []) as ReadonlyArray<string>).filter((name) => always.has(name)) }
}

/** What is shown of a kind of record: its fields, the actions of its state, and what `include` can put beside. */
export const recordSchema = (resource: Resource, relations: Iterable<Relation>): JsonSchema => {
  const { actions } = resource
  const more = {
    ...(actions === undefined
      ? {}
      : {
          allowedActions: {
            type: "array",
            items: actions.names.length === 0 ? { type: "string" } : { type: "string", enum: actions.names },
            description: "The actions that the caller may call now."
          }
        }),
    ...Object.fromEntries([...relations].map(({ name, entity }) => [name, ref(`${entity.name}Included`)]))
  }
  const shown = ref(`${resource.entity.name}Shown`)
  if (Object.keys(more).length === 0) return shown
  const required = actions === undefined ? {} : { required: ["allowedActions"] }
  return { allOf: [shown, { type: "object", properties: more, ...required }] }
}

export const recordExample = (resource: Resource): Readonly<Record<string, unknown>> => ({
  ...(Example.ofAnswer(resource.entity.json) as object),
  ...(resource.entity.field("deletedAt") === undefined ? {} : { deletedAt: null, deletedById: null }),
  ...(resource.actions === undefined ? {} : { allowedActions: resource.actions.names.slice(0, 1) })
})

export const pageSchema = (resource: Resource): JsonSchema => ({
  type: "object",
  required: ["items", "nextCursor"],
  properties: {
    items: { type: "array", items: ref(resource.entity.name) },
    nextCursor: { type: ["string", "null"], description: "The `cursor` of the next page; null on the last one." },
    total: { type: "integer", minimum: 0, maximum: 10_000, description: "Only with `count=true`." },
    totalIsLowerBound: { type: "boolean", description: "There are more than `total`." }
  }
})

/** A record beside the one that refers to it. */
export const includedSchema = (name: string): JsonSchema => ({
  anyOf: [ref(`${name}Shown`), { type: "null" }],
  description: "Only where `include` asks for it."
})

/** The answer to a dry run: what the record would be, and what would have happened. */
export const dryRunSchema = (name: string): JsonSchema => ({
  type: "object",
  required: ["resource", "events"],
  properties: {
    resource: ref(name),
    events: {
      type: "array",
      items: { type: "object", required: ["type", "data"], properties: { type: { type: "string" }, data: {} } }
    }
  }
})
