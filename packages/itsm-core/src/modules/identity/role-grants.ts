import { RoleMatrix } from "../../kernel/index.ts"

const { grant } = RoleMatrix

export const roleNames: Readonly<Record<RoleMatrix.BuiltInRole, string>> = {
  end_user: "End user",
  agent: "Agent",
  manager: "Manager",
  admin: "Administrator"
}

const directory = grant("organization", [
  "organization.read",
  "user.read",
  "team.read",
  "team_member.read",
  "department.read",
  "role.read"
])

const members = ["team_member.create", "team_member.update", "team_member.delete"]
const users = ["user.create", "user.update", "user.enable", "user.disable", "user.invite", "user.end_sessions"]
const ownKeys = grant("own", ["apikey.manage"])

/**
 * Everybody knows who is who; managers look after their departments.
 * @source domain specification C.14.1
 */
export const roleGrants: RoleMatrix.RoleGrants = {
  end_user: [...directory, ...grant("own", ["user_role.read"])],
  agent: [...directory, ...ownKeys, ...grant("own", ["user_role.read"])],
  manager: [
    ...directory,
    ...ownKeys,
    ...grant("organization", ["user_role.read"]),
    ...grant("department", [...users, ...members, "team.update", "department.update"])
  ],
  admin: grant("organization", ["*"])
}
