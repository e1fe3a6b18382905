import { password } from "./instance.ts"
import type { Company } from "./world.ts"

/** A body that each operation takes, by the operation's id; operations that are not here take none. */
export const inputsFor = ({ people, teams, departments, categories, live, slug }: Company) => {
  const credentials = { email: `caller@${slug}.example`, password }
  const comment = { body: "It still does not print." }
  const inputs: Readonly<Record<string, object>> = {
    "organizations.create": { name: "Initech", slug: "initech" },
    "organizations.update": { name: "Acme Limited" },
    "organizations.suspend": { reason: "The bill is not paid." },
    "organizations.restore": {},
    "departments.create": { name: "Legal" },
    "departments.update": { code: "D-1" },
    "teams.create": { name: "Storage" },
    "teams.update": { supportLevel: 2 },
    "teamMembers.create": { teamId: teams.network, userId: people.colleague },
    "teamMembers.update": { capacity: 5 },
    "users.create": { email: `new@${slug}.example`, displayName: "New", departmentId: departments.it },
    "users.update": { phone: "+49 30 123456" },
    "users.enable": {},
    "users.disable": {},
    "roles.create": { key: "reader", name: "Reader", permissions: ["incident.read"] },
    "roles.update": { name: "Reader" },
    "userRoles.create": { userId: people.bystander, roleId: live["Role"] },
    "userRoles.update": { validTo: "2099-01-01T00:00:00.000Z" },
    "userPermissions.create": {
      subjectType: "user",
      subjectId: people.bystander,
      permission: "incident.read",
      effect: "deny",
      scope: "own"
    },
    "userPermissions.update": { reason: "For the audit." },
    "incidents.open": { title: "The printer jams" },
    "incidents.update": { title: "The printer jams again" },
    "incidents.assign": { assigneeId: people.agent },
    "incidents.acknowledge": {},
    "incidents.start": {},
    "incidents.hold": { pendingReason: "other" },
    "incidents.resume": {},
    "incidents.resolve": { resolutionCode: "fixed", resolutionNotes: "A new drum was put in." },
    "incidents.close": {},
    "incidents.reopen": { reason: "It jams again." },
    "incidents.cancel": { cancelReason: "withdrawn" },
    "incidents.addComment": comment,
    "incidentComments.create": comment,
    "incidentComments.update": { body: "Never mind." },
    "incidents.overridePriority": { priority: 1, reason: "The board meets." },
    "incidents.clearOverride": {},
    "categories.create": { name: "Printer", parentId: categories.hardware },
    "categories.update": { active: false },
    "priorityMatrices.replace": {
      size: 3,
      cells: [
        [1, 1, 2],
        [1, 2, 3],
        [2, 3, 4]
      ]
    },
    "incidentRules.replace": { reopenWindowDays: 3 },
    "deliveries.retry": {},
    "deliveries.drop": {},
    "auth.login": credentials,
    "auth.token": credentials,
    "auth.refresh": { refreshToken: "itsm_rt_0000000000000000000000000000000000000000000" },
    "auth.logout": {},
    "auth.enable_mfa": { password: "not the password" },
    "auth.verify_mfa": { code: "000000" },
    "auth.disable_mfa": { password, code: "000000" },
    "auth.reauthenticate": { password },
    "auth.request_password_reset": { email: "nobody@nowhere.example" },
    "auth.reset_password": { token: "itsm_pr_nothing", newPassword: "nine quiet herons wade" },
    "users.invite": {},
    "users.endSessions": {},
    "users.resetMfa": {},
    "users.setPassword": { password: "nine quiet herons wade" },
    "auth.register": {
      email: `new@${slug}.example`,
      password: "nine quiet herons wade",
      displayName: "New",
      inviteToken: "itsm_iv_nothing"
    },
    "auth.verify_email": { token: "itsm_ev_nothing" },
    "auth.create_api_key": {
      name: "Nightly report",
      scopes: ["nothing.at_all"],
      expiresAt: new Date(Date.now() + 86_400_000).toISOString()
    },
    "auth.update_me": { phone: "+49 30 654321" },
    "auth.change_password": { currentPassword: password, newPassword: "too short" }
  }
  return inputs
}
