import { Effect } from "effect"
import {
  Actor,
  type Catalogue,
  Condition,
  Entity,
  type Id,
  type Instant,
  type Kernel,
  Pages,
  Tree
} from "../../../kernel/index.ts"
import { type Role, UserPermission, UserRole } from "../records/role.ts"
import { type Structure, structureOf } from "./structure.ts"
import { type Team, TeamMember } from "../records/team.ts"
import type { User } from "../records/user.ts"

const inForce = (role: UserRole, now: Instant.Instant) =>
  (role.validFrom === null || role.validFrom <= now) && (role.validTo === null || now < role.validTo)

type Limits = Pick<Actor.Grant, "within" | "endsAt">

const grantsOf = (catalogue: Catalogue.Catalogue, role: Role, limits: Limits = {}) =>
  (role.isBuiltIn ? catalogue.grantsOf(role.key) : role.permissions).map((line): Actor.Grant => ({
    ...line,
    effect: "allow",
    source: `role:${role.key}`,
    ...limits
  }))

/** The grants of a role in the whole organization and without an end: one list for all who hold it, for thousands of actors are remembered. */
const everywhere = (catalogue: Catalogue.Catalogue, { grants }: Structure, role: Role): ReadonlyArray<Actor.Grant> => {
  let known = grants.get(role.id)
  if (known === undefined) grants.set(role.id, (known = grantsOf(catalogue, role)))
  return known
}

/** What is stored of one user's access, apart from what the organization shares. */
const own = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">, userId: string) => {
  const reach = { organizationId }
  const all = <E extends Entity.AnyEntity>(entity: E, field: string) =>
    Pages.collect(kernel.store, reach, entity, Condition.all([Condition.eq(field, userId), Entity.notDeleted(entity)]))
  return Effect.all(
    [
      all(UserRole, "userId"),
      all(TeamMember, "userId"),
      all(UserPermission, "subjectId"),
      structureOf(kernel, organizationId)
    ],
    { concurrency: 4 }
  )
}

type Own = Effect.Success<ReturnType<typeof own>>

/** A direct grant ends by itself, and where it is given to a role, with the last holding of that. */
const endOfDirect = (grant: UserPermission, held: ReadonlyArray<UserRole>): Pick<Actor.Grant, "endsAt"> => {
  const holdings = held.filter(({ roleId }) => grant.subjectType === "role" && roleId === grant.subjectId)
  const last = holdings.some(({ validTo }) => validTo === null)
    ? undefined
    : holdings
        .map(({ validTo }) => validTo)
        .toSorted()
        .at(-1)
  const endsAt = [grant.expiresAt, last].flatMap((end) => end ?? []).toSorted()[0]
  return endsAt === undefined ? {} : { endsAt }
}

/** The next moment at which a role or a permission begins or ends by itself. */
const nextChange = (
  userRoles: ReadonlyArray<UserRole>,
  permissions: ReadonlyArray<UserPermission>,
  now: Instant.Instant
): Instant.Instant | null =>
  [
    ...userRoles.flatMap(({ validFrom, validTo }) => [validFrom, validTo]),
    ...permissions.map(({ expiresAt }) => expiresAt)
  ].reduce(
    (first, moment) => (moment !== null && moment > now && (first === null || moment < first) ? moment : first),
    null
  )

export interface Access {
  readonly actor: Actor.Actor
  /** When this becomes wrong without any write; `null` for never. */
  readonly changesAt: Instant.Instant | null
}

/**
 * The user as an actor: grants of their roles and direct grants that are in force now, their teams, their department
 * with all below it, and the departments that they manage.
 */
