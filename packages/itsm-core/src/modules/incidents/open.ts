import {
  type Actor,
  Command,
  Condition,
  Errors,
  type Instant as InstantModule,
  Instant,
  Policy,
  type Reader
} from "../../kernel/index.ts"
import { Effect, Option, Result, Schema } from "effect"
import { checkAssignment } from "./assignment.ts"
import { IncidentCreated } from "./published.ts"
import { Incident } from "./incident.ts"
import { priorityOf } from "./priority.ts"
import { checkCategories, checkParent, checkSteps } from "./checks.ts"
import { PriorityMatrix } from "./settings.ts"
import { lifecycle } from "./lifecycle.ts"

const NewIncident = Schema.Struct({
  ...Incident.createFields,
  /** The caller where it is left out. */
  requesterId: Schema.optionalKey(Incident.field("requesterId")!.schema),
  openedAt: Schema.optionalKey(Instant.Instant)
}).annotate({ identifier: "NewIncident" }) as unknown as Command.Codec<
  Omit<(typeof Incident.create)["Type"], "requesterId"> & {
    readonly requesterId?: Incident["requesterId"]
    readonly openedAt?: InstantModule.Instant
  }
>
type NewIncident = (typeof NewIncident)["Type"]

const reserved = ["impact", "teamId", "assigneeId", "requesterId", "externalId"] as const

/** Who may create only their own incidents does not say how they are handled, or in whose name they come. */
const checkReserved = (actor: Actor.Actor, input: NewIncident) => {
  if (Policy.widestScope(actor, "incident.create") !== "own") return Effect.void
  const beyond = reserved.find(
    (field) =>
      input[field] !== undefined &&
      input[field] !== null &&
      !(field === "requesterId" && input.requesterId === actor.id)
  )
  return beyond === undefined
    ? Effect.void
    : Effect.fail(
        new Errors.PermissionDenied({
          permission: "incident.create",
          reason: `You may not set "${beyond}" on a new incident.`
        })
      )
}

/** One open incident for each alert; the one there is gets named to those who may see it. */
const checkAlert = (read: Reader.Reader, actor: Actor.Actor, alertKey: string | null | undefined) =>
  alertKey === null || alertKey === undefined
    ? Effect.void
    : Effect.flatMap(read.all(Incident, Condition.eq("openAlertKey", alertKey)), ([existing]) =>
        existing === undefined
          ? Effect.void
          : Effect.fail(
              new Errors.Duplicate({
                entity: Incident.name,
                fields: ["alertKey"],
                ...(Policy.permits(actor, Incident, Policy.readPermission(Incident))(existing)
                  ? { existingId: existing.id }
                  : {})
              })
            )
      )

/** The incident is recorded with a number and a priority; it is assigned where a team or an assignee is named. */
export const open = Command.create(Incident, {
  description:
    "Opens an incident: it gets its number, its priority and, where a team or an assignee is named, its first assignment.",
  input: NewIncident,
  errors: [Errors.Duplicate, Errors.GuardFailed],
  gather: (input, read, { actor, now }) =>
    Effect.gen(function* () {
      yield* checkReserved(actor, input)
      const requesterId = input.requesterId ?? actor.id
      if (requesterId === null) return yield* Errors.ValidationFailed.at("/requesterId", "required", "is required")
      if (input.openedAt !== undefined && input.openedAt > now)
        return yield* Errors.ValidationFailed.at("/openedAt", "out_of_range", "must not be in the future")
      const matrix = yield* read.setting(PriorityMatrix)
      yield* checkSteps(matrix, input)
      yield* checkCategories(read, input)
      yield* checkParent(read, undefined, input.parentId ?? null)
      yield* checkAlert(read, actor, input.alertKey)
      const assignment = yield* checkAssignment(read, {
        teamId: input.teamId ?? null,
        assigneeId: input.assigneeId ?? null
      })
      const team = assignment.team
      const departmentId =
        input.departmentId ??
        team?.departmentId ??
        Option.getOrNull(yield* read.person(requesterId))?.departmentId ??
        null
      return { requesterId, matrix, departmentId, number: yield* read.nextNumber("INC") }
    }),
  decide: (input, { requesterId, matrix, departmentId, number, now, freshId }) => {
    const computedPriority = priorityOf(matrix, input.impact ?? 3, input.urgency ?? 3)
    const isAssigned = (input.teamId ?? input.assigneeId ?? null) !== null
    const { openedAt, ...fields } = input
    return Result.succeed({
      create: {
        ...fields,
        requesterId,
        departmentId,
        number,
        computedPriority,
        priority: computedPriority,
        openAlertKey: input.alertKey ?? null,
        openedAt: openedAt ?? now,
        state: isAssigned ? "assigned" : lifecycle.initial,
        firstAssignedAt: isAssigned ? now : null,
        assignedAt: isAssigned ? now : null
      },
      events: [IncidentCreated.make({ id: freshId, number }, { priority: computedPriority, requesterId })]
    })
  }
})
