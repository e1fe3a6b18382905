import type { Actor, Origin } from "../access/actor.ts"
import { departmentOf } from "../access/whereabouts.ts"
import type { AnyRecord } from "../model/entity.ts"
import type { Instant } from "../model/instant.ts"
import { stamp } from "../model/stamp.ts"
import type { Catalogue } from "../running/catalogue.ts"
import type { Change } from "../storage/store.ts"
import { AuditLog, auditDraft } from "./audit.ts"
import type { Cause } from "./cause.ts"
import type { ChangeSet, Written } from "./change-set.ts"
import type { AnyCommand, Moment, Plan } from "./command.ts"
import { type Event, OutboxEvent } from "./event.ts"
import type { Raised } from "./reacting.ts"
import { depthOf, Timer, timerKey, type TimerRequest } from "./timer.ts"

interface Situation {
  readonly before: AnyRecord | undefined
  /** Of what the record is a part of. */
  readonly departmentAround: string | null
  readonly moment: Moment
  readonly origin: Origin
  readonly cause: Cause
  readonly freshId: () => string
}

/** Puts what the command itself changes into the set: its record, the one that it makes, and what else it plans. */
export const begin = (
  set: ChangeSet,
  command: AnyCommand,
  plan: Plan,
  before: AnyRecord | undefined,
  { freshId }: Moment
): void => {
  const { entity, makes, permission } = command
  if (command.kind === "collection") return set.plan(plan.also, plan.timers, permission)
  if (before === undefined) set.insert(entity, entity.make(plan.create ?? {}), permission, freshId)
  else if (plan.change === undefined || plan.change === before) set.mention(entity, before)
  else set.patch(entity, before, plan.change, permission)
  if (plan.made !== undefined) set.insert(makes, makes.make(plan.made), permission, freshId)
  set.plan(plan.also, plan.timers, permission)
}

/** What is changed in another record than the entry's own says whose it is. */
const changesOf = (own: AnyRecord, { entity, id, changes }: Written) =>
  id === own.id ? changes : changes.map((change) => ({ entityType: entity.resource, entityId: id, ...change }))

/** Everything that a command and the reactions of its commit change: the records, the audit entry, the events, the deadlines. */
export const commitOf = (
  catalogue: Catalogue,
  command: AnyCommand,
  plan: Plan,
  set: ChangeSet,
  raised: ReadonlyArray<Raised>,
  { before, departmentAround, moment, origin, cause, freshId }: Situation
) => {
  const { entity } = command
  const built = set.build()
  const isOfMany = command.kind === "collection"
  const record = isOfMany
    ? ({ id: moment.freshId as string, version: 0 } as AnyRecord)
    : set.after(entity, before?.id ?? moment.freshId)!
  const made = plan.made === undefined ? undefined : set.after(command.makes, moment.freshId)
  const entry = auditDraft(moment.actor, origin, cause, {
    action: command.permission,
    entity,
    id: isOfMany ? null : record.id,
    number: typeof record["number"] === "string" ? record["number"] : null,
    departmentId: departmentOf(entity, record) ?? departmentOf(entity, before) ?? departmentAround,
    outcome: "allow",
    reason: plan.reason,
    changes: built.records.flatMap((written) => changesOf(record, written)),
    subjects: [...new Set([...(isOfMany ? [] : [record.id]), ...built.records.map(({ id }) => id)])]
  })
  const correlationId = cause.correlationId ?? origin.requestId ?? raised[0]?.id ?? ""
  const changes: ReadonlyArray<Change> = [
    ...built.changes,
    { kind: "insert", entity: AuditLog, record: stamp(AuditLog, moment, freshId(), entry) },
    ...raised.map((each, sequence) => {
      const subject = set.after(catalogue.entities.get(each.event.subject.entity)!, each.event.subject.id)!
      const { onBehalfOfId } = cause
      return outboxChange(catalogue, { ...each, sequence }, subject, { moment, origin, correlationId, onBehalfOfId })
    }),
    ...built.timers.map((timer) => timerChange(timer, moment, freshId))
  ]
  return { record, made, changes }
}

interface Raising {
  readonly moment: { readonly now: Instant; readonly actor: Pick<Actor, "id" | "organizationId"> }
  readonly origin: Origin
  readonly correlationId: string
  readonly onBehalfOfId: Cause["onBehalfOfId"]
}

const outboxChange = (
  catalogue: Catalogue,
  { id, event, causationId, depth, sequence }: Raised & { readonly sequence: number },
  { version }: Pick<AnyRecord, "version">,
  { moment, origin, correlationId, onBehalfOfId }: Raising
): Change => {
  const draft = OutboxEvent.make({
    type: event.type,
    aggregateType: catalogue.entities.get(event.subject.entity)!.resource,
    aggregateId: event.subject.id,
    aggregateVersion: version,
    sequence,
    occurredAt: moment.now,
    actorId: moment.actor.id,
    requestId: origin.requestId,
    causationId,
    correlationId,
    depth,
    onBehalfOfId,
    data: event.data,
    dueAt: moment.now,
    processedAt: catalogue.after(event.type).length === 0 ? moment.now : null
  })
  return { kind: "insert", entity: OutboxEvent, record: stamp(OutboxEvent, moment, id, draft) }
}

interface Alone {
  readonly moment: Raising["moment"]
  readonly origin: Origin
  readonly id: string
  /** What led to the event; nothing, where it begins a chain. */
  readonly cause?: Cause
}

/** The change that puts an event into the outbox, for a commit that no command makes. */
export const raise = (
  catalogue: Catalogue,
  event: Event,
  subject: Pick<AnyRecord, "version">,
  { moment, origin, id, cause }: Alone
): Change => {
  if (!catalogue.events.has(event.type)) throw new Error(`No module publishes the event "${event.type}".`)
  const correlationId = cause?.correlationId ?? origin.requestId ?? id
  const raised = { id, event, causationId: cause?.causationId ?? null, depth: cause?.depth ?? 0, sequence: 0 }
  const onBehalfOfId = cause?.onBehalfOfId ?? null
  return outboxChange(catalogue, raised, subject, { moment, origin, correlationId, onBehalfOfId })
}

const timerChange = (request: TimerRequest, moment: Moment, freshId: () => string): Change => {
  const { kind, ref, at } = request
  const key = timerKey(kind, ref)
  if (at === null) return { kind: "drop", entity: Timer, key }
  const draft = Timer.make({
    kind,
    key,
    ref,
    dueAt: at,
    leaseUntil: null,
    correlationId: moment.cause.correlationId,
    depth: depthOf(request, moment)
  })
  return { kind: "put", entity: Timer, record: stamp(Timer, moment, freshId(), draft) }
}
