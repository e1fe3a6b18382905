import { JsonSchema as Convert, Schema, SchemaRepresentation } from "effect"
import type { AnyCodec } from "../endpoint.ts"
import type { JsonSchema } from "./json-schema.ts"

type Properties = Readonly<Record<string, JsonSchema>>

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const id: JsonSchema = {
  type: "string",
  format: "uuid",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
  description: "A UUID in lower case."
}

/** The forms of values that nearly every record has. */
export const forms: Readonly<Record<string, JsonSchema>> = {
  Id: id,
  IdOrNull: { anyOf: [{ $ref: "#/components/schemas/Id" }, { type: "null" }] },
  Instant: { type: "string", format: "date-time" },
  InstantOrNull: { anyOf: [{ $ref: "#/components/schemas/Instant" }, { type: "null" }] }
}

const written = new Map(
  Object.entries(forms).map(([name, form]) => [JSON.stringify(form), { $ref: `#/components/schemas/${name}` }])
)

const sameKeys = (a: JsonSchema, b: JsonSchema) => Object.keys(a).length === Object.keys(b).length

/** The schema by name, where it is one of those forms and says nothing else. */
const named = (schema: JsonSchema): JsonSchema => {
  const isId = schema["pattern"] === id["pattern"] && schema["format"] === "uuid" && sameKeys(schema, id)
  return written.get(JSON.stringify(isId ? id : schema)) ?? schema
}

/** Lifts what stands in `allOf` to where it belongs, where nothing contradicts it. */
const flatten = (schema: JsonSchema): JsonSchema => named(lifted(schema))

const lifted = (schema: JsonSchema): JsonSchema => {
  const { allOf, ...own } = mapParts(schema)
  if (!Array.isArray(allOf)) return own
  let whole: JsonSchema = own
  const kept: Array<JsonSchema> = []
  for (const part of allOf.filter(isSchema)) {
    const clashes = Object.keys(part).some((key) => key === "$ref" || (key !== "description" && key in whole))
    if (clashes) kept.push(part)
    else whole = { ...part, ...whole }
  }
  return kept.length === 0 ? whole : { ...whole, allOf: kept }
}

const mapParts = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === "enum" || key === "examples" || key === "const" || key === "default") return [key, value]
      if (key === "properties" || key === "patternProperties") {
        return [
          key,
          Object.fromEntries(Object.entries(value as Properties).map(([name, part]) => [name, flatten(part)]))
        ]
      }
      if (Array.isArray(value)) return [key, value.map((part) => (isSchema(part) ? flatten(part) : part))]
      return [key, isSchema(value) ? flatten(value) : value]
    })
  )

export interface Components {
  /** How a schema is written where it is used: a reference, where it has a name. */
  readonly of: (schema: AnyCodec) => JsonSchema
  readonly definitions: Readonly<Record<string, JsonSchema>>
}

/** The JSON Schemas of all of these, with the named ones apart. */
export const componentsOf = (schemas: ReadonlyArray<AnyCodec>): Components => {
  const distinct = [...new Set(schemas)]
  const [first, ...rest] = distinct.map((schema) => Schema.toCodecJson(schema).ast)
  if (first === undefined) return { of: () => ({}), definitions: {} }
  const multi = Convert.toMultiDocumentOpenApi3_1(
    SchemaRepresentation.toJsonSchemaMultiDocument(SchemaRepresentation.toRepresentations([first, ...rest]), {
      onExcessProperty: "error"
    })
  )
  const bySchema = new Map(distinct.map((schema, index) => [schema, flatten(multi.schemas[index] as JsonSchema)]))
  return {
    of: (schema) => bySchema.get(schema) ?? {},
    definitions: Object.fromEntries(Object.entries(multi.definitions).map(([name, schema]) => [name, flatten(schema)]))
  }
}
