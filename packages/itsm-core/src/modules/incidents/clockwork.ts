import { addBusinessDays } from "date-fns/addBusinessDays"
import { TZDate } from "@date-fns/tz"
import { Instant, type Timer } from "../../kernel/index.ts"
import type { Incident } from "./incident.ts"
import { isFinal, isOpen, isPending, isResolved } from "./lifecycle.ts"

export const followUpTimer = "incident.follow_up"
export const reminderTimer = "incident.reminder"
export const closingSoonTimer = "incident.closing_soon"
export const autoCloseTimer = "incident.auto_close"

// Local days and changes of the clocks begin on quarters of an hour in every zone, so what is added is the same within one.
const quarterMs = 15 * 60_000
const added = new Map<string, number>()

const addedMs = (quarter: number, days: number, timeZone: string): number => {
  const key = `${timeZone} ${days} ${quarter}`
  const known = added.get(key)
  if (known !== undefined) return known
  const start = quarter * quarterMs
  const ms = addBusinessDays(new TZDate(start, timeZone), days).getTime() - start
  if (added.size > 1000) added.clear()
  added.set(key, ms)
  return ms
}

/** The same time of day so many working days (Monday to Friday) later, in the organization's time zone. */
export const plusBusinessDays = (instant: Instant.Instant, days: number, timeZone: string): Instant.Instant =>
  Instant.plusMs(instant, addedMs(Math.floor(Instant.toEpochMs(instant) / quarterMs), days, timeZone))

/** When each deadline of an incident is due; `null` where it has none. A deleted incident has none. */
const deadlines = (incident: Incident): Readonly<Record<string, Instant.Instant | null>> => {
  const waits = incident.deletedAt === null && isPending(incident)
  const rests = incident.deletedAt === null && isResolved(incident)
  return {
    [followUpTimer]: waits ? incident.followUpAt : null,
    [reminderTimer]: waits ? incident.nextReminderAt : null,
    [closingSoonTimer]: rests ? incident.closingSoonAt : null,
    [autoCloseTimer]: rests ? incident.autoCloseAt : null
  }
}

/** The deadlines that a change sets, moves or takes away: they follow from the record, so none is ever forgotten. */
export const timersOf = (before: Incident | undefined, after: Incident): ReadonlyArray<Timer.TimerRequest> => {
  const old = before === undefined ? {} : deadlines(before)
  return Object.entries(deadlines(after)).flatMap(([kind, at]) =>
    at === (old[kind] ?? null) ? [] : [{ kind, ref: after.id, at }]
  )
}

/** Ends the present wait, if there is one, and adds it to the time spent waiting for its reason. */
export const endWait = (incident: Incident, now: Instant.Instant): Incident => {
  if (incident.pendingSince === null || incident.pendingReason === null) return incident
  const waited = Math.max(0, Instant.elapsedMs(incident.pendingSince, now))
  const total = (incident.pendingMs[incident.pendingReason] ?? 0) + waited
  return {
    ...incident,
    pendingMs: { ...incident.pendingMs, [incident.pendingReason]: total },
    pendingReason: null,
    pendingSince: null,
    followUpAt: null,
    autoFollowUp: null,
    nextReminderAt: null
  }
}

/** The fields that follow from others, after any change: what is stored is never out of step with what it is derived from. */
export const settle = (incident: Incident): Incident => ({
  ...incident,
  priority: incident.priorityOverride?.value ?? incident.computedPriority,
  openAlertKey: isOpen(incident) ? incident.alertKey : null,
  autoCloseAt: isResolved(incident) ? incident.autoCloseAt : null,
  closingSoonAt: isResolved(incident) ? incident.closingSoonAt : null,
  reopenUntil: isFinal(incident) ? incident.reopenUntil : null
})

/** A changed incident as the shell commits it. */
export const changed = (before: Incident, after: Incident) => {
  const change = settle(after)
  return { change, timers: timersOf(before, change) }
}
