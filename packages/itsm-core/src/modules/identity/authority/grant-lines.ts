import { Effect, Option, Stream } from "effect"
import { type Actor, Condition, type Instant, type Reader, Tree } from "../../../kernel/index.ts"
import type { Held } from "./delegation.ts"
import { Department } from "../records/department.ts"
import { Role, UserPermission, type UserRole } from "../records/role.ts"
import { Team } from "../records/team.ts"

/** A direct grant or denial without the columns that say nothing. */
export const lineOf = (direct: Pick<UserPermission, "permission" | "scope" | "condition" | "fields">): Held => ({
  permission: direct.permission,
  scope: direct.scope,
  ...(direct.condition === null ? {} : { condition: direct.condition }),
  ...(direct.fields === null ? {} : { fields: direct.fields })
})

/** The direct grants, or denials, of a subject that have not run out. */
export const directLines = (
  read: Reader.Reader,
  effect: UserPermission["effect"],
  subjectType: UserPermission["subjectType"],
  subjectId: string,
  now: Instant.Instant
) =>
  Effect.map(
    Stream.runCollect(
      read.each(
        UserPermission,
        Condition.all([
          Condition.eq("subjectType", subjectType),
          Condition.eq("subjectId", subjectId),
          Condition.eq("effect", effect)
        ])
      )
    ),
    (found) => found.filter(({ expiresAt }) => expiresAt === null || now < expiresAt).map(lineOf)
  )

/** What the holders of a role may do by it: what it lists, and what is granted to it directly. */
export const roleLines = Effect.fnUntraced(function* (read: Reader.Reader, roleId: string, now: Instant.Instant) {
  const role = yield* read.get(Role, roleId)
  if (Option.isNone(role)) return { listed: [], direct: [] }
  const listed: ReadonlyArray<Held> = role.value.isBuiltIn ? read.grantsOf(role.value.key) : role.value.permissions
  return { listed, direct: yield* directLines(read, "allow", "role", roleId, now) }
})

/** A department with all below it, and their teams. */
export const belongingTo = Effect.fnUntraced(function* (read: Reader.Reader, departmentId: string) {
  const departmentIds = Tree.withDescendants(yield* Stream.runCollect(read.each(Department, Condition.always)), [
    departmentId
  ])
  const teams = yield* Stream.runCollect(read.each(Team, Condition.oneOf("departmentId", departmentIds)))
  return { teamIds: [], departmentIds, departmentTeamIds: teams.map(({ id }) => id) } satisfies Actor.Belonging
})

export const inTeam = (teamId: string): Actor.Belonging => ({
  teamIds: [teamId],
  departmentIds: [],
  departmentTeamIds: []
})

/** What a role gives to the user who has it, inside the team or department that it was given for. */
export const userRoleLines = Effect.fnUntraced(function* (
  read: Reader.Reader,
  held: Pick<UserRole, "roleId" | "scopeType" | "scopeId">,
  now: Instant.Instant
) {
  const { listed, direct } = yield* roleLines(read, held.roleId, now)
  if (held.scopeType === "organization") return [...listed, ...direct]
  const within = held.scopeType === "team" ? inTeam(held.scopeId!) : yield* belongingTo(read, held.scopeId!)
  return [...listed.map((line) => ({ ...line, within })), ...direct]
})
