import type { Endpoint, Parameter } from "../endpoint.ts"
import type { Components } from "./components.ts"
import * as Example from "./example.ts"
import type { JsonSchema } from "./json-schema.ts"
import { everywhere, possibleProblems, problemResponse } from "./problems.ts"

const parameter =
  (where: "path" | "query") =>
  ({ name, description, schema, required, ...extensions }: Parameter): JsonSchema => ({
    name,
    in: where,
    ...(description === undefined ? {} : { description }),
    schema,
    ...(where === "path" || required === true ? { required: true } : {}),
    ...extensions
  })

const hasVersion = ({ response }: Endpoint<never>) =>
  response.kind === "record" || (response.kind === "schema" && response.hasVersion === true)

const headerParameters = (endpoint: Endpoint<never>): ReadonlyArray<JsonSchema> => {
  const { command, method } = endpoint
  const names = [
    "X-Request-Id",
    ...(command?.takesKey === true ? ["Idempotency-Key"] : []),
    ...(command?.takesIfMatch === true ? [command.requiresIfMatch ? "If-Match-Required" : "If-Match"] : []),
    ...(method === "GET" && hasVersion(endpoint) ? ["If-None-Match"] : [])
  ]
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

const exampleRef = (name: string) => ({ examples: { example: { $ref: `#/components/examples/${name}` } } })

const contentOf = (
  endpoint: Endpoint<never>,
  components: Components
):
  | { readonly schema: JsonSchema; readonly example?: Readonly<Record<string, unknown>>; readonly type?: string }
  | undefined => {
  const { response } = endpoint
  switch (response.kind) {
    case "none":
      return undefined
    case "content":
      return { schema: { type: "string" }, example: { example: "…" }, type: response.mediaType }
    case "schema":
      return { schema: components.of(response.schema), example: { example: Example.ofAnswer(response.schema) } }
    case "page":
      return {
        schema: { $ref: `#/components/schemas/${response.entity}Page` },
        example: exampleRef(`${response.entity}Page`)
      }
    case "record": {
      const record = { $ref: `#/components/schemas/${response.entity}` }
      const schema =
        endpoint.command === undefined
          ? record
          : { anyOf: [record, { $ref: `#/components/schemas/${response.entity}DryRun` }] }
      return { schema, example: exampleRef(response.entity) }
    }
  }
}

const successHeaders = (endpoint: Endpoint<never>): JsonSchema => {
  const { status, command } = endpoint
  const names = [
    ...everywhere,
    ...(hasVersion(endpoint) ? ["ETag"] : []),
    ...((status === 201 || status === 202) && command !== undefined ? ["Location"] : []),
    ...(command === undefined ? [] : ["Dry-Run"]),
    ...(command?.takesKey === true ? ["Idempotency-Replayed"] : [])
  ]
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

const meanings: Readonly<Record<number, string>> = {
  200: "Done.",
  201: "Made.",
  202: "Accepted; it is done later.",
  204: "Done; there is nothing to say."
}

/** Who calls, where it is not whoever is signed in. */
const security: Readonly<Record<Endpoint["access"], JsonSchema>> = {
  actor: {},
  anonymous: { security: [] },
  token: { security: [{ link: [] }] }
}

const notModified: JsonSchema = {
  description: "The caller already has this version.",
  headers: { ETag: { $ref: "#/components/headers/ETag" } }
}

/** What answers with the same record, page or nothing share, where they say it in the same way. */
const sharedName = ({ response, status, method, command }: Endpoint<never>): string | undefined => {
  const way = `${status}.${command === undefined ? "" : "command."}${method.toLowerCase()}`
  if (response.kind === "none") return way
  return response.kind === "record" || response.kind === "page"
    ? `${response.entity}.${response.kind}.${way}`
    : undefined
}

/** One operation of the document, with the shared answers that it refers to. */
export const operationOf = (
  endpoint: Endpoint<never>,
  components: Components
): { readonly operation: JsonSchema; readonly shared: ReadonlyArray<readonly [string, JsonSchema]> } => {
  const content = contentOf(endpoint, components)
  const problems = [...possibleProblems(endpoint)].map(
    ([status, codes]) => [status, problemResponse(status, codes)] as const
  )
  const { body } = endpoint
  const isCached = endpoint.method === "GET" && hasVersion(endpoint)
  const answer = {
    description: meanings[endpoint.status] ?? "Done.",
    headers: successHeaders(endpoint),
    ...(content === undefined
      ? {}
      : { content: { [content.type ?? "application/json"]: { schema: content.schema, ...content.example } } })
  }
  const answerName = sharedName(endpoint)
  const success = answerName === undefined ? answer : { $ref: `#/components/responses/${answerName}` }
  const operation = {
    operationId: endpoint.id,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    ...security[endpoint.access],
    ...(endpoint.permission === null ? {} : { "x-permission": endpoint.permission }),
    parameters: [
      ...endpoint.params.map(parameter("path")),
      ...endpoint.query.map(parameter("query")),
      ...headerParameters(endpoint)
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: Object.fromEntries(
              body.mediaTypes.map((type) => [
                type,
                { schema: components.of(body.schema), example: Example.ofRequest(body.schema) }
              ])
            )
          }
        }),
    responses: {
      [endpoint.status]: success,
      ...(isCached ? { 304: { $ref: "#/components/responses/NotModified" } } : {}),
      ...Object.fromEntries(problems.map(([status, [name]]) => [status, { $ref: `#/components/responses/${name}` }])),
      default: { $ref: "#/components/responses/Any" }
    }
  }
  const shared = [
    ...problems.map(([, problem]) => problem),
    ...(answerName === undefined ? [] : [[answerName, answer] as const]),
    ...(isCached ? [["NotModified", notModified] as const] : [])
  ]
  return { operation, shared }
}
