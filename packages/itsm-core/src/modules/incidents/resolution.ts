import { Effect, Option, Result, Schema, Stream } from "effect"
import {
  type Actor,
  Change,
  Command,
  Condition,
  Errors,
  Id,
  Instant,
  Lifecycle,
  type Reader,
  Text
} from "../../kernel/index.ts"
import { TeamView } from "../identity/published.ts"
import { takenUp } from "./assignment.ts"
import { changed, endWait, plusBusinessDays, settle, timersOf } from "./clockwork.ts"
import { IncidentCancelled, IncidentClosed, IncidentReopened, IncidentResolved } from "./published.ts"
import { CancelReason, Incident, ResolutionCode } from "./incident.ts"
import { isOpen, lifecycle } from "./lifecycle.ts"
import { IncidentSettings } from "./settings.ts"

const ResolveInput = Schema.Struct({ resolutionCode: ResolutionCode, resolutionNotes: Text.Text(10, 65_535) }).annotate(
  { identifier: "ResolveIncident" }
)

interface Resolution {
  readonly resolutionCode: typeof ResolutionCode.Type
  readonly resolutionNotes: string
}

/** When a resolved incident closes by itself, and when that is announced; `null` where the organization has it so. */
interface Closing {
  readonly autoCloseAt: Instant.Instant | null
  readonly closingSoonAt: Instant.Instant | null
}

/** The incident with its resolution; whoever resolves what nobody has becomes its assignee. */
export const resolved = (
  incident: Incident,
  by: Resolution,
  state: Incident["state"],
  facts: Closing & { readonly actor: Actor.Actor; readonly now: Instant.Instant }
): Incident => ({
  ...endWait(takenUp(incident, facts.actor.id, facts.now), facts.now),
  ...by,
  state,
  resolvedAt: facts.now,
  resolvedById: facts.actor.id,
  autoCloseAt: facts.autoCloseAt,
  closingSoonAt: facts.closingSoonAt
})

const resolvedEvent = (incident: Incident, by: Resolution, now: Instant.Instant) =>
  IncidentResolved.make(incident, { resolvedAt: now, resolutionCode: by.resolutionCode })

/** What is resolved now closes after the organization's business days, and half way there the caller is told. */
export const autoCloseFacts = Effect.fnUntraced(function* (read: Reader.Reader, now: Instant.Instant) {
  const { autoCloseBusinessDays } = yield* read.setting(IncidentSettings)
  if (autoCloseBusinessDays === null) return { autoCloseAt: null, closingSoonAt: null }
  const autoCloseAt = plusBusinessDays(now, autoCloseBusinessDays, (yield* read.organization).timeZone)
  const halfMs = Math.floor(Instant.elapsedMs(now, autoCloseAt) / 2)
  return { autoCloseAt, closingSoonAt: halfMs === 0 ? null : Instant.plusMs(now, halfMs) }
})

export const resolve = Command.action(Incident, "resolve", {
  description: "Service is restored, and how is on record; children that follow their parent are resolved with it.",
  input: ResolveInput,
  gather: (incident, _, read, { now }) =>
    Effect.all({
      children: Stream.runCollect(
        read.each(Incident, Condition.all([Condition.eq("parentId", incident.id), Condition.eq("followsParent", true)]))
      ),
      closing: autoCloseFacts(read, now)
    }),
  decide: (incident, input, { children, closing, ...moment }) =>
    Result.map(Lifecycle.step(lifecycle, incident, "resolve", moment), (state) => {
      const facts = { ...moment, ...closing }
      const own = changed(incident, resolved(incident, input, state, facts))
      const notes = { resolutionCode: input.resolutionCode, resolutionNotes: `resolved with ${incident.number}` }
      const following = children
        .filter(isOpen)
        .map((child) => ({ before: child, after: settle(resolved(child, notes, state, facts)) }))
      return {
        ...own,
        also: following.map(({ before, after }) => Change.update(Incident, before, after)),
        timers: [...own.timers, ...following.flatMap(({ before, after }) => timersOf(before, after))],
        events: [
          resolvedEvent(incident, input, facts.now),
          ...following.map(({ before }) => resolvedEvent(before, notes, facts.now))
        ]
      }
    })
})

/** The person who reported it, or for whom it was reported. */
export const isCaller = (incident: Incident, actor: Actor.Actor) =>
  actor.id !== null && (actor.id === incident.requesterId || actor.id === incident.requestedForId)

