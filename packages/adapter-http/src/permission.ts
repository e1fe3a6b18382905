import { Effect } from "effect"
import { type Actor, Errors, Policy } from "@itsm/core/kernel"

/** The check of a route, before anything is looked up: that the actor has the permission for some record at all. */
export const requirePermission = (actor: Actor.Actor, permission: string) =>
  Policy.mayEver(actor, permission)
    ? Effect.void
    : Effect.fail(new Errors.PermissionDenied({ permission, reason: `You may not "${permission}".` }))
