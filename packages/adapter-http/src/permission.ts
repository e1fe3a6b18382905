import { Effect } from "effect"
import { type Actor, type Entity, Errors, Policy } from "@itsm/core/kernel"

/** The check of a route, before anything is looked up: that the actor has the permission for some record at all. */
export const requirePermission = (actor: Actor.Actor, permission: string) =>
  Policy.mayEver(actor, permission) ? Effect.void : denied(permission)

/** The same of a route that reads, which the readers that a record names may take, too. */
export const requireReading = (actor: Actor.Actor, entity: Entity.AnyEntity) =>
  Policy.mayRead(actor, entity) ? Effect.void : denied(Policy.readPermission(entity))

const denied = (permission: string) =>
  Effect.fail(new Errors.PermissionDenied({ permission, reason: `You may not "${permission}".` }))
