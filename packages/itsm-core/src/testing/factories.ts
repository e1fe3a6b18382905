import type { Entity } from "../kernel/index.ts"
import { Audit, Delivery, Event, Idempotency, Instant, Job, Stamp, Timer } from "../kernel/index.ts"
import type * as Id from "../kernel/model/id.ts"
import { Department } from "../modules/identity/records/department.ts"
import { Organization } from "../modules/identity/records/organization.ts"
import { Team, TeamMember } from "../modules/identity/records/team.ts"
import { User } from "../modules/identity/records/user.ts"

/** The moment at which the records of the factories are written, unless they say otherwise. */
export const epoch: Instant.Instant = Instant.fromEpochMs(Date.UTC(2026, 10, 21, 8, 30))

export const freshId = <Name extends string>(): Id.Id<Name> => globalThis.crypto.randomUUID() as Id.Id<Name>

const run = freshId<"Run">().slice(0, 8)
let counted = 0
/** A text that no other call gives, in this run or another, so that unique keys of a shared store do not meet. */
export const uniqueText = (prefix: string): string => `${prefix}-${++counted}-${run}`

type Patch<E extends Entity.AnyEntity> = Partial<Entity.RecordOf<E>>
type OrganizationId = Id.Id<"Organization">

/** A record at version 1 with its envelope, written by nobody at the epoch; `draft` may replace any of it. */
export const recordOf = <E extends Entity.AnyEntity>(
  entity: E,
  organizationId: OrganizationId,
  draft: Entity.DraftOf<E> & Patch<E>
): Entity.RecordOf<E> => ({
  ...Stamp.stamp(entity, { now: epoch, actor: { id: null, organizationId } }, freshId(), entity.make(draft)),
  ...draft
})

export const organization = (patch: Patch<typeof Organization> = {}): Organization => {
  const id = freshId<"Organization">()
  return recordOf(Organization, id, { id, name: "Acme", slug: uniqueText("acme"), ...patch })
}

export const department = (organizationId: OrganizationId, patch: Patch<typeof Department> = {}): Department =>
  recordOf(Department, organizationId, { name: uniqueText("Department"), ...patch })

export const user = (organizationId: OrganizationId, patch: Patch<typeof User> = {}): User =>
  recordOf(User, organizationId, { email: `${uniqueText("ann")}@acme.example`, displayName: "Ann Agent", ...patch })

export const team = (organizationId: OrganizationId, patch: Patch<typeof Team> = {}): Team =>
  recordOf(Team, organizationId, { name: uniqueText("Team"), ...patch })

export const teamMember = (member: User, of: Team, patch: Patch<typeof TeamMember> = {}): TeamMember =>
  recordOf(TeamMember, of.organizationId, { teamId: of.id, userId: member.id, ...patch })

export const timer = (organizationId: OrganizationId, patch: Patch<typeof Timer.Timer> = {}): Timer.Timer =>
  recordOf(Timer.Timer, organizationId, {
    kind: "reminder",
    key: uniqueText("reminder"),
    ref: freshId(),
    dueAt: epoch,
    ...patch
  })

export const outboxEvent = (
  organizationId: OrganizationId,
  patch: Patch<typeof Event.OutboxEvent> = {}
): Event.OutboxEvent =>
  recordOf(Event.OutboxEvent, organizationId, {
    type: "incident.resolved.v1",
    aggregateType: "incident",
    aggregateId: freshId(),
    aggregateVersion: 2,
    occurredAt: epoch,
    correlationId: freshId(),
    depth: 0,
    data: {},
    dueAt: epoch,
    ...patch
  })

export const delivery = (
  organizationId: OrganizationId,
  patch: Patch<typeof Delivery.Delivery> = {}
): Delivery.Delivery =>
  recordOf(Delivery.Delivery, organizationId, {
    eventId: freshId(),
    type: "incident.resolved.v1",
    reaction: uniqueText("incidents.tell"),
    aggregateType: "incident",
    aggregateId: freshId(),
    aggregateVersion: 2,
    occurredAt: epoch,
    correlationId: freshId(),
    depth: 0,
    eventData: {},
    place: "1",
    dueAt: epoch,
    ...patch
  })

export const job = (organizationId: OrganizationId, patch: Patch<typeof Job.Job> = {}): Job.Job =>
  recordOf(Job.Job, organizationId, {
    kind: uniqueText("incidents.import"),
    input: {},
    dueAt: epoch,
    depth: 1,
    ...patch
  })

export const auditEntry = (organizationId: OrganizationId, patch: Patch<typeof Audit.AuditLog> = {}): Audit.AuditLog =>
  recordOf(Audit.AuditLog, organizationId, {
    actorKind: "system",
    action: "incident.resolve",
    entityType: "incident",
    outcome: "allow",
    changes: [],
    subjects: [],
    ...patch
  })

export const idempotencyRecord = (
  organizationId: OrganizationId,
  patch: Patch<typeof Idempotency.IdempotencyRecord> = {}
): Idempotency.IdempotencyRecord =>
  recordOf(Idempotency.IdempotencyRecord, organizationId, {
    key: uniqueText("POST /incidents/"),
    fingerprint: "0",
    status: 201,
    body: "{}",
    headers: {},
    expiresAt: Instant.plusMs(epoch, Instant.dayMs),
    ...patch
  })
