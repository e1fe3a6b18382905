import { Effect, Result } from "effect"
import { Command, Lifecycle } from "../../kernel/index.ts"
import { changed, plusBusinessDays } from "./clockwork.ts"
import { IncidentClosingSoon, IncidentReminded, IncidentResolved } from "./published.ts"
import { Incident } from "./incident.ts"
import { lifecycle } from "./lifecycle.ts"
import { autoCloseFacts, resolved } from "./resolution.ts"

/** Reminds the caller that they are waited for; after the last reminder the incident is resolved, or left waiting. */
export const remind = Command.system(Incident, "remind", {
  description: "The caller is reminded, or after the last reminder the incident is resolved without an answer.",
  input: Command.Nothing,
  gather: (_, __, read, { now }) => Effect.all({ closing: autoCloseFacts(read, now), organization: read.organization }),
  decide: (incident, _, { closing, organization, ...facts }) => {
    const running = incident.autoFollowUp
    if (running === null) return Result.succeed({ change: incident })
    if (running.sent < running.max) {
      const sent = running.sent + 1
      const isLast = sent === running.max && running.then === "none"
      const nextReminderAt = isLast
        ? null
        : plusBusinessDays(facts.now, running.everyBusinessDays, organization.timeZone)
      return Result.succeed({
        ...changed(incident, { ...incident, autoFollowUp: { ...running, sent }, nextReminderAt }),
        events: [IncidentReminded.make(incident, { sent, max: running.max })]
      })
    }
    return Result.map(Lifecycle.step(lifecycle, incident, "resolve", facts), (state) => {
      const by = {
        resolutionCode: "no_response",
        resolutionNotes: `The caller did not answer ${running.sent} reminders.`
      } as const
      return {
        ...changed(incident, resolved(incident, by, state, { ...facts, ...closing })),
        events: [IncidentResolved.make(incident, { resolvedAt: facts.now, resolutionCode: by.resolutionCode })]
      }
    })
  }
})

/** Tells the caller, half way to it, that the incident will close by itself. */
export const announceClosing = Command.system(Incident, "announceClosing", {
  description: "The caller is told that the incident will close by itself.",
  input: Command.Nothing,
  decide: (incident) =>
    Result.succeed({
      ...changed(incident, { ...incident, closingSoonAt: null }),
      events: [IncidentClosingSoon.make(incident, { autoCloseAt: incident.autoCloseAt })]
    })
})
