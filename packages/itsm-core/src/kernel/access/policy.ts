import * as C from "../model/condition.ts"
import type { Condition } from "../model/condition.ts"
import type { Actor, Grant, Scope } from "./actor.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"

/** The answer to "may they?", with the grant that decided. */
export interface Verdict {
  readonly allow: boolean
  readonly reason: string
  readonly matchedGrant: Grant | null
}

/** Permissions of the platform operator: no grant of an organization covers them, `*` included. */
const isOfPlatform = (permission: string) => permission.startsWith("platform.")

/** True when a grant of `pattern` speaks of `permission`: the same name, `incident.*` or `*`. */
export const covers = (pattern: string, permission: string): boolean =>
  pattern === permission ||
  (pattern === "*" && !isOfPlatform(permission)) ||
  (pattern.endsWith(".*") && permission.startsWith(pattern.slice(0, -1)))

const ownCondition = (entity: AnyEntity, actor: Actor) =>
  actor.id === null ? C.never : C.any((entity.relations.own ?? []).map((field) => C.eq(field, actor.id)))

const within = (field: string | undefined, ids: ReadonlyArray<string>) =>
  field === undefined || ids.length === 0 ? C.never : C.oneOf(field, ids)

/** The records of an entity that lie within a scope of an actor, as a condition that the store evaluates. */
export const scopeCondition = (
  entity: AnyEntity,
  actor: Actor,
  grant: Pick<Grant, "scope" | "condition" | "within">
): Condition => {
  const { team, department } = entity.relations
  const { teamIds, departmentIds, departmentTeamIds } = grant.within ?? actor
  // what has no department of its own belongs to that of its team
  const ofDepartment = department === undefined ? within(team, departmentTeamIds) : within(department, departmentIds)
  const reach: Record<Scope, () => ReadonlyArray<Condition>> = {
    own: () => [ownCondition(entity, actor)],
    team: () => [...reach.own(), within(team, teamIds)],
    department: () => [...reach.team(), ofDepartment],
    organization: () => (grant.within === undefined ? [C.always] : reach.department())
  }
  return C.all([C.any(reach[grant.scope]()), grant.condition ?? C.always])
}

type Test = (record: AnyRecord) => boolean

/** What was worked out from the grants of an actor, kept as long as the actor. */
interface Known {
  readonly tests: Map<string, Test>
  readonly held: Map<string, boolean>
  readonly visible: Map<AnyEntity, Condition>
}

const known = new WeakMap<Actor, Known>()

const knownOf = (actor: Actor): Known => {
  let found = known.get(actor)
  if (found === undefined)
    known.set(actor, (found = { tests: new Map(), held: new Map(), visible: new Map() } satisfies Known))
  return found
}

/** True where nothing but grants decides: an API key leaves only what its scopes cover. */
export const isWithinLimits = ({ limitedTo }: Pick<Actor, "limitedTo">, permission: string): boolean =>
  limitedTo === undefined || limitedTo.some((pattern) => covers(pattern, permission))

/** The grants, or denials, of an actor that speak of a permission. */
export const matching = (actor: Actor, permission: string, effect: Grant["effect"]): ReadonlyArray<Grant> =>
  effect === "allow" && !isWithinLimits(actor, permission)
    ? []
    : actor.grants.filter((grant) => grant.effect === effect && covers(grant.permission, permission))

/** Denials of the permission as a whole; those of some fields only are a matter of masks. */
const denials = (actor: Actor, permission: string) =>
  matching(actor, permission, "deny").filter((grant) => grant.fields === undefined)

/** The records for which the actor has the permission: what they may read is this condition for `<resource>.read`. */
export const permitted = (actor: Actor, entity: AnyEntity, permission: string): Condition => {
  const allowed = C.any(matching(actor, permission, "allow").map((grant) => scopeCondition(entity, actor, grant)))
  const denied = C.any(denials(actor, permission).map((grant) => scopeCondition(entity, actor, grant)))
  return C.all([allowed, C.not(denied)])
}

export const readPermission = (entity: AnyEntity): string => `${entity.resource}.read`

export const visible = (actor: Actor, entity: AnyEntity): Condition => {
  const conditions = knownOf(actor).visible
  let condition = conditions.get(entity)
  if (condition === undefined) conditions.set(entity, (condition = permitted(actor, entity, readPermission(entity))))
  return condition
}

/** True of a grant that leaves no record out, whichever. */
export const reachesAll = (grant: Grant): boolean =>
  grant.scope === "organization" && grant.condition === undefined && grant.within === undefined

/** True when the actor has the permission for some record, whichever: the check of a route before its record is loaded. */
export const mayEver = (actor: Actor, permission: string): boolean => {
  const { held } = knownOf(actor)
  let answer = held.get(permission)
  if (answer === undefined) {
    const barred = denials(actor, permission).some(reachesAll)
    held.set(permission, (answer = !barred && matching(actor, permission, "allow").length > 0))
  }
  return answer
}

/** The widest scope that the actor has for a permission; `null` where there is none. */
export const widestScope = (actor: Actor, permission: string): Scope | null => {
  const order: ReadonlyArray<Scope> = ["organization", "department", "team", "own"]
  const held = matching(actor, permission, "allow").map((grant) => grant.scope)
  return order.find((scope) => held.includes(scope)) ?? null
}

/** The compiled test of a permission on records, kept as long as the actor. */
export const permits = (actor: Actor, entity: AnyEntity, permission: string): Test => {
  const { tests } = knownOf(actor)
  const key = `${entity.name} ${permission}`
  let test = tests.get(key)
  if (test === undefined) tests.set(key, (test = C.compile(permitted(actor, entity, permission), entity.search)))
  return test
}

/** Decides with the reason: denials first, then the union of the grants. */
export const can = (actor: Actor, entity: AnyEntity, permission: string, record?: AnyRecord): Verdict => {
  const holds = (grant: Grant) =>
    record === undefined || C.compile(scopeCondition(entity, actor, grant), entity.search)(record)
  const denial = denials(actor, permission).find(record === undefined ? reachesAll : holds)
  if (denial !== undefined) return { allow: false, reason: `Denied by ${denial.source}.`, matchedGrant: denial }
  const grants = matching(actor, permission, "allow")
  const grant = grants.find(holds)
  if (grant !== undefined)
    return { allow: true, reason: `Allowed by ${grant.source} (${grant.scope}).`, matchedGrant: grant }
  const reason =
    grants.length === 0
      ? `No grant of "${permission}".`
      : `"${permission}" is granted, but not for this record (${grants.map((g) => g.scope).join(", ")}).`
  return { allow: false, reason, matchedGrant: null }
}
