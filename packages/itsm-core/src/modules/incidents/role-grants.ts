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

const settings = grant("organization", ["category.read", "priority_matrix.read", "incident_settings.read"])
const ownComments = grant("own", ["incident_comment.update", "incident_comment.delete"])
const opening = grant("organization", ["incident.create", "incident_comment.read"])

/**
 * Who works on which incidents.
 * @source domain specification C.14.1; a comment is visible where its incident is, so its own scope is the organization.
 */
export const roleGrants: RoleMatrix.RoleGrants = {
  end_user: [
    ...settings,
    ...ownComments,
    ...grant("own", incident(["create", "read", "close", "reopen", "add_comment"])),
    ...grant("own", incident(["cancel"]), Condition.eq("state", "new")),
    ...grant("organization", ["incident_comment.read"], Condition.eq("visibility", "public"))
  ],
  agent: [...settings, ...ownComments, ...opening, ...grant("team", work)],
  manager: [
    ...settings,
    ...ownComments,
    ...opening,
    ...grant("department", [...work, ...incident(["override_priority", "clear_override"])])
  ]
}
