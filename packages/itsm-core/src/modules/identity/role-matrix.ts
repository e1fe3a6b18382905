import { type Actor, Condition } from "../../kernel/index.ts"

/** A line of the matrix: permissions, how far they reach, and the records they are limited to. */
export interface MatrixGrant {
  readonly permission: string
  readonly scope: Actor.Scope
  readonly condition?: Condition.Condition
}

const grant = (
  scope: Actor.Scope,
  permissions: ReadonlyArray<string>,
  condition?: Condition.Condition
): ReadonlyArray<MatrixGrant> =>
  permissions.map((permission) => ({ permission, scope, ...(condition === undefined ? {} : { condition }) }))

const incident = (actions: ReadonlyArray<string>) => actions.map((action) => `incident.${action}`)

const work = incident([
  "update",
  "assign",
  "acknowledge",
  "start",
  "hold",
  "resume",
  "resolve",
  "close",
  "reopen",
  "cancel",
  "add_comment",
  "add_internal_comment",
  "work"
])

const directory = [
  "organization.read",
  "user.read",
  "team.read",
  "team_member.read",
  "department.read",
  "role.read",
  "category.read",
  "priority_matrix.read",
  "incident_settings.read"
]

const isPublic = Condition.eq("visibility", "public")

/**
 * The four built-in roles, as data.
 * @source domain specification C.14.1; a comment is visible where its incident is, so its own scope is the organization.
 */
export const roleMatrix = {
  end_user: {
    name: "End user",
    grants: [
      ...grant("organization", directory),
      ...grant("own", [
        ...incident(["create", "read", "close", "reopen", "add_comment"]),
        "user_role.read",
        "incident_comment.update",
        "incident_comment.delete"
      ]),
      ...grant("own", incident(["cancel"]), Condition.eq("state", "new")),
      ...grant("organization", ["incident_comment.read"], isPublic)
    ]
  },
  agent: {
    name: "Agent",
    grants: [
      ...grant("organization", [...directory, "incident.create", "incident_comment.read"]),
      ...grant("own", ["user_role.read", "incident_comment.update", "incident_comment.delete"]),
      ...grant("team", ["incident.read", ...work])
    ]
  },
  manager: {
    name: "Manager",
    grants: [
      ...grant("organization", [...directory, "incident.create", "incident_comment.read", "user_role.read"]),
      ...grant("own", ["incident_comment.update", "incident_comment.delete"]),
      ...grant("department", [
        "incident.read",
        ...work,
        ...incident(["override_priority", "clear_override"]),
        "user.create",
        "user.update",
        "user.enable",
        "user.disable",
        "team.update",
        "team_member.create",
        "team_member.update",
        "team_member.delete",
        "department.update"
      ])
    ]
  },
  admin: {
    name: "Administrator",
    grants: [...grant("organization", ["*"])]
  }
} as const satisfies Readonly<Record<string, { readonly name: string; readonly grants: ReadonlyArray<MatrixGrant> }>>

export type BuiltInRole = keyof typeof roleMatrix

export const builtInRoles = Object.keys(roleMatrix) as ReadonlyArray<BuiltInRole>

const isBuiltIn = (key: string): key is BuiltInRole => key in roleMatrix

/** The permissions of a built-in role; none for another key. */
export const builtInRole = (key: string): ReadonlyArray<MatrixGrant> => (isBuiltIn(key) ? roleMatrix[key].grants : [])
