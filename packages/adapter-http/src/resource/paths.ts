import { type Command, type Entity, Job, type Query, Text } from "@itsm/core/kernel"

const lowerFirst = (name: string) => name[0]!.toLowerCase() + name.slice(1)

/** `Incidents` as `incidents`: the service in operation ids and clients. */
export const serviceKey = lowerFirst

/** `/incidents/` */
export const collectionPath = (entity: Entity.AnyEntity): string => `/${entity.path}/`

/** `incidentComments` of an `Incident` are `comments`. */
const segment = (entity: Entity.AnyEntity, parent: Entity.AnyEntity): string => {
  const prefix = lowerFirst(parent.name)
  const rest = entity.plural.slice(prefix.length)
  return entity.plural.startsWith(prefix) && /^[A-Z]/.test(rest) ? Text.kebabCase(lowerFirst(rest)) : entity.path
}

/** `/incidents/{id}/comments/`: the parts of one record. */
export const partPath = (entity: Entity.AnyEntity, parent: Entity.AnyEntity): string =>
  `${collectionPath(parent)}{id}/${segment(entity, parent)}/`

export interface Place {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly status: number
}

/** What is begun, and ends later, is accepted. */
const statusOf = ({ makes }: Command.AnyCommand): number => (makes === undefined ? 200 : makes === Job.Job ? 202 : 201)

/** Where a command stands, by its kind alone. */
export const placeOf = (command: Command.AnyCommand): Place => {
  const path = collectionPath(command.entity)
  switch (command.kind) {
    case "system":
      throw new Error(`${command.permission} is of the platform alone, and has no place on the wire.`)
    case "create":
      return { method: "POST", path, status: 201 }
    case "replace":
      return { method: "PUT", path, status: 200 }
    case "update":
      return { method: "PATCH", path: `${path}{id}/`, status: 200 }
    case "remove":
      return { method: "DELETE", path: `${path}{id}/`, status: 204 }
    case "collection":
      return { method: "POST", path: `${path}${Text.snakeCase(command.name)}/`, status: command.isLater ? 202 : 200 }
    case "restore":
    case "action":
      return {
        method: "POST",
        path: `${path}{id}/${Text.snakeCase(command.name)}/`,
        status: statusOf(command)
      }
  }
}

/** Where a query stands: below its record or its kind of record, or by itself. */
export const placeOfQuery = (query: Query.AnyQuery): Place => {
  const { entity, name, place, path } = query
  const method = query.takesBody ? "POST" : "GET"
  const below: Entity.AnyEntity | undefined = entity
  if (below === undefined) return { method, path: `/${path ?? Text.kebabCase(name)}/`, status: 200 }
  const own = Text.snakeCase(name)
  return { method, path: `${collectionPath(below)}${place === "record" ? "{id}/" : ""}${own}/`, status: 200 }
}
