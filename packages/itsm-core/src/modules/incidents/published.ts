import { Schema } from "effect"
import { Event, Id, Instant, Published, Text } from "../../kernel/index.ts"
import { lifecycle } from "./lifecycle.ts"

const PersonOrNone = Schema.NullOr(Id.Id("User"))
const When = Schema.NullOr(Instant.Instant)

/** An incident, as other practices know it. */
export const IncidentView = Published.view("Incident", {
  number: Text.Text(1, 50),
  title: Text.Text(1, 255),
  state: Schema.Literals(lifecycle.states),
  impact: Text.Whole(1, 5),
  urgency: Text.Whole(1, 5),
  priority: Text.Whole(1, 5),
  requesterId: Id.Id("User"),
  requestedForId: PersonOrNone,
  departmentId: Schema.NullOr(Id.Id("Department")),
  teamId: Schema.NullOr(Id.Id("Team")),
  assigneeId: PersonOrNone,
  categoryId: Schema.NullOr(Id.Id("Category")),
  openedAt: Instant.Instant,
  resolvedAt: When,
  closedAt: When
})

export const IncidentCreated = Event.define(IncidentView, "created", {
  priority: Schema.Int,
  requesterId: Id.Id("User")
})
export const IncidentUpdated = Event.define(IncidentView, "updated", { fields: Schema.Array(Schema.String) })
export const IncidentAssigned = Event.define(IncidentView, "assigned", {
  teamId: Schema.NullOr(Id.Id("Team")),
  assigneeId: PersonOrNone
})
export const IncidentAcknowledged = Event.define(IncidentView, "acknowledged", { acknowledgedAt: Instant.Instant })
export const IncidentStarted = Event.define(IncidentView, "started", { assigneeId: PersonOrNone })
export const IncidentHeld = Event.define(IncidentView, "held", { pendingReason: Schema.String, followUpAt: When })
export const IncidentReminded = Event.define(IncidentView, "reminded", { sent: Schema.Int, max: Schema.Int })
export const IncidentClosingSoon = Event.define(IncidentView, "closing_soon", { autoCloseAt: When })
export const IncidentResumed = Event.define(IncidentView, "resumed", { pendingReason: Schema.NullOr(Schema.String) })
export const IncidentResolved = Event.define(IncidentView, "resolved", {
  resolvedAt: Instant.Instant,
  resolutionCode: Schema.String
})
export const IncidentClosed = Event.define(IncidentView, "closed", {
  closedAt: Instant.Instant,
  closureMethod: Schema.String
})
export const IncidentReopened = Event.define(IncidentView, "reopened", { reason: Schema.String })
export const IncidentCancelled = Event.define(IncidentView, "cancelled", { cancelReason: Schema.String })
export const IncidentPriorityOverridden = Event.define(IncidentView, "priority_overridden", {
  priority: Schema.Int,
  overridden: Schema.Boolean
})
export const IncidentPriorityRecomputed = Event.define(IncidentView, "priority_recomputed", {
  computedPriority: Schema.Int,
  priority: Schema.Int
})
export const IncidentCommented = Event.define(IncidentView, "commented", {
  commentId: Id.Id("IncidentComment"),
  visibility: Schema.String
})
export const IncidentFollowedUp = Event.define(IncidentView, "followed_up", {
  followUpId: Id.Id("Incident"),
  followUpNumber: Schema.String
})
export const IncidentDeleted = Event.define(IncidentView, "deleted")
export const IncidentRestored = Event.define(IncidentView, "restored")

export const CategoryEvents = Event.crud(Published.view("Category", {}))