const toAccess = (
  { catalogue }: Kernel.KernelShape,
  user: User,
  sessionId: string | null,
  now: Instant.Instant,
  [userRoles, members, personal, structure]: Own
): Access => {
  const { departments, teams } = structure
  const held = userRoles.filter((role) => inForce(role, now))
  const roles = held.flatMap(({ roleId }) => structure.roles.get(roleId) ?? [])
  const teamIds = members.map((member) => member.teamId)
  const subjects = new Set([...teamIds.map((id) => `team ${id}`), ...held.map(({ roleId }) => `role ${roleId}`)])
  const direct = [
    ...personal.filter(({ subjectType }) => subjectType === "user"),
    ...[...subjects].flatMap((subject) => structure.permissions.get(subject) ?? [])
  ]
  const inDepartments = (ids: ReadonlyArray<string>) => {
    const departmentIds = Tree.withDescendants(departments, ids)
    const inside = new Set(departmentIds)
    const ofTeam = ({ departmentId }: Team) => departmentId !== null && inside.has(departmentId)
    return { departmentIds, departmentTeamIds: teams.filter(ofTeam).map((team) => team.id) }
  }
  const grants = held.flatMap((userRole) => {
    const role = structure.roles.get(userRole.roleId)
    if (role === undefined) return []
    const ending = userRole.validTo === null ? {} : { endsAt: userRole.validTo }
    if (userRole.scopeType === "organization")
      return userRole.validTo === null ? everywhere(catalogue, structure, role) : grantsOf(catalogue, role, ending)
    const within = {
      teamIds: userRole.scopeType === "team" ? [userRole.scopeId!] : [],
      ...inDepartments(userRole.scopeType === "department" ? [userRole.scopeId!] : [])
    }
    return grantsOf(catalogue, role, { within, ...ending })
  })
  const given = direct
    .filter((grant) => grant.expiresAt === null || now < grant.expiresAt)
    .map((grant): Actor.Grant => ({
      permission: grant.permission,
      effect: grant.effect,
      scope: grant.scope,
      ...(grant.condition === null ? {} : { condition: grant.condition }),
      ...(grant.fields === null ? {} : { fields: grant.fields }),
      ...endOfDirect(grant, held),
      source: `${grant.subjectType}:${grant.effect}`
    }))
  const led = departments.filter((department) => department.managerId === user.id).map((department) => department.id)
  const operator = user.isSuperuser ? Actor.operatorGrants : []
  return {
    actor: {
      kind: "user",
      id: user.id,
      organizationId: user.organizationId,
      isSuperuser: user.isSuperuser,
      roles: [...new Set(roles.map((role) => role.key))],
      grants: [...grants, ...given, ...operator],
      teamIds,
      ...inDepartments([...(user.departmentId === null ? [] : [user.departmentId]), ...led]),
      sessionId
    },
    changesAt: nextChange(userRoles, direct, now)
  }
}

/** What becomes of a user once they are read: nothing more is asked of the store for it. */
export const reading = (kernel: Kernel.KernelShape, organizationId: Id.Id<"Organization">, userId: string) =>
  Effect.map(
    own(kernel, organizationId, userId),
    (parts) => (user: User, sessionId: string | null, now: Instant.Instant) =>
      toAccess(kernel, user, sessionId, now, parts)
  )

export const accessOf = (kernel: Kernel.KernelShape, user: User, sessionId: string | null, now: Instant.Instant) =>
  Effect.map(reading(kernel, user.organizationId, user.id), (access) => access(user, sessionId, now))

export const actorOf = (kernel: Kernel.KernelShape, user: User, sessionId: string | null, now: Instant.Instant) =>
  Effect.map(accessOf(kernel, user, sessionId, now), ({ actor }) => actor)

/** The access, which ends with what it came by: a session, or an API key. */
export const until = ({ actor, changesAt }: Access, expiresAt: Instant.Instant): Access => ({
  actor,
  changesAt: changesAt !== null && changesAt < expiresAt ? changesAt : expiresAt
})

/** When an access that is remembered ends by itself, in milliseconds since the epoch. */
export const endOf = ({ changesAt }: Pick<Access, "changesAt">): number =>
  changesAt === null ? Number.POSITIVE_INFINITY : Date.parse(changesAt)
