import { Effect, Option, Result, Schema } from "effect"
import {
  type Actor,
  Change,
  Command,
  Entity,
  Errors,
  type Event,
  Id,
  Instant,
  Policy,
  Service,
  Text
} from "../../kernel/index.ts"
import { changed } from "./clockwork.ts"
import { IncidentCommented, IncidentCreated, IncidentFollowedUp } from "./published.ts"
import { Incident } from "./incident.ts"
import { IncidentComment, Visibility } from "./incident-comment.ts"
import { isClosed, isFinal, isOpen, isPending, isResolved } from "./lifecycle.ts"
import { assigneeRemains, isCaller, reopened } from "./resolution.ts"
import { IncidentSettings } from "./settings.ts"
import { resumed } from "./waiting.ts"

const CommentInput = Schema.Struct({
  body: Text.Text(1, 65_535),
  visibility: Schema.optionalKey(Visibility),
  inReplyToId: Schema.optionalKey(Schema.NullOr(Id.Id("IncidentComment"))),
  ...Entity.addedFields
}).annotate({ identifier: "AddComment" })

const denied = (reason: string) => new Errors.PermissionDenied({ permission: "incident.add_internal_comment", reason })
const refused = (guard: string, reason: string) => new Errors.GuardFailed({ guard, reason })

/** A reply of the caller that comes too late to reopen: a new incident takes it up. */
const followUp = (incident: Incident, body: string, number: string, id: Id.Id<"Incident">, now: Instant.Instant) =>
  Change.insert(
    Incident,
    {
      number,
      title: incident.title,
      description: body,
      impact: incident.impact,
      urgency: incident.urgency,
      computedPriority: incident.computedPriority,
      priority: incident.computedPriority,
      requesterId: incident.requesterId,
      requestedForId: incident.requestedForId,
      departmentId: incident.departmentId,
      categoryId: incident.categoryId,
      subcategoryId: incident.subcategoryId,
      source: incident.source,
      followUpOfId: incident.id,
      openedAt: now
    },
    id
  )

/** The incident after a comment, and the event where the comment moved it. */
interface Moved {
  readonly next: Incident
  readonly event: Event.Event | undefined
}

const onlyInternal = "A closed or cancelled incident takes internal comments only."

const mayNote = (incident: Incident, actor: Actor.Actor) =>
  Policy.permits(actor, Incident, "incident.add_internal_comment")(incident)

export const addComment = Command.action(Incident, "addComment", {
  description:
    "A public comment reaches the caller; an internal one is a work note. A reply of the caller resumes or reopens.",
  input: CommentInput,
  makes: IncidentComment,
  errors: [Errors.PermissionDenied],
  isFor: (incident, actor) =>
    !isFinal(incident) || mayNote(incident, actor) || (isClosed(incident) && isCaller(incident, actor)) || onlyInternal,
  gather: (incident, { visibility = "public", inReplyToId = null }, read, { actor, now }) =>
    Effect.gen(function* () {
      if (visibility === "internal" && !mayNote(incident, actor)) {
        return yield* denied("You may not write internal comments here.")
      }
      const parent = yield* read.get(IncidentComment, inReplyToId)
      if (Option.isSome(parent) && parent.value.incidentId !== incident.id) {
        return yield* Errors.ValidationFailed.at(
          "/inReplyToId",
          "reference_not_found",
          "names no record that you may use here"
        )
      }
      const byCaller = isCaller(incident, actor) && visibility === "public"
      const { reopenOnReply } = yield* read.setting(IncidentSettings)
      const isLate = byCaller && isClosed(incident) && (incident.reopenUntil === null || now >= incident.reopenUntil)
      if (
        isFinal(incident) &&
        visibility === "public" &&
        !(byCaller && isClosed(incident) && (isLate || reopenOnReply))
      ) {
        return yield* refused("commentOnClosed", onlyInternal)
      }
      return {
        visibility,
        byCaller,
        reopenOnReply,
        late: isLate
          ? { number: yield* read.nextNumber("INC"), id: (yield* Command.freshIds)<"Incident">() }
          : undefined,
        assigneeRemains: byCaller && !isOpen(incident) && (yield* assigneeRemains(read, incident))
      }
    }),
  decide: (
    incident,
    { body, inReplyToId = null, visibility: _, ...added },
    { visibility, byCaller, reopenOnReply, late, ...facts }
  ) => {
    const { actor, now, freshId } = facts
    const comment = {
      incidentId: late?.id ?? incident.id,
      authorId: actor.id,
      authorKind: actor.kind,
      visibility,
      body,
      inReplyToId: late === undefined ? inReplyToId : null,
      ...added
    }
    const commented = IncidentCommented.make(incident, {
      commentId: freshId,
      visibility
    })
    if (late !== undefined) {
      return Result.succeed({
        change: incident,
        made: comment,
        also: [followUp(incident, body, late.number, late.id, now)],
        events: [
          IncidentCreated.make(late, {
            priority: incident.computedPriority,
            requesterId: incident.requesterId
          }),
          IncidentFollowedUp.make(incident, {
            followUpId: late.id,
            followUpNumber: late.number
          })
        ]
      })
    }
    const answered =
      !isCaller(incident, actor) &&
      actor.kind === "user" &&
      visibility === "public" &&
      incident.firstRespondedAt === null
    const base: Incident = answered ? { ...incident, firstRespondedAt: now } : incident
    const moved: Result.Result<Moved, Errors.StateConflict | Errors.GuardFailed> =
      byCaller && isPending(incident) && incident.pendingReason === "awaiting_caller"
        ? resumed(base, facts)
        : byCaller && reopenOnReply && (isResolved(incident) || isClosed(incident))
          ? reopened(base, "reply of the caller", facts)
          : Result.succeed({ next: base, event: undefined })
    return Result.map(moved, ({ next, event }) => ({
      ...(next === incident ? { change: incident } : changed(incident, next)),
      made: comment,
      events: [commented, ...(event === undefined ? [] : [event])]
    }))
  }
})

const edit = Command.update(IncidentComment, "update", {
  description:
    "The author corrects a comment, for some minutes after it was written; what it said before stays on record.",
  input: IncidentComment.patch,
  errors: [Errors.GuardFailed],
  gather: (_, __, read) => read.setting(IncidentSettings),
  decide: (comment, { body }, { actor, now, commentEditMinutes }) => {
    if (comment.authorId !== actor.id) return Result.fail(refused("isAuthor", "Only its author edits a comment."))
    if (Instant.elapsedMs(comment.createdAt, now) >= commentEditMinutes * 60_000)
      return Result.fail(refused("withinEditWindow", "The time in which it could be edited is over."))
    if (body === undefined || body === comment.body) return Result.succeed({ change: comment })
    return Result.succeed({
      change: {
        ...comment,
        body,
        editedAt: now,
        editHistory: [...comment.editHistory, { body: comment.body, until: now }]
      }
    })
  }
})

const remove = Command.remove(IncidentComment, "delete", {
  description: "Deletes a comment.",
  input: Command.Nothing,
  decide: (comment, _, { actor, now }) =>
    Result.succeed({ change: { ...comment, deletedAt: now, deletedById: actor.id } })
})

export class IncidentComments extends Service.define("IncidentComments", IncidentComment, {
  update: edit,
  delete: remove
}) {}
