import { type Catalogue, type Command, Errors, Idempotency, Policy, Text } from "@itsm/core/kernel"
import { mayBeLeftOut } from "./body.ts"
import { dryRun, type Endpoint, jsonTypes, patchTypes, pathParameters, type RequestBody } from "./endpoint.ts"
import * as Cursor from "./list/cursor.ts"
import { grammarOf, type ListGrammar } from "./list/list-request.ts"
import { listParameters, oneParameters } from "./list/parameters.ts"
import { IdempotencyInProgress, InvalidCursor, InvalidIdempotencyKey, InvalidParameter } from "./refusal.ts"
import * as CommandCall from "./resource/command-call.ts"
import * as ReadCall from "./resource/read-call.ts"
import { type Place, placeOf } from "./resource/paths.ts"
import { queryEndpoint, questionsOf, uploadBody, uploadErrors } from "./query-endpoints.ts"
import { type Resource, type Resources, resourcesOf } from "./resource/resource.ts"

const bodyOf = (command: Command.AnyCommand): RequestBody | undefined => {
  if (command.kind === "remove" || command.kind === "restore") return undefined
  const isPatch = command.kind === "update"
  if (command.upload !== undefined) return uploadBody(command.upload)
  return {
    schema: command.input,
    required: isPatch || command.kind !== "action" || !mayBeLeftOut(command.decode),
    mediaTypes: isPatch ? patchTypes : jsonTypes
  }
}

const shellErrorsOf = ({ kind, upload }: Command.AnyCommand) => [
  ...sharedErrors,
  ...(kind === "create" || kind === "collection" ? [] : [Errors.NotFound]),
  ...(upload === undefined ? [] : uploadErrors)
]

const sharedErrors = [
  Errors.ValidationFailed,
  Errors.PermissionDenied,
  Errors.Duplicate,
  Errors.Contention,
  InvalidParameter
]

const commandEndpoint = (
  resources: Resources,
  resource: Resource,
  command: Command.AnyCommand,
  placed: Place,
  id: string
): Endpoint => {
  const body = bodyOf(command)
  const changesShared =
    resource.entity.role === "configuration" && (command.kind === "update" || command.kind === "remove")
  const takesIfMatch = command.kind !== "create" && command.kind !== "collection"
  const takesKey = placed.method === "POST"
  return {
    id,
    tag: resource.tag,
    ...placed,
    summary: command.description,
    access: command.access,
    ...(command.bearer === undefined ? {} : { bearer: command.bearer }),
    permission: command.permission,
    params: pathParameters(placed.path),
    query: [dryRun],
    body,
    response:
      placed.status === 204
        ? { kind: "none" }
        : command.output !== undefined
          ? { kind: "schema", schema: command.output }
          : { kind: "record", entity: (command.makes ?? command.entity).name as string },
    errors: [
      ...shellErrorsOf(command),
      ...(takesIfMatch ? [Errors.PreconditionFailed] : []),
      ...(changesShared ? [Errors.PreconditionRequired] : []),
      ...(takesKey ? [Idempotency.IdempotencyKeyReused, InvalidIdempotencyKey, IdempotencyInProgress] : []),
      ...command.errors
    ],
    command: { takesIfMatch, requiresIfMatch: changesShared, takesKey },
    run: CommandCall.run({ resource, command, resources, status: placed.status, bodyRequired: body?.required ?? false })
  }
}

const readErrors = [Errors.PermissionDenied, InvalidParameter]

const readEndpoint = (
  resource: Resource,
  id: string,
  path: string,
  summary: string
): Pick<
  Endpoint,
  "id" | "tag" | "method" | "path" | "summary" | "access" | "permission" | "params" | "body" | "status"
> => ({
  id: `${resource.name}.${id}`,
  tag: resource.tag,
  method: "GET",
  path,
  summary,
  access: "actor",
  permission: Policy.readPermission(resource.entity),
  params: pathParameters(path),
  body: undefined,
  status: 200
})

const words = (plural: string) => Text.snakeCase(plural).replaceAll("_", " ")

const readEndpoints = (
  resource: Resource,
  grammar: ListGrammar,
  cursorKey: Cursor.CursorKey
): ReadonlyArray<Endpoint> => {
  const { entity, path, partPath } = resource
  const page = { kind: "page", entity: entity.name as string } as const
  const record = { kind: "record", entity: entity.name as string } as const
  const listed = (id: string, at: string, summary: string): Endpoint => ({
    ...readEndpoint(resource, id, at, summary),
    query: listParameters(grammar),
    response: page,
    errors: [...readErrors, InvalidCursor, ...(at === path ? [] : [Errors.NotFound])],
    run: ReadCall.many(resource, grammar, cursorKey)
  })
  const shown = (id: string, at: string, summary: string): Endpoint => ({
    ...readEndpoint(resource, id, at, summary),
    query: oneParameters(grammar),
    response: record,
    errors: [...readErrors, Errors.NotFound],
    run: ReadCall.one(resource, grammar)
  })
  if (entity.role === "setting") return [shown("current", path, `The organization's ${words(entity.plural)}.`)]
  return [
    ...(partPath === undefined
      ? [listed("list", path, `A page of ${words(entity.plural)}.`)]
      : [
          listed("list", partPath, `A page of the ${words(entity.plural)} of one record.`),
          listed("listAll", path, `A page of the ${words(entity.plural)} of all records that one sees.`)
        ]),
    shown("get", `${path}{id}/`, `One of the ${words(entity.plural)}.`)
  ]
}

/** `POST /incidents/{id}/comments/` does what `add_comment` does: it makes a part where parts are listed. */
const partCreation = (resources: Resources, resource: Resource): ReadonlyArray<Endpoint> => {
  const { parent, partPath, entity } = resource
  const makers =
    Object.values(parent?.commands ?? {}).filter((command) => command.kind === "action" && command.makes === entity) ??
    []
  const [maker] = makers
  if (parent === undefined || partPath === undefined || maker === undefined || makers.length > 1) return []
  if (partPath === placeOf(maker).path) return []
  return [
    commandEndpoint(
      resources,
      parent,
      maker,
      { method: "POST", path: partPath, status: 201 },
      `${resource.name}.create`
    )
  ]
}

/** The table of everything that the catalogue gives: reads and commands of each kind of record. */
export const endpointsOf = (catalogue: Catalogue.Catalogue, cursorKey: Uint8Array): ReadonlyArray<Endpoint> => {
  const resources = resourcesOf(catalogue)
  const key = Cursor.keyOf(cursorKey)
  return [...resources.values()]
    .flatMap((resource) => [
      ...readEndpoints(
        resource,
        grammarOf(resource.entity, (name) => resources.get(name)?.entity),
        key
      ),
      ...Object.entries(resource.commands).map(([name, command]) =>
        commandEndpoint(resources, resource, command, placeOf(command), `${resource.name}.${name}`)
      ),
      ...partCreation(resources, resource),
      ...Object.entries(resource.service.queries ?? {}).map(([name, query]) =>
        queryEndpoint(query, `${resource.name}.${name}`, resource.tag)
      )
    ])
    .concat(questionsOf(catalogue))
}
