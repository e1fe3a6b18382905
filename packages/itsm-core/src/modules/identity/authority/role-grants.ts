import { RoleMatrix } from "../../../kernel/index.ts"

const { grant } = RoleMatrix

export const roleNames: Readonly<Record<RoleMatrix.BuiltInRole, string>> = {
  end_user: "End user",
  agent: "Agent",
  manager: "Manager",
  admin: "Administrator"
}

const structure = grant("organization", [
  "organization.read",
  "team.read",
  "team_member.read",
  "department.read",
  "role.read"
])

/** What colleagues know of each other: how to reach somebody, and where they belong. */
const directoryFields = [
  "displayName",
  "givenName",
  "familyName",
  "email",
  "phone",
  "departmentId",
  "managerId",
  "timeZone",
  "locale"
]
/** Who works on somebody's ticket also knows how important it is to be quick. */
const deskFields = [...directoryFields, "vip"]

const members = ["team_member.create", "team_member.update", "team_member.delete"]
const users = ["user.create", "user.update", "user.enable", "user.disable", "user.invite", "user.end_sessions"]

/**
 * Everybody knows who is who; managers look after their departments.
 * @source domain specification C.14.1
 */
export const roleGrants: RoleMatrix.RoleGrants = {
  end_user: [
    ...structure,
    ...grant("organization", ["user.read"], undefined, directoryFields),
    ...grant("own", ["user.read", "user_role.read"])
  ],
  agent: [...grant("organization", ["user.read"], undefined, deskFields), ...grant("own", ["apikey.manage"])],
  manager: [
    ...grant("organization", ["user_role.read"]),
    ...grant("department", ["user.read"]),
    ...grant("department", [...users, ...members, "team.update", "department.update"])
  ],
  admin: grant("organization", ["*"])
}
