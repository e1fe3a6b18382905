import { Condition, RoleMatrix } from "../../kernel/index.ts"

const { grant } = RoleMatrix

const incident = (actions: ReadonlyArray<string>) => actions.map((action) => `incident.${action}`)

const work = incident([
  "read",
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

/**
 * Who works on which incidents.
 * @source domain specification C.14.1; a comment is visible where its incident is, so its own scope is the organization.
 */
export const roleGrants: RoleMatrix.RoleGrants = {
  end_user: [
    ...grant("organization", ["category.read", "priority_matrix.read", "incident_settings.read"]),
    ...grant("own", ["incident_comment.update", "incident_comment.delete"]),
    ...grant("own", incident(["create", "read", "close", "reopen", "add_comment"])),
    ...grant("own", incident(["cancel"]), Condition.eq("state", "new")),
    ...grant("organization", ["incident_comment.read"], Condition.eq("visibility", "public"))
  ],
  agent: [...grant("organization", ["incident.create", "incident_comment.read"]), ...grant("team", work)],
  manager: grant("department", incident(["override_priority", "clear_override"]))
}
