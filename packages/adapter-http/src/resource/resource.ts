import {
  type Actions,
  type Actor,
  type Catalogue,
  type Command,
  Entity,
  Mask,
  Service,
  type Visible
} from "@itsm/core/kernel"
import { collectionPath, partPath, serviceKey } from "./paths.ts"

/** One kind of record as it stands on the wire: its paths, its operations, and how a record of it is shown. */
export interface Resource {
  readonly service: Service.AnyService
  readonly entity: Entity.AnyEntity
  /** `incidents`: the first half of its operations' ids. */
  readonly name: string
  readonly tag: string
  /** `/incidents/` */
  readonly path: string
  /** `/incidents/{id}/comments/` for a part of another record. */
  readonly partPath: string | undefined
  readonly parent: Resource | undefined
  readonly actions: Actions.Actions | undefined
  /** By the name of the service's method, which is the second half of the operation's id. */
  readonly commands: Readonly<Record<string, Command.AnyCommand>>
  readonly show: Show
}

/** A record as it goes out: without what the actor may not read, with the actions that the actor may call. */
type Show = (actor: Actor.Actor, seen: Visible.Seen, now: string) => Readonly<Record<string, unknown>>

export type Resources = ReadonlyMap<string, Resource>

const shows = (entity: Entity.AnyEntity, actions: Actions.Actions | undefined): Show =>
  actions === undefined
    ? (actor, { record, whole }) => Mask.shown(actor, entity, record, whole)
    : (actor, seen, now) => ({
        ...Mask.shown(actor, entity, seen.record, seen.whole),
        allowedActions: !Entity.isDeleted(seen.record) ? actions.allowed(actor, seen, now) : []
      })

/** Every kind of record that has a service, by the entity's name. */
export const resourcesOf = (catalogue: Catalogue.Catalogue): Resources => {
  const resources = new Map<string, Resource>()
  const tagOf = new Map(
    catalogue.modules.flatMap((module) => module.services.map((service) => [service, module.name] as const))
  )
  const byEntity = new Map(catalogue.services.map((service) => [service.entity.name as string, service]))
  const add = (service: Service.AnyService): Resource => {
    const { entity } = service
    const known = resources.get(entity.name)
    if (known !== undefined) return known
    const parentService = entity.parent === undefined ? undefined : byEntity.get(entity.parent.entity.name)
    const parent = parentService === undefined ? undefined : add(parentService)
    const actions = catalogue.actions.get(entity.name)
    const resource: Resource = {
      service,
      entity,
      name: serviceKey(service.serviceName),
      tag: tagOf.get(service) ?? entity.plural,
      path: collectionPath(entity),
      partPath: parent === undefined ? undefined : partPath(entity, parent.entity),
      parent,
      actions,
      commands: Service.called(service.commands),
      show: shows(entity, actions)
    }
    resources.set(entity.name, resource)
    return resource
  }
  for (const service of catalogue.services) add(service)
  return resources
}
