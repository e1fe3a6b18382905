import { Audit, type Catalogue, RoleMatrix, Service } from "../../kernel/index.ts"

/** What was done and what was denied, by whom and from where. It is written with each command, and only ever read. */
export class AuditLogs extends Service.define("AuditLogs", Audit.AuditLog, {}) {}

export const audit = {
  name: "audit",
  services: [AuditLogs],
  // domain specification C.14.1
  grants: { manager: RoleMatrix.grant("department", ["audit_log.read"]) }
} as const satisfies Catalogue.Module
