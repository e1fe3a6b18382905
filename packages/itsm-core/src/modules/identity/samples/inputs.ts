import type { Samples } from "../../../testing/samples.ts"

export const inputs: Samples["inputs"] = ({ people, teams, departments, slug }, record) => ({
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
  "users.invite": {},
  "users.endSessions": {},
  "users.resetMfa": {},
  "users.setPassword": { password: "nine quiet herons wade" },
  "roles.create": { key: "reader", name: "Reader", permissions: ["incident.read"] },
  "roles.update": { name: "Reader" },
  "userRoles.create": { userId: people.bystander, roleId: record("Role") },
  "userRoles.update": { validTo: "2099-01-01T00:00:00.000Z" },
  "userPermissions.create": {
    subjectType: "user",
    subjectId: people.bystander,
    permission: "incident.read",
    effect: "deny",
    scope: "own"
  },
  "userPermissions.update": { reason: "For the audit." }
})
