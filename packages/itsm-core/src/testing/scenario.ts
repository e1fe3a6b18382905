import { Effect } from "effect"
import { Actor, type RoleMatrix } from "../kernel/index.ts"
import {
  Authentication,
  Departments,
  found,
  Roles,
  TeamMembers,
  Teams,
  UserRoles,
  Users
} from "../modules/identity/index.ts"

/**
 * A small organization with one active user for each built-in role, as actors. The manager manages the department of the
 * one team; the agent is a member of the team; the user belongs to the department.
 */
export const scenario = Effect.fnUntraced(function* (slug: string) {
  const { organization, administrator } = yield* found({
    name: slug,
    slug,
    administrator: { email: `admin@${slug}.example`, displayName: "Ada Admin" }
  })
  const asAdmin = Actor.provide(administrator)
  const authentication = yield* Authentication
  const users = yield* Users
  const roles = (yield* Roles.use((service) => service.list({ limit: 10 })).pipe(asAdmin)).items

  const join = Effect.fnUntraced(function* (
    name: string,
    role: RoleMatrix.BuiltInRole,
    departmentId: (typeof department)["id"] | null
  ) {
    const user = yield* users.create({ email: `${name}@${slug}.example`, displayName: name, departmentId })
    yield* users.enable(user.id)
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
    admin: yield* authentication.actorFor(administrator.id!),
    manager: yield* authentication.actorFor(ids.manager),
    agent: yield* authentication.actorFor(ids.agent),
    user: yield* authentication.actorFor(ids.user)
  }
})
