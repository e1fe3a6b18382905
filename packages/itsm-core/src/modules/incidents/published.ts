import { Schema } from "effect"
import { Event, Id, Instant } from "../../kernel/index.ts"

const incident = { id: Id.Id("Incident"), number: Schema.String }
const define = <const Name extends string, F extends Schema.Struct.Fields>(name: Name, fields: F) =>
  Event.define(
    `incident.${name}`,
    Schema.Struct({ ...incident, ...fields }) as unknown as Schema.Codec<
      Schema.Struct<typeof incident & F>["Type"],
      unknown
    >
  )

const PersonOrNone = Schema.NullOr(Id.Id("User"))

export const IncidentCreated = define("created", { priority: Schema.Int, requesterId: Id.Id("User") })
export const IncidentUpdated = define("updated", { fields: Schema.Array(Schema.String) })
export const IncidentAssigned = define("assigned", { teamId: Schema.NullOr(Id.Id("Team")), assigneeId: PersonOrNone })
export const IncidentAcknowledged = define("acknowledged", { acknowledgedAt: Instant.Instant })
export const IncidentStarted = define("started", { assigneeId: PersonOrNone })
export const IncidentHeld = define("held", { pendingReason: Schema.String, followUpAt: Schema.NullOr(Instant.Instant) })
export const IncidentReminded = define("reminded", { sent: Schema.Int, max: Schema.Int })
export const IncidentClosingSoon = define("closing_soon", { autoCloseAt: Schema.NullOr(Instant.Instant) })
export const IncidentResumed = define("resumed", { pendingReason: Schema.NullOr(Schema.String) })
export const IncidentResolved = define("resolved", { resolvedAt: Instant.Instant, resolutionCode: Schema.String })
export const IncidentClosed = define("closed", { closedAt: Instant.Instant, closureMethod: Schema.String })
export const IncidentReopened = define("reopened", { reason: Schema.String })
export const IncidentCancelled = define("cancelled", { cancelReason: Schema.String })
export const IncidentPriorityOverridden = define("priority_overridden", {
  priority: Schema.Int,
  overridden: Schema.Boolean
})
export const IncidentPriorityRecomputed = define("priority_recomputed", {
  computedPriority: Schema.Int,
  priority: Schema.Int
})
export const IncidentCommented = define("commented", { commentId: Id.Id("IncidentComment"), visibility: Schema.String })
export const IncidentFollowedUp = define("followed_up", {
  followUpId: Id.Id("Incident"),
  followUpNumber: Schema.String
})
export const IncidentDeleted = define("deleted", {})
export const IncidentRestored = define("restored", {})