export const close = Command.action(Incident, "close", {
  description: "The resolution is accepted, by the caller, an agent, or the end of the waiting time.",
  input: Command.Nothing,
  gather: (incident, _, read) =>
    Effect.gen(function* () {
      const team = Option.getOrUndefined(yield* read.published(TeamView, incident.teamId))
      return { windowDays: team?.reopenWindowDays ?? (yield* read.setting(IncidentSettings)).reopenWindowDays }
    }),
  decide: (incident, _, { actor, windowDays, ...moment }) =>
    Result.map(Lifecycle.step(lifecycle, incident, "close", moment), (state) => {
      const closureMethod = actor.kind === "system" ? "auto" : isCaller(incident, actor) ? "caller" : "agent"
      const reopenUntil = Instant.plusMs(moment.now, windowDays * Instant.dayMs)
      return {
        ...changed(incident, { ...incident, state, closedAt: moment.now, closureMethod, reopenUntil }),
        events: [IncidentClosed.make(incident, { closedAt: moment.now, closureMethod })]
      }
    })
})

/** What reopening needs to know: whether the assignee can go on with it. */
export const assigneeRemains = (read: Reader.Reader, incident: Incident) =>
  Effect.map(read.person(incident.assigneeId), (person) => Option.isSome(person) && person.value.isActive)

/** The incident as it is worked on again; the resolution that did not last goes to its history. */
export const reopened = (
  incident: Incident,
  reason: string,
  facts: { readonly now: Instant.Instant; readonly assigneeRemains: boolean }
) => {
  const target = facts.assigneeRemains ? "in_progress" : incident.teamId !== null ? "assigned" : "new"
  return Result.map(Lifecycle.step(lifecycle, incident, "reopen", facts, target), (state) => {
    const past = {
      resolvedAt: incident.resolvedAt!,
      resolvedById: incident.resolvedById,
      resolutionCode: incident.resolutionCode!,
      resolutionNotes: incident.resolutionNotes!,
      reopenedAt: facts.now,
      reason
    }
    const next: Incident = {
      ...incident,
      state,
      assigneeId: facts.assigneeRemains ? incident.assigneeId : null,
      reopenCount: incident.reopenCount + 1,
      reopenedAt: facts.now,
      resolutionHistory: [...incident.resolutionHistory, past],
      resolvedAt: null,
      resolvedById: null,
      resolutionCode: null,
      resolutionNotes: null,
      closedAt: null,
      closureMethod: null
    }
    return { next, event: IncidentReopened.make(incident, { reason }) }
  })
}

export const reopen = Command.action(Incident, "reopen", {
  description: "The resolution did not last; work goes on, with the same assignee where they still can.",
  input: Schema.Struct({ reason: Text.Text(1, 2000) }).annotate({ identifier: "ReopenIncident" }),
  gather: (incident, _, read) => Effect.all({ assigneeRemains: assigneeRemains(read, incident) }),
  decide: (incident, { reason }, facts) =>
    Result.map(reopened(incident, reason, facts), ({ next, event }) => ({
      ...changed(incident, next),
      events: [event],
      reason
    }))
})

const CancelInput = Schema.Struct({
  cancelReason: CancelReason,
  duplicateOfId: Schema.optionalKey(Id.Id("Incident"))
}).annotate({ identifier: "CancelIncident" })

export const cancel = Command.action(Incident, "cancel", {
  description: "The incident is withdrawn, a duplicate, invalid, or spam; nothing more happens to it.",
  input: CancelInput,
  gather: (incident, { cancelReason, duplicateOfId }, read) =>
    Effect.gen(function* () {
      if (cancelReason !== "duplicate") {
        return duplicateOfId === undefined
          ? {}
          : yield* Errors.ValidationFailed.at("/duplicateOfId", "invalid_value", "is given only for a duplicate")
      }
      if (duplicateOfId === undefined)
        return yield* Errors.ValidationFailed.at("/duplicateOfId", "required", "is required for a duplicate")
      if (duplicateOfId === incident.id)
        return yield* Errors.ValidationFailed.at("/duplicateOfId", "invalid_value", "must not be the incident itself")
      const original = yield* read.get(Incident, duplicateOfId)
      const isChain =
        (Option.isSome(original) && original.value.duplicateOfId !== null) ||
        (yield* read.count(Incident, Condition.eq("duplicateOfId", incident.id))) > 0
      if (isChain)
        return yield* new Errors.GuardFailed({
          guard: "noDuplicateChain",
          reason: "A duplicate cannot have duplicates."
        })
      return {}
    }),
  decide: (incident, { cancelReason, duplicateOfId = null }, moment) =>
    Result.map(Lifecycle.step(lifecycle, incident, "cancel", moment), (state) => ({
      ...changed(incident, {
        ...endWait(incident, moment.now),
        state,
        cancelReason,
        duplicateOfId,
        cancelledAt: moment.now
      }),
      events: [IncidentCancelled.make(incident, { cancelReason })],
      reason: cancelReason
    }))
})
