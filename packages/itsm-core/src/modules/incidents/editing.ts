import { Effect, Result, Schema } from "effect"
import { Command, Errors, Lifecycle, Text } from "../../kernel/index.ts"
import { checkCategories, checkParent, checkSteps } from "./checks.ts"
import { changed, timersOf } from "./clockwork.ts"
import {
  IncidentDeleted,
  IncidentPriorityOverridden,
  IncidentPriorityRecomputed,
  IncidentRestored,
  IncidentUpdated
} from "./published.ts"
import { Incident } from "./incident.ts"
import { lifecycle } from "./lifecycle.ts"
import { priorityOf } from "./priority.ts"
import { PriorityMatrix } from "./settings.ts"

export const update = Command.update(Incident, "update", {
  description: "Changes what the incident says; a new impact or urgency gives a new computed priority.",
  input: Incident.patch,
  errors: [Errors.GuardFailed],
  gather: (incident, input, read) =>
    Effect.gen(function* () {
      const matrix = yield* read.setting(PriorityMatrix)
      yield* checkSteps(matrix, input)
      if (input.categoryId !== undefined || input.subcategoryId !== undefined)
        yield* checkCategories(read, { ...incident, ...input })
      if (input.parentId !== undefined) yield* checkParent(read, incident.id, input.parentId)
      return { matrix }
    }),
  decide: (incident, input, { matrix, ...moment }) =>
    Result.map(Lifecycle.step(lifecycle, incident, "update", moment), () => {
      const merged = { ...incident, ...input }
      const isReassessed = merged.impact !== incident.impact || merged.urgency !== incident.urgency
      const computedPriority = isReassessed
        ? priorityOf(matrix, merged.impact, merged.urgency)
        : incident.computedPriority
      const outcome = changed(incident, { ...merged, computedPriority })
      const recomputed =
        computedPriority === incident.computedPriority
          ? []
          : [IncidentPriorityRecomputed.make(incident, { computedPriority, priority: outcome.change.priority })]
      return {
        ...outcome,
        events: [IncidentUpdated.make(incident, { fields: Object.keys(input) }), ...recomputed]
      }
    })
})

const OverrideInput = Schema.Struct({ priority: Text.Whole(1, 5), reason: Text.Text(10, 2000) }).annotate({
  identifier: "OverridePriority"
})

export const overridePriority = Command.action(Incident, "overridePriority", {
  description: "The priority is set by hand, with a reason; the computed one is kept beside it.",
  input: OverrideInput,
  decide: (incident, { priority, reason }, { actor, ...moment }) =>
    Result.map(Lifecycle.step(lifecycle, incident, "override_priority", moment), () => ({
      ...changed(incident, {
        ...incident,
        priorityOverride: { value: priority, reason, byId: actor.id, at: moment.now }
      }),
      events: [IncidentPriorityOverridden.make(incident, { priority, overridden: true })],
      reason
    }))
})

export const clearOverride = Command.action(Incident, "clearOverride", {
  description: "The priority is the computed one again.",
  input: Command.Nothing,
  decide: (incident, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, incident, "clear_override", moment), () => ({
      ...changed(incident, { ...incident, priorityOverride: null }),
      events: [IncidentPriorityOverridden.make(incident, { priority: incident.computedPriority, overridden: false })]
    }))
})

const softly = <K extends "remove" | "restore">(kind: K, verb: "delete" | "restore", description: string) =>
  Command[kind](Incident, verb, {
    description,
    input: Command.Nothing,
    decide: (incident, _, { now, actor }) => {
      const change: Incident =
        verb === "delete"
          ? { ...incident, deletedAt: now, deletedById: actor.id }
          : { ...incident, deletedAt: null, deletedById: null }
      const event = verb === "delete" ? IncidentDeleted.make(incident) : IncidentRestored.make(incident)
      return Result.succeed({ change, timers: timersOf(incident, change), events: [event] })
    }
  })

export const remove = softly(
  "remove",
  "delete",
  "Deletes the incident; it keeps its number, and an administrator can restore it."
)
export const restore = softly("restore", "restore", "Brings a deleted incident back, with its deadlines.")
