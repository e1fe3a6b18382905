import { Effect } from "effect"
import { Actor, Errors, Policy } from "../../kernel/index.ts"

interface Held {
  readonly permission: string
  readonly scope: Actor.Scope
}

const reaches = (held: Actor.Scope, wanted: Actor.Scope) => Actor.scopes.indexOf(held) >= Actor.scopes.indexOf(wanted)

const holds = (actor: Actor.Actor, wanted: Held) => {
  const barred = actor.grants.some(
    (grant) =>
      grant.effect === "deny" &&
      (Policy.covers(grant.permission, wanted.permission) || Policy.covers(wanted.permission, grant.permission))
  )
  return (
    !barred &&
    Policy.isWithinLimits(actor, wanted.permission) &&
    actor.grants.some(
      (grant) =>
        grant.effect === "allow" &&
        grant.condition === undefined &&
        grant.within === undefined &&
        Policy.covers(grant.permission, wanted.permission) &&
        reaches(grant.scope, wanted.scope)
    )
  )
}

/** Fails where someone would give away a permission that they do not hold themselves, at least as far. */
export const checkHolds = (
  actor: Actor.Actor,
  wanted: ReadonlyArray<Held>
): Effect.Effect<void, Errors.PermissionDenied> => {
  const beyond = wanted.find((permission) => !holds(actor, permission))
  return beyond === undefined
    ? Effect.void
    : Effect.fail(
        new Errors.PermissionDenied({
          permission: beyond.permission,
          reason: `You do not hold "${beyond.permission}" (${beyond.scope}) yourself.`
        })
      )
}
