import type { Actor, Origin } from "../access/actor.ts"
import { AuditLog, auditDraft, diff, type FieldChange } from "./audit.ts"
import type { Catalogue } from "../running/catalogue.ts"
import type { PlannedChange } from "./change.ts"
import type { AnyCommand, Moment, Plan } from "./command.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { type Event, OutboxEvent } from "./event.ts"
import type { Instant } from "../model/instant.ts"
import type { Addition } from "./reaction.ts"
import { restamp, stamp } from "../model/stamp.ts"
import type { Change } from "../storage/store.ts"
import { Timer, timerKey, type TimerRequest } from "./timer.ts"
import { departmentOf } from "../access/whereabouts.ts"

interface Situation {
  readonly before: AnyRecord | undefined
  /** Of what the record is a part of. */
  readonly departmentAround: string | null
  readonly moment: Moment
  readonly origin: Origin
  readonly freshId: () => string
}

const updateOf = (entity: AnyEntity, before: AnyRecord, after: AnyRecord): Change => ({
  kind: "update",
  entity,
  record: after,
  expectedVersion: before.version
})

/** Everything that a decision changes, stamped: the records, the audit entry, the events, the deadlines. */
export const commitOf = (
  catalogue: Catalogue,
  command: AnyCommand,
  plan: Plan,
  additions: ReadonlyArray<Addition>,
  situation: Situation
) => {
  const { before, departmentAround, moment, origin, freshId } = situation
  const isOfMany = command.kind === "collection"
  const record = isOfMany
    ? ({ id: moment.freshId as string, version: 0 } as AnyRecord)
    : before === undefined
      ? stamp(moment, moment.freshId, command.entity.make(plan.create ?? {}))
      : plan.change === undefined || plan.change === before
        ? before
        : restamp(moment, before, plan.change)
  const made = plan.made === undefined ? undefined : stamp(moment, moment.freshId, command.makes.make(plan.made))
  const planned = [...plan.also, ...additions.flatMap((addition) => addition.also ?? [])].map((change) =>
    plannedChange(change, moment, freshId)
  )
  const timers = [...plan.timers, ...additions.flatMap((addition) => addition.timers ?? [])]
  const subject = made ?? record
  const entry = auditDraft(moment.actor, origin, {
    action: command.permission,
    entity: command.entity,
    id: isOfMany ? null : record.id,
    number: typeof record["number"] === "string" ? record["number"] : null,
    departmentId: departmentOf(command.entity, record) ?? departmentOf(command.entity, before) ?? departmentAround,
    outcome: "allow",
    reason: plan.reason,
    changes: [
      ...(record === before || isOfMany ? [] : diff(command.entity, before, record)),
      ...(made === undefined ? [] : named(command.makes, made, diff(command.makes, undefined, made))),
      ...planned.flatMap(({ change, before: old }) =>
        named(change.entity, change.record, diff(change.entity, old, change.record))
      )
    ]
  })
  const changes: ReadonlyArray<Change> = [
    ...(isOfMany
      ? []
      : before === undefined
        ? [{ kind: "insert", entity: command.entity, record } as const]
        : record === before
          ? []
          : [updateOf(command.entity, before, record)]),
    ...(made === undefined ? [] : [{ kind: "insert", entity: command.makes, record: made } as const]),
    ...planned.map(({ change }) => change),
    { kind: "insert", entity: AuditLog, record: stamp(moment, freshId(), entry) },
    ...plan.events.map((event) => outboxChange(catalogue, event, command, record, situation)),
    ...timers.map((timer) => timerChange(timer, moment, freshId))
  ]
  return { record, made, subject, changes }
}

const plannedChange = (planned: PlannedChange, moment: Moment, freshId: () => string) => {
  if (planned.kind === "insert") {
    const record = stamp(moment, planned.id ?? freshId(), planned.draft)
    return { change: { kind: "insert", entity: planned.entity, record } as const, before: undefined }
  }
  const record = restamp(moment, planned.before, planned.after)
  return {
    change: { kind: "update", entity: planned.entity, record, expectedVersion: planned.before.version } as const,
    before: planned.before
  }
}

/** Changes of another record than the command's own say whose they are. */
const named = (entity: AnyEntity, record: AnyRecord, changes: ReadonlyArray<FieldChange>): ReadonlyArray<FieldChange> =>
  changes.map((change) => ({ ...change, field: `${entity.resource}/${record.id}/${change.field}` }))

const outboxChange = (
  catalogue: Catalogue,
  event: Event,
  command: AnyCommand,
  record: AnyRecord,
  { moment, origin, freshId }: Situation
): Change => raise(catalogue, event, { entity: command.entity, record }, { moment, origin, id: freshId() })

interface Subject {
  readonly entity: AnyEntity
  readonly record: Pick<AnyRecord, "id" | "version">
}

interface Raised {
  readonly moment: { readonly now: Instant; readonly actor: Pick<Actor, "id" | "organizationId"> }
  readonly origin: Origin
  readonly id: string
}

/** The change that puts an event about a record into the outbox. */
export const raise = (
  catalogue: Catalogue,
  event: Event,
  { entity, record }: Subject,
  { moment, origin, id }: Raised
): Change => {
  const draft = OutboxEvent.make({
    type: event.type,
    aggregateType: entity.resource,
    aggregateId: record.id,
    aggregateVersion: record.version,
    occurredAt: moment.now,
    actorId: moment.actor.id,
    requestId: origin.requestId,
    causationId: null,
    correlationId: origin.requestId ?? id,
    depth: 0,
    data: event.data,
    dueAt: moment.now,
    processedAt: catalogue.after(event.type).length === 0 ? moment.now : null
  })
  return { kind: "insert", entity: OutboxEvent, record: stamp(moment, id, draft) }
}

const timerChange = ({ kind, ref, at }: TimerRequest, moment: Moment, freshId: () => string): Change =>
  at === null
    ? { kind: "drop", entity: Timer, key: timerKey(kind, ref) }
    : {
        kind: "put",
        entity: Timer,
        record: stamp(
          moment,
          freshId(),
          Timer.make({ kind, key: timerKey(kind, ref), ref, dueAt: at, leaseUntil: null })
        )
      }
