import { type Catalogue, Service } from "../../kernel/index.ts"
import { acknowledge, assign, start } from "./assignment.ts"
import { Categories } from "./category.ts"
import { addComment, IncidentComments } from "./commenting.ts"
import { clearOverride, overridePriority, remove, restore, update } from "./editing.ts"
import { Incident } from "./incident.ts"
import * as published from "./published.ts"
import { announceClosing, remind } from "./reminding.ts"
import { open } from "./open.ts"
import { cancel, close, reopen, resolve } from "./resolution.ts"
import { IncidentRules, PriorityMatrices } from "./settings.ts"
import { roleGrants } from "./role-grants.ts"
import { timers } from "./timers.ts"
import { hold, resume } from "./waiting.ts"

export { Category, Categories } from "./category.ts"
export { IncidentComments } from "./commenting.ts"
export * from "./published.ts"
export { Incident } from "./incident.ts"
export { IncidentComment } from "./incident-comment.ts"
export { lifecycle } from "./lifecycle.ts"
export { defaultMatrix, type Matrix, matrixProblem, priorityOf } from "./priority.ts"
export { IncidentRules, IncidentSettings, PriorityMatrices, PriorityMatrix } from "./settings.ts"

/** From the report of an interruption to its accepted resolution. */
export class Incidents extends Service.define("Incidents", Incident, {
  open,
  update,
  assign,
  acknowledge,
  start,
  hold,
  resume,
  resolve,
  close,
  reopen,
  cancel,
  addComment,
  overridePriority,
  clearOverride,
  remind,
  announceClosing,
  delete: remove,
  restore
}) {}

export const incidents = {
  name: "incidents",
  published,
  services: [Incidents, IncidentComments, Categories, PriorityMatrices, IncidentRules],
  timers,
  grants: roleGrants,
  permissions: ["incident.work", "incident.add_internal_comment"]
} as const satisfies Catalogue.Module
