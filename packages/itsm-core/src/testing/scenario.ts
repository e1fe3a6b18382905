import { Effect } from "effect"
import { Actor, type RoleMatrix } from "../kernel/index.ts"
import {
  Authentication,
  type Department,
  Departments,
  found,
  Roles,
  TeamMembers,
  Teams,
  UserRoles,
  Users
} from "../modules/identity/index.ts"

export interface ScenarioOptions {
  /** What everybody signs in with; without it nobody can, and the actors are used as they are. */
  readonly password?: string
}

/**
 * A small organization with one active user for each built-in role, as actors. The manager manages the department of the
 * one team; the agent is a member of the team; the user belongs to the department.
 */
export const scenario = Effect.fnUntraced(function* (slug: string, options: ScenarioOptions = {}) {
  const { organization, administrator } = yield* found({
    name: slug,
    slug,
    administrator: { email: `admin@${slug}.example`, displayName: "Ada Admin", ...options }
  })
  const asAdmin = Actor.provide(administrator)
  const authentication = yield* Authentication
  const users = yield* Users
  const roles = (yield* Roles.use((service) => service.list({ limit: 10 })).pipe(asAdmin)).items

  /** An active user with a built-in role. */
  const join = Effect.fnUntraced(function* (
    name: string,
    role: RoleMatrix.BuiltInRole,
    departmentId: Department["id"] | null
  ) {
    const draft = { email: `${name}@${slug}.example`, displayName: name, departmentId, ...options }
    const user = yield* users.create(draft)
    if (options.password === undefined) yield* users.enable(user.id)
    yield* UserRoles.use((service) =>
      service.create({ userId: user.id, roleId: roles.find((each) => each.key === role)!.id })
    )
    return user.id
  })

  const department = yield* Departments.use((service) => service.create({ name: "IT operations" })).pipe(asAdmin)
  const ids = yield* Effect.all({
    manager: join("manager", "manager", department.id),
    agent: join("agent", "agent", department.id),
    user: join("user", "end_user", department.id)
  }).pipe(asAdmin)
  yield* Departments.use((service) => service.update(department.id, { managerId: ids.manager })).pipe(asAdmin)
  const team = yield* Teams.use((service) =>
    service.create({ name: "Service desk", departmentId: department.id })
  ).pipe(asAdmin)
  yield* TeamMembers.use((service) => service.create({ teamId: team.id, userId: ids.agent })).pipe(asAdmin)
  return {
    organization,
    department,
    team,
    roles,
    join,
    admin: yield* authentication.actorFor(administrator.id!),
    manager: yield* authentication.actorFor(ids.manager),
    agent: yield* authentication.actorFor(ids.agent),
    user: yield* authentication.actorFor(ids.user)
  }
})
