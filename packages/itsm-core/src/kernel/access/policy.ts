import * as C from "../model/condition.ts"
import type { Condition } from "../model/condition.ts"
import type { Actor, Belonging, Grant, Scope } from "./actor.ts"
import { type AnyEntity, type AnyRecord, notDeleted } from "../model/entity.ts"
import { namedBy, type Whole } from "./whereabouts.ts"

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

const within = (field: string | undefined, ids: ReadonlyArray<string>) =>
  field === undefined || ids.length === 0 ? C.never : C.oneOf(field, ids)

type Relation = Exclude<Scope, "organization">

/** Each scope includes the ones before it. */
const relationsIn: Readonly<Record<Relation, ReadonlyArray<Relation>>> = {
  own: ["own"],
  team: ["own", "team"],
  department: ["own", "team", "department"]
}

/** Whether the records say it themselves; what has no department of its own belongs to that of its team. */
const says = ({ relations: { own, team, department } }: AnyEntity, relation: Relation): boolean =>
  ({ own, team, department: department ?? team })[relation] !== undefined

const saidBy = ({ relations }: AnyEntity, relation: Relation, actor: Actor, place: Belonging): Condition => {
  const { own = [], team, department } = relations
  switch (relation) {
    case "own":
      return actor.id === null ? C.never : C.any(own.map((field) => C.eq(field, actor.id)))
    case "team":
      return within(team, place.teamIds)
    case "department":
      return department === undefined ? within(team, place.departmentTeamIds) : within(department, place.departmentIds)
  }
}

/** The records that stand in one of the relations to the actor: as they say themselves, or else as their whole does. */
const related = (entity: AnyEntity, relations: ReadonlyArray<Relation>, actor: Actor, place: Belonging): Condition => {
  const { parent } = entity
  const told = relations.filter((relation) => says(entity, relation))
  const untold = relations.filter((relation) => !says(entity, relation))
  return C.any([
    ...told.map((relation) => saidBy(entity, relation, actor, place)),
    parent === undefined || untold.length === 0
      ? C.never
      : C.via(parent.field, parent.entity, related(parent.entity, untold, actor, place))
  ])
}

/** The records of an entity that lie within a scope of an actor, as a condition that the store evaluates. */
export const scopeCondition = (
  entity: AnyEntity,
  actor: Actor,
  grant: Pick<Grant, "scope" | "condition" | "within">
): Condition => {
  const place = grant.within ?? actor
  const widest = grant.scope === "organization" ? "department" : grant.scope
  const isEverywhere = grant.scope === "organization" && grant.within === undefined
  const reach = isEverywhere ? C.always : related(entity, relationsIn[widest], actor, place)
  return C.all([reach, grant.condition ?? C.always])
}

/** The test of a rule on a record, with what the record is a part of. */
export type Test = (record: AnyRecord, whole?: Whole) => boolean

export const testOf = (entity: AnyEntity, condition: Condition): Test => {
  const test = C.compile(condition, entity.search)
  return (record, whole) => (whole === undefined ? test(record) : test(record, namedBy(whole)))
}

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

export const readPermission = (entity: AnyEntity): string => `${entity.resource}.read`

/** The records that name the actor among their readers, where the permission is to read them: any of these holds. */
export const namedAmongReaders = (actor: Actor, entity: AnyEntity, permission: string): ReadonlyArray<Condition> => {
  const { id } = actor
  return id === null || permission !== readPermission(entity) || !isWithinLimits(actor, permission)
    ? []
    : entity.readers.map((field) => C.has(field, id))
}

/** The records for which the actor has the permission: what they may read is this condition for `<resource>.read`. */
export const permitted = (actor: Actor, entity: AnyEntity, permission: string): Condition => {
  const granted = matching(actor, permission, "allow").map((grant) => scopeCondition(entity, actor, grant))
  const allowed = C.any([...granted, ...namedAmongReaders(actor, entity, permission)])
  const denied = C.any(denials(actor, permission).map((grant) => scopeCondition(entity, actor, grant)))
  return C.all([allowed, C.not(denied)])
}

/** The whole is there, and the actor sees it. */
const wholeIsVisible = (actor: Actor, { parent }: AnyEntity): Condition =>
  parent === undefined
    ? C.always
    : C.via(parent.field, parent.entity, C.all([visible(actor, parent.entity), notDeleted(parent.entity)]))

/** The row rule of lists, counts and references: what the actor may read, and for a part, of the wholes that they see. */
export const visible = (actor: Actor, entity: AnyEntity): Condition => {
  const conditions = knownOf(actor).visible
  let condition = conditions.get(entity)
  if (condition === undefined) {
    condition = C.all([permitted(actor, entity, readPermission(entity)), wholeIsVisible(actor, entity)])
    conditions.set(entity, condition)
  }
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

/** True when the actor may read some record of the entity, whichever: by a grant, or where they are named among its readers. */
export const mayRead = (actor: Actor, entity: AnyEntity): boolean => {
  const permission = readPermission(entity)
  return (
    mayEver(actor, permission) ||
    (namedAmongReaders(actor, entity, permission).length > 0 && !denials(actor, permission).some(reachesAll))
  )
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
  if (test === undefined) tests.set(key, (test = testOf(entity, permitted(actor, entity, permission))))
  return test
}

/** Decides with the reason: denials first, then the union of the grants, then whom the record names as a reader. */
export const can = (
  actor: Actor,
  entity: AnyEntity,
  permission: string,
  record?: AnyRecord,
  whole?: Whole
): Verdict => {
  const satisfies = (condition: Condition) => record === undefined || testOf(entity, condition)(record, whole)
  const holds = (grant: Grant) => satisfies(scopeCondition(entity, actor, grant))
  const denial = denials(actor, permission).find(record === undefined ? reachesAll : holds)
  if (denial !== undefined) return { allow: false, reason: `Denied by ${denial.source}.`, matchedGrant: denial }
  const grants = matching(actor, permission, "allow")
  const grant = grants.find(holds)
  if (grant !== undefined)
    return { allow: true, reason: `Allowed by ${grant.source} (${grant.scope}).`, matchedGrant: grant }
  if (namedAmongReaders(actor, entity, permission).some(satisfies))
    return { allow: true, reason: "Allowed to the readers that a record names.", matchedGrant: null }
  const reason =
    grants.length === 0
      ? `No grant of "${permission}".`
      : `"${permission}" is granted, but not for this record (${grants.map((g) => g.scope).join(", ")}).`
  return { allow: false, reason, matchedGrant: null }
}
