import { Schema } from "effect"
import { Entity, Id, Instant, Text } from "../../kernel/index.ts"
import { lifecycle } from "./lifecycle.ts"

/** 1 the highest; up to 3 or 5, as the organization's priority matrix has it. */
const Step = Text.Whole(1, 5)
const Priority = Text.Whole(1, 5)
const Count = Text.Whole(0, Number.MAX_SAFE_INTEGER)
const When = Schema.NullOr(Instant.Instant)

export const PendingReason = Schema.Literals([
  "awaiting_caller",
  "awaiting_vendor",
  "awaiting_change",
  "awaiting_problem",
  "awaiting_parts",
  "scheduled",
  "other"
])
export const ResolutionCode = Schema.Literals([
  "fixed",
  "workaround",
  "no_response",
  "known_error",
  "user_education",
  "no_fault_found",
  "duplicate",
  "vendor_fix",
  "change_implemented"
])
export const CancelReason = Schema.Literals(["withdrawn", "duplicate", "invalid", "spam"])
const Source = Schema.Literals(["portal", "email", "phone", "chat", "api", "monitoring", "walk_in"])

const PriorityOverride = Schema.Struct({
  value: Priority,
  reason: Schema.String,
  byId: Schema.NullOr(Id.Id("User")),
  at: Instant.Instant
}).annotate({ identifier: "PriorityOverride" })

/** Reminders to a caller who does not answer, and what happens after the last one. */
export const AutoFollowUp = Schema.Struct({
  everyBusinessDays: Text.Whole(1, 30),
  max: Text.Whole(1, 10),
  then: Schema.Literals(["resolve", "none"])
}).annotate({ identifier: "AutoFollowUp" })

const RunningFollowUp = Schema.Struct({ ...AutoFollowUp.fields, sent: Count }).annotate({
  identifier: "RunningFollowUp"
})

/** A resolution that did not last. */
const PastResolution = Schema.Struct({
  resolvedAt: Instant.Instant,
  resolvedById: Schema.NullOr(Id.Id("User")),
  resolutionCode: ResolutionCode,
  resolutionNotes: Schema.String,
  reopenedAt: Instant.Instant,
  reason: Schema.String
}).annotate({ identifier: "PastResolution" })

/**
 * An unplanned interruption of a service, or a loss of its quality.
 * @source ITIL 4 for the notion; domain specification C.2.1 and E.2 for the fields
 */
export const Incident = Entity.define("Incident", {
  plural: "incidents",
  fields: {
    number: Entity.managed(Text.Text(1, 50)),
    title: Text.Text(1, 255),
    description: Entity.open(Text.Text(0, 65_535), ""),
    state: Entity.managed(Schema.Literals(lifecycle.states), "new"),
    impact: Entity.open(Step, 3),
    urgency: Entity.open(Step, 3),
    computedPriority: Entity.managed(Priority),
    priorityOverride: Entity.managed(Schema.NullOr(PriorityOverride)),
    /** The override where there is one, else the computed priority. */
    priority: Entity.managed(Priority),
    requesterId: Entity.immutable(Id.Id("User")),
    requestedForId: Schema.NullOr(Id.Id("User")),
    departmentId: Schema.NullOr(Id.Id("Department")),
    teamId: Entity.immutable(Schema.NullOr(Id.Id("Team"))),
    assigneeId: Entity.immutable(Schema.NullOr(Id.Id("User"))),
    categoryId: Schema.NullOr(Id.Id("Category")),
    subcategoryId: Schema.NullOr(Id.Id("Category")),
    source: Entity.immutable(Source, "portal"),
    tags: Entity.open(Text.Texts(Text.Text(1, 100), 50), []),
    affectedUsers: Schema.NullOr(Count),
    /** The key of the monitoring alert; one open incident for each. */
    alertKey: Entity.immutable(Schema.NullOr(Text.Text(1, 255))),
    openAlertKey: Entity.managed(Schema.NullOr(Schema.String)),
    parentId: Schema.NullOr(Id.Id("Incident")),
    /** Resolved together with its parent. */
    followsParent: Entity.open(Schema.Boolean, false),
    /** The closed incident that a late reply of the caller came to. */
    followUpOfId: Entity.managed(Schema.NullOr(Id.Id("Incident"))),
    openedAt: Entity.managed(Instant.Instant),
    firstAssignedAt: Entity.managed(When),
    assignedAt: Entity.managed(When),
    acknowledgedAt: Entity.managed(When),
    startedAt: Entity.managed(When),
    firstRespondedAt: Entity.managed(When),
    pendingReason: Entity.managed(Schema.NullOr(PendingReason)),
    pendingSince: Entity.managed(When),
    followUpAt: Entity.managed(When),
    autoFollowUp: Entity.managed(Schema.NullOr(RunningFollowUp)),
    nextReminderAt: Entity.managed(When),
    /** Milliseconds spent waiting, by reason; the present wait is not in it yet. */
    pendingMs: Entity.managed(Schema.Record(Schema.String, Count), {}),
    resolvedAt: Entity.managed(When),
    resolvedById: Entity.managed(Schema.NullOr(Id.Id("User"))),
    resolutionCode: Entity.managed(Schema.NullOr(ResolutionCode)),
    resolutionNotes: Entity.managed(Schema.NullOr(Schema.String)),
    resolutionHistory: Entity.managed(Schema.Array(PastResolution), []),
    /** When the caller is told that it will close by itself; null once they were told. */
    closingSoonAt: Entity.managed(When),
    autoCloseAt: Entity.managed(When),
    closedAt: Entity.managed(When),
    closureMethod: Entity.managed(Schema.NullOr(Schema.Literals(["caller", "agent", "auto"]))),
    /** The end of the time in which it may be reopened. */
    reopenUntil: Entity.managed(When),
    reopenedAt: Entity.managed(When),
    reopenCount: Entity.managed(Count, 0),
    reassignmentCount: Entity.managed(Count, 0),
    cancelledAt: Entity.managed(When),
    cancelReason: Entity.managed(Schema.NullOr(CancelReason)),
    duplicateOfId: Entity.managed(Schema.NullOr(Id.Id("Incident")))
  },
  unique: [["number"], ["openAlertKey"]],
  indexes: [
    ["state", "priority"],
    ["assigneeId", "state"],
    ["teamId", "state"],
    ["requesterId"],
    ["requestedForId"],
    ["createdById"],
    ["departmentId"],
    ["parentId"],
    ["priority", "createdAt"],
    ["updatedAt"],
    ["tags"]
  ],
  search: ["number", "title", "description"],
  relations: {
    own: ["requesterId", "requestedForId", "assigneeId", "createdById"],
    team: "teamId",
    department: "departmentId"
  },
  lifecycle
})
export type Incident = Entity.RecordOf<typeof Incident>
