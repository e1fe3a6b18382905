import { Effect } from "effect"
import { Actor, Condition, type Instant, type Kernel, Reader, type RoleMatrix, Tree } from "../../kernel/index.ts"
import { Department } from "./department.ts"
import { Role, UserPermission, UserRole } from "./role.ts"
import { Team, TeamMember } from "./team.ts"
import type { User } from "./user.ts"

const inForce = (role: UserRole, now: Instant.Instant) =>
  (role.validFrom === null || role.validFrom <= now) && (role.validTo === null || now < role.validTo)

const toGrant = (line: RoleMatrix.RoleGrant, source: string, within: Actor.Grant["within"]): Actor.Grant => ({
  ...line,
  effect: "allow",
  source,
  ...(within === undefined ? {} : { within })
})

/**
 * The user as an actor: grants of their roles and direct grants that are in force now, their teams, their department
 * with all below it, and the departments that they manage.
 */
export const actorOf = Effect.fnUntraced(function* (
  kernel: Kernel.KernelShape,
  user: User,
  sessionId: string | null,
  now: Instant.Instant
) {
  const bare: Actor.Actor = {
    kind: "user",
    id: user.id,
    organizationId: user.organizationId,
    isSuperuser: user.isSuperuser,
    roles: [],
    grants: [],
    teamIds: [],
    departmentIds: [],
    departmentTeamIds: [],
    sessionId
  }
  const read = Reader.make(kernel, bare)
  const [userRoles, members, departments, teams] = yield* Effect.all(
    [
      read.all(UserRole, Condition.eq("userId", user.id)),
      read.all(TeamMember, Condition.eq("userId", user.id)),
      kernel.recent.get(user.organizationId, "departments", read.all(Department, Condition.always)),
      kernel.recent.get(user.organizationId, "teams", read.all(Team, Condition.always))
    ],
    { concurrency: 4 }
  )
  const held = userRoles.filter((role) => inForce(role, now))
  const teamIds = members.map((member) => member.teamId)
  const subjects = [user.id, ...teamIds, ...held.map((role) => role.roleId)]
  const [roles, direct] = yield* Effect.all(
    [
      read.all(
        Role,
        Condition.oneOf(
          "id",
          held.map((role) => role.roleId)
        )
      ),
      read.all(UserPermission, Condition.oneOf("subjectId", subjects))
    ],
    { concurrency: 2 }
  )
  const inDepartments = (ids: ReadonlyArray<string>) => {
    const departmentIds = Tree.withDescendants(departments, ids)
    const ofTeam = ({ departmentId }: Team) => departmentId !== null && departmentIds.includes(departmentId)
    return { departmentIds, departmentTeamIds: teams.filter(ofTeam).map((team) => team.id) }
  }
  const grants = held.flatMap((userRole) => {
    const role = roles.find((candidate) => candidate.id === userRole.roleId)
    if (role === undefined) return []
    const within =
      userRole.scopeType === "organization"
        ? undefined
        : {
            teamIds: userRole.scopeType === "team" ? [userRole.scopeId!] : [],
            ...inDepartments(userRole.scopeType === "department" ? [userRole.scopeId!] : [])
          }
    return (role.isBuiltIn ? kernel.catalogue.grantsOf(role.key) : role.permissions).map((line) =>
      toGrant(line, `role:${role.key}`, within)
    )
  })
  const idsOf = { user: [user.id], team: teamIds, role: held.map((role) => role.roleId) }
  const isOfSubject = ({ subjectType, subjectId }: UserPermission) =>
    (idsOf[subjectType] as ReadonlyArray<string>).includes(subjectId)
  const personal = direct
    .filter(isOfSubject)
    .filter((grant) => grant.expiresAt === null || now < grant.expiresAt)
    .map((grant): Actor.Grant => ({
      permission: grant.permission,
      effect: grant.effect,
      scope: grant.scope,
      ...(grant.condition === null ? {} : { condition: grant.condition }),
      ...(grant.fields === null ? {} : { fields: grant.fields }),
      source: `${grant.subjectType}:${grant.effect}`
    }))
  const led = departments.filter((department) => department.managerId === user.id).map((department) => department.id)
  const operator = user.isSuperuser ? Actor.operatorGrants : []
  return {
    ...bare,
    roles: roles.map((role) => role.key),
    grants: [...grants, ...personal, ...operator],
    teamIds,
    ...inDepartments([...(user.departmentId === null ? [] : [user.departmentId]), ...led])
  } satisfies Actor.Actor
})
