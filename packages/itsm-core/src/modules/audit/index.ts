import { Audit, type Catalogue, Service } from "../../kernel/index.ts"

/** What was done and what was denied, by whom and from where. It is written with each command, and only ever read. */
export class AuditLogs extends Service.define("AuditLogs", Audit.AuditLog, {}) {}

export const audit = { name: "audit", services: [AuditLogs] } as const satisfies Catalogue.Module
