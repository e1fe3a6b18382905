import { Effect, Option, Result, Schema } from "effect"
import {
  type Actor,
  Command,
  type Directory,
  Errors,
  Id,
  type Instant,
  Lifecycle,
  Policy,
  type Reader
} from "../../kernel/index.ts"
import { changed } from "./clockwork.ts"
import { IncidentAcknowledged, IncidentAssigned, IncidentStarted } from "./published.ts"
import { Incident } from "./incident.ts"
import { lifecycle } from "./lifecycle.ts"

const guard = (name: string, reason: string) => new Errors.GuardFailed({ guard: name, reason })

interface Target {
  readonly teamId: string | null
  readonly assigneeId: string | null
}

/** The team works, and the assignee is active, a member of it, and may work on incidents. */
export const checkAssignment = Effect.fnUntraced(function* (read: Reader.Reader, { teamId, assigneeId }: Target) {
  const team = Option.getOrUndefined(yield* read.team(teamId))
  const assignee = Option.getOrUndefined(yield* read.person(assigneeId))
  if (team !== undefined && !team.isActive) return yield* guard("teamActive", "The team is not active.")
  if (assignee !== undefined) yield* checkAssignee(assignee, teamId)
  return { team, assignee }
})

const checkAssignee = Effect.fnUntraced(function* (assignee: Directory.Person, teamId: string | null) {
  if (!assignee.isActive) return yield* guard("assigneeActive", "The assignee is not active.")
  const actor = yield* assignee.actor
  if (teamId !== null && !actor.teamIds.includes(teamId))
    return yield* guard("assigneeInTeam", "The assignee is not a member of the team.")
  if (!Policy.mayEver(actor, "incident.work"))
    return yield* guard("assigneeMayWork", "The assignee may not work on incidents.")
})

/** The timestamps and counters of an incident that goes to another team or assignee. */
const assigned = (
  incident: Incident,
  target: Pick<Incident, "teamId" | "assigneeId">,
  now: Instant.Instant
): Incident => {
  const moved =
    (incident.teamId !== null && incident.teamId !== target.teamId) ||
    (incident.assigneeId !== null && incident.assigneeId !== target.assigneeId)
  return {
    ...incident,
    ...target,
    firstAssignedAt: incident.firstAssignedAt ?? now,
    assignedAt: now,
    reassignmentCount: incident.reassignmentCount + (moved ? 1 : 0)
  }
}

/** Whoever takes up an incident that nobody has becomes its assignee. */
export const takenUp = (incident: Incident, actorId: Incident["assigneeId"], now: Instant.Instant): Incident =>
  incident.assigneeId !== null || actorId === null
    ? incident
    : assigned(incident, { teamId: incident.teamId, assigneeId: actorId }, now)

const AssignInput = Schema.Struct({
  teamId: Schema.optionalKey(Id.Id("Team")),
  assigneeId: Schema.optionalKey(Id.Id("User"))
}).annotate({ identifier: "AssignIncident" })

/** The team that the incident belongs to afterwards: the one named, else the present one. */
const targetOf = Effect.fnUntraced(function* (incident: Incident, input: typeof AssignInput.Type, read: Reader.Reader) {
  const teamId = input.teamId ?? incident.teamId
  if (input.assigneeId !== undefined) return { teamId, assigneeId: input.assigneeId }
  const present = Option.getOrUndefined(yield* read.person(incident.assigneeId))
  const stays = present !== undefined && teamId !== null && (yield* present.actor).teamIds.includes(teamId)
  return { teamId, assigneeId: stays ? incident.assigneeId : null }
})

export const assign = Command.action(Incident, "assign", {
  description: "The incident belongs to the team, and to the assignee where one is named; a new one becomes assigned.",
  input: AssignInput,
  gather: (incident, input, read) =>
    Effect.gen(function* () {
      if (input.teamId === undefined && input.assigneeId === undefined) {
        return yield* Errors.ValidationFailed.at("", "required", "needs a team or an assignee")
      }
      const target = yield* targetOf(incident, input, read)
      const { team } = yield* checkAssignment(read, target)
      const before = Option.getOrUndefined(yield* read.team(incident.teamId))
      const requester = Option.getOrUndefined(yield* read.person(incident.requesterId))
      const derived = before?.departmentId ?? requester?.departmentId ?? null
      const departmentId =
        incident.departmentId === derived
          ? (team?.departmentId ?? requester?.departmentId ?? null)
          : incident.departmentId
      return { target, departmentId }
    }),
  decide: (incident, _, { target, departmentId, ...moment }) => {
    const step = Lifecycle.step(lifecycle, incident, "assign", moment)
    if (Result.isFailure(step)) return Result.fail(step.failure)
    if (target.teamId === incident.teamId && target.assigneeId === incident.assigneeId) {
      return Result.fail(guard("notSameAssignment", "The incident is already assigned like that."))
    }
    const next = { ...assigned(incident, target, moment.now), state: step.success, departmentId }
    return Result.succeed({
      ...changed(incident, next),
      events: [IncidentAssigned.make(incident, target)]
    })
  }
})

const ofTheTeam = (incident: Incident, actor: Actor.Actor) =>
  (actor.id !== null && incident.assigneeId === actor.id) ||
  (incident.teamId !== null && actor.teamIds.includes(incident.teamId)) ||
  "Only the assignee or a member of the team acknowledges an incident."

export const acknowledge = Command.action(Incident, "acknowledge", {
  description: "The assignee, or a member of the team, has taken note of the incident.",
  input: Command.Nothing,
  errors: [Errors.PermissionDenied],
  isFor: ofTheTeam,
  gather: (incident, _, __, { actor, now }) => {
    const verdict = ofTheTeam(incident, actor)
    // in a state that knows no such step, that is what there is to say
    return verdict === true || Result.isFailure(Lifecycle.step(lifecycle, incident, "acknowledge", { now }))
      ? Effect.succeed({})
      : Effect.fail(new Errors.PermissionDenied({ permission: "incident.acknowledge", reason: verdict }))
  },
  decide: (incident, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, incident, "acknowledge", moment), (state) => ({
      ...changed(incident, { ...incident, state, acknowledgedAt: moment.now }),
      events: [IncidentAcknowledged.make(incident, { acknowledgedAt: moment.now })]
    }))
})

export const start = Command.action(Incident, "start", {
  description: "Work has begun; whoever starts an incident that nobody has becomes its assignee.",
  input: Command.Nothing,
  decide: (incident, _, { actor, ...moment }) =>
    Result.map(Lifecycle.step(lifecycle, incident, "start", moment), (state) => {
      const mine = takenUp(incident, actor.id, moment.now)
      const next = {
        ...mine,
        state,
        acknowledgedAt: mine.acknowledgedAt ?? moment.now,
        startedAt: mine.startedAt ?? moment.now
      }
      return {
        ...changed(incident, next),
        events: [IncidentStarted.make(incident, { assigneeId: next.assigneeId })]
      }
    })
})
