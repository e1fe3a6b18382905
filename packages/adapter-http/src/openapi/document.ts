import type { Catalogue } from "@itsm/core/kernel"
import type { Endpoint } from "../endpoint.ts"
import { relationsOf } from "../list/relations.ts"
import { type Resource, resourcesOf } from "../resource/resource.ts"
import { componentsOf, forms } from "./components.ts"
import type { JsonSchema } from "./json-schema.ts"
import { shareParameters } from "./shared-parameters.ts"
import { operationOf } from "./operation.ts"
import { commonResponse, problemSchema } from "./problems.ts"
import { dryRunSchema, includedSchema, pageSchema, recordExample, recordSchema, shownSchema } from "./records.ts"

export interface DocumentSettings {
  readonly title?: string
  readonly version?: string
  /** Where the paths of the document begin: the server's public URL. */
  readonly serverUrl?: string
  readonly basePath: string
}

const text: JsonSchema = { type: "string" }
const etag: JsonSchema = { type: "string", pattern: '^"[1-9][0-9]*"$' }

const header = (description: string, schema: JsonSchema = text) => ({ description, schema })

const headers = {
  "X-Request-Id": header("The caller's id of the request, or a new one."),
  "RateLimit-Policy": header("The limits that cover the request, by name: how many (`q`) in how many seconds (`w`)."),
  RateLimit: header("What is left of them (`r`), and for how many seconds (`t`)."),
  ETag: header("The version of the record.", etag),
  Location: header("The path of what was made."),
  "Dry-Run": header("`true` where nothing was stored."),
  "Idempotency-Replayed": header("`true` where the answer is the first one again."),
  "Retry-After": header("Seconds to wait.", { type: "integer", minimum: 1 }),
  "WWW-Authenticate": header("`Bearer`")
}

const parameter = (name: string, description: string, required: boolean, schema: JsonSchema = text) => ({
  name,
  in: "header",
  description,
  required,
  schema
})

const ifMatch = "The ETags that the change is made for; another version is answered with 412."
const parameters = {
  "X-Request-Id": parameter("X-Request-Id", "An id for the request, which comes back and stands in the logs.", false, {
    type: "string",
    pattern: "^[A-Za-z0-9._-]{8,64}$"
  }),
  "Idempotency-Key": parameter(
    "Idempotency-Key",
    "The same key and body within 24 hours get the first answer again.",
    false,
    { type: "string", minLength: 1, maxLength: 255, pattern: "^[!-~]+$" }
  ),
  "If-Match": parameter("If-Match", ifMatch, false),
  "If-Match-Required": parameter("If-Match", `${ifMatch} Without it: 428.`, true),
  "If-None-Match": parameter("If-None-Match", "ETags that the caller has; for one of them the answer is 304.", false)
}

const recordSchemas = (resource: Resource, relations: Parameters<typeof recordSchema>[1], definition: JsonSchema) => {
  const name = resource.entity.name as string
  return [
    [`${name}Shown`, shownSchema(definition, resource)],
    [name, recordSchema(resource, relations)],
    [`${name}Page`, pageSchema(resource)],
    [`${name}DryRun`, dryRunSchema(name)],
    [`${name}Included`, includedSchema(name)]
  ] as const
}

const reachable = (
  root: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>
): Readonly<Record<string, JsonSchema>> => {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = schemas[name]
      if (schema === undefined || found.has(name)) continue
      found.add(name)
      visit(schema)
    }
  }
  visit(root)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => found.has(name)))
}

/** The OpenAPI 3.1 document of a table of endpoints. */
export const documentOf = <R>(
  catalogue: Catalogue.Catalogue,
  table: ReadonlyArray<Endpoint<R>>,
  settings: DocumentSettings
): JsonSchema => {
  const resources = resourcesOf(catalogue)
  const endpoints = table as ReadonlyArray<Endpoint<never>>
  const components = componentsOf([
    ...[...resources.values()].map(({ entity }) => entity.json),
    ...endpoints.flatMap(({ body, response }) => [
      ...(body === undefined ? [] : [body.schema]),
      ...(response.kind === "schema" ? [response.schema] : [])
    ])
  ])
  const known = (name: string) => resources.get(name)?.entity
  const records = [...resources.values()].flatMap((resource) =>
    recordSchemas(
      resource,
      relationsOf(resource.entity, known).values(),
      components.definitions[resource.entity.name] ?? {}
    )
  )
  const schemas = { ...components.definitions, ...forms, ...Object.fromEntries(records), Problem: problemSchema }
  const examples = Object.fromEntries(
    [...resources.values()].flatMap((resource) => {
      const record = recordExample(resource)
      return [
        [resource.entity.name as string, { value: record }],
        [`${resource.entity.name}Page`, { value: { items: [], nextCursor: null } }]
      ]
    })
  )
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const responses: Record<string, JsonSchema> = { Any: commonResponse }
  for (const endpoint of endpoints) {
    const { operation, shared } = operationOf(endpoint, components)
    const item = (paths[settings.basePath + endpoint.path] ??= {})
    item[endpoint.method.toLowerCase()] = operation
    for (const [name, response] of shared) responses[name] = response
  }
  const sharedParameters = shareParameters(Object.values(paths).flatMap((item) => Object.values(item)))
  return {
    openapi: "3.1.0",
    info: {
      title: settings.title ?? "ITSM",
      version: settings.version ?? "1.0.0",
      description:
        "IT service management over HTTP. A parameter with `x-filter-operators` is a filter: `field=value` finds the records with this value, `field[operator]=value` those that compare so."
    },
    servers: [{ url: settings.serverUrl ?? "/" }],
    security: [{ bearer: [] }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        ...(endpoints.some(({ access }) => access === "token")
          ? { link: { type: "http", scheme: "bearer", description: "The secret of a link, which names one record." } }
          : {})
      },
      headers,
      parameters: { ...parameters, ...sharedParameters },
      responses,
      examples,
      schemas: reachable({ paths, responses }, schemas)
    }
  }
}
