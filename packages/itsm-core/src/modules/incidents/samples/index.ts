import type { Body, Samples } from "../../../testing/samples.ts"
import { access } from "./access.ts"
import { records } from "./records.ts"

export { incidentIn, type IncidentState } from "./incident-in.ts"

const comment: Body = { body: "It still does not print." }

export const samples: Samples = {
  records,
  inputs: ({ people }, record) => ({
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
    "incidents.overridePriority": { priority: 1, reason: "The board meets." },
    "incidents.clearOverride": {},
    "incidentComments.create": comment,
    "incidentComments.update": { body: "Never mind." },
    "categories.create": { name: "Printer", parentId: record("Category", "hardware") },
    "categories.update": { active: false },
    "priorityMatrices.replace": {
      size: 3,
      cells: [
        [1, 1, 2],
        [1, 2, 3],
        [2, 3, 4]
      ]
    },
    "incidentRules.replace": { reopenWindowDays: 3 }
  }),
  subjects: { "incidents.resume": "pending", "incidents.close": "resolved", "incidents.reopen": "resolved" },
  references: { "incidents.cancel": { duplicateOfId: { Incident: { cancelReason: "duplicate" } } } },
  // an incident may have been opened before it is recorded
  callersOwn: { "incidents.open": ["openedAt"] },
  access
}
