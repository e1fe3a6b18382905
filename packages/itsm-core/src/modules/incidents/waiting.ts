import { Effect, Result, Schema } from "effect"
import { Command, Errors, Instant, Lifecycle } from "../../kernel/index.ts"
import { changed, endWait, plusBusinessDays } from "./clockwork.ts"
import { IncidentHeld, IncidentResumed } from "./published.ts"
import { AutoFollowUp, Incident, PendingReason } from "./incident.ts"
import { lifecycle } from "./lifecycle.ts"

const HoldInput = Schema.Struct({
  pendingReason: PendingReason,
  followUpAt: Schema.optionalKey(Schema.NullOr(Instant.Instant)),
  autoFollowUp: Schema.optionalKey(AutoFollowUp)
}).annotate({ identifier: "HoldIncident" })

/** What the incident waits for must be linked to it; there are no problems and changes to link in this version. */
const needsLink: Readonly<Record<string, string>> = {
  awaiting_change: "No change is linked to the incident.",
  awaiting_problem: "No problem is linked to the incident."
}

type HoldError = Errors.ValidationFailed | Errors.StateConflict | Errors.GuardFailed

export const hold = Command.action(Incident, "hold", {
  description: "The incident waits for something or somebody; with a follow-up date it resumes by itself.",
  input: HoldInput,
  errors: [Errors.ValidationFailed],
  gather: (_, __, read) => Effect.map(read.organization, ({ timeZone }) => ({ timeZone })),
  decide: (
    incident,
    { pendingReason, followUpAt = null, autoFollowUp },
    { timeZone, ...moment }
  ): Result.Result<Command.Decision<typeof Incident>, HoldError> => {
    const { now } = moment
    if (followUpAt !== null && followUpAt <= now)
      return Result.fail(Errors.ValidationFailed.at("/followUpAt", "out_of_range", "must lie in the future"))
    if (pendingReason === "scheduled" && followUpAt === null)
      return Result.fail(Errors.ValidationFailed.at("/followUpAt", "required", "is required for scheduled work"))
    if (autoFollowUp !== undefined && pendingReason !== "awaiting_caller")
      return Result.fail(
        Errors.ValidationFailed.at("/autoFollowUp", "invalid_value", "is given only while the caller is waited for")
      )
    return Result.flatMap(Lifecycle.step(lifecycle, incident, "hold", moment), (state) => {
      const unlinked = needsLink[pendingReason]
      if (unlinked !== undefined) return Result.fail(new Errors.GuardFailed({ guard: "hasLink", reason: unlinked }))
      const reminders =
        autoFollowUp === undefined
          ? {}
          : {
              autoFollowUp: { ...autoFollowUp, sent: 0 },
              nextReminderAt: plusBusinessDays(now, autoFollowUp.everyBusinessDays, timeZone)
            }
      return Result.succeed({
        ...changed(incident, { ...incident, state, pendingReason, pendingSince: now, followUpAt, ...reminders }),
        events: [IncidentHeld.make(incident, { pendingReason, followUpAt })]
      })
    })
  }
})

/** The incident as it goes on: in progress with its assignee, else assigned to its team. */
export const resumed = (incident: Incident, moment: Lifecycle.GuardMoment & { readonly now: Instant.Instant }) =>
  Result.map(
    Lifecycle.step(lifecycle, incident, "resume", moment, incident.assigneeId === null ? "assigned" : "in_progress"),
    (state) => ({
      next: { ...endWait(incident, moment.now), state },
      event: IncidentResumed.make(incident, { pendingReason: incident.pendingReason })
    })
  )

export const resume = Command.action(Incident, "resume", {
  description: "The wait is over; its time is booked to its reason.",
  input: Command.Nothing,
  decide: (incident, _, moment) =>
    Result.map(resumed(incident, moment), ({ next, event }) => ({ ...changed(incident, next), events: [event] }))
})
