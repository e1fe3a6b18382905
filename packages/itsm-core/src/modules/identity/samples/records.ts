import { Effect } from "effect"
import { Condition } from "../../../kernel/index.ts"
import type { Company } from "../../../testing/company.ts"
import { Departments, Roles, TeamMembers, Teams, UserPermissions, UserRoles, Users } from "../index.ts"

/** Makes a record and deletes it; gives its id. */
const gone = Effect.fnUntraced(function* <Id, E1, R1, E2, R2>(
  made: Effect.Effect<{ readonly id: Id }, E1, R1>,
  remove: (id: Id) => Effect.Effect<unknown, E2, R2>
) {
  const { id } = yield* made
  yield* remove(id)
  return id
})

/** Departments, teams and people. */
const structure = Effect.fnUntraced(function* ({ people, teams, departments, slug }: Company) {
  const [eachDepartment, eachTeam, members, users] = [
    yield* Departments,
    yield* Teams,
    yield* TeamMembers,
    yield* Users
  ]
  const member = yield* members.list({ where: Condition.eq("userId", people.agent) })
  const invited = yield* users.create({
    email: `invited@${slug}.example`,
    displayName: "Invited",
    departmentId: departments.it
  })
  return {
    Department: {
      ...departments,
      live: departments.sales,
      deleted: yield* gone(eachDepartment.create({ name: "Gone" }), eachDepartment.delete)
    },
    Team: { ...teams, live: teams.network, deleted: yield* gone(eachTeam.create({ name: "Gone" }), eachTeam.delete) },
    TeamMember: {
      live: member.items[0]!.id,
      agent: member.items[0]!.id,
      deleted: yield* gone(members.create({ teamId: teams.network, userId: people.agent }), members.delete)
    },
    User: {
      ...people,
      invited: invited.id,
      live: people.colleague,
      deleted: yield* gone(users.create({ email: `gone@${slug}.example`, displayName: "Gone" }), users.delete)
    }
  }
})

/** Roles and what they are given to. */
const authority = Effect.fnUntraced(function* ({ people }: Company) {
  const [roles, userRoles, direct] = [yield* Roles, yield* UserRoles, yield* UserPermissions]
  const auditor = yield* roles.create({
    key: "auditor",
    name: "Auditor",
    permissions: [{ permission: "incident.read", scope: "organization" }]
  })
  const held = yield* userRoles.list({ where: Condition.eq("userId", people.caller) })
  const grant = (permission: string) =>
    direct.create({
      subjectType: "user",
      subjectId: people.bystander,
      permission,
      effect: "allow",
      scope: "organization"
    })
  const given = yield* grant("category.read")
  return {
    Role: {
      live: auditor.id,
      auditor: auditor.id,
      deleted: yield* gone(roles.create({ key: "gone", name: "Gone", permissions: [] }), roles.delete)
    },
    UserRole: {
      live: held.items[0]!.id,
      caller: held.items[0]!.id,
      deleted: yield* gone(userRoles.create({ userId: people.bystander, roleId: auditor.id }), userRoles.delete)
    },
    UserPermission: {
      live: given.id,
      bystander: given.id,
      deleted: yield* gone(grant("role.read"), direct.delete)
    }
  }
})

export const records = (company: Company) =>
  Effect.gen(function* () {
    return {
      Organization: { live: company.organizationId, own: company.organizationId },
      ...(yield* structure(company)),
      ...(yield* authority(company))
    }
  }).pipe(company.as("admin"))
