import { Audit, Event, Timer } from "@itsm/core/kernel"
import { Incident, IncidentComment } from "@itsm/core/incidents"
import { freshId, query } from "./database.ts"
import { blank } from "./statements.ts"

type Row = Readonly<Record<string, unknown>>

/** Who asks, as their token says. */
export interface Caller {
  readonly organizationId: string
  readonly userId: string
}

const blanks = {
  incident: blank(Incident),
  comment: blank(IncidentComment),
  audit: blank(Audit.AuditLog),
  event: blank(Event.OutboxEvent),
  timer: blank(Timer.Timer)
}

const dayMs = 86_400_000

const envelope = ({ organizationId, userId }: Caller, now: string) => ({
  id: freshId(),
  organizationId,
  createdAt: now,
  createdById: userId,
  updatedAt: now,
  updatedById: userId
})

const auditOf = (caller: Caller, now: string, action: string, incident: Row, after: Row) =>
  JSON.stringify({
    ...blanks.audit,
    ...envelope(caller, now),
    actorKind: "user",
    actorId: caller.userId,
    action,
    entityType: "incident",
    entityId: incident["id"],
    entityNumber: incident["number"],
    outcome: "allow",
    changes: Object.entries(after).map(([field, value]) => ({ field, old: incident[field] ?? null, new: value }))
  })

const eventOf = (caller: Caller, now: string, type: string, incident: Row, data: object) => {
  const base = envelope(caller, now)
  return JSON.stringify({
    ...blanks.event,
    ...base,
    type,
    aggregateType: "incident",
    aggregateId: incident["id"],
    aggregateVersion: incident["version"],
    occurredAt: now,
    actorId: caller.userId,
    correlationId: base.id,
    depth: 0,
    data: { id: incident["id"], number: incident["number"], ...data },
    dueAt: now,
    processedAt: now
  })
}

const words = (...texts: ReadonlyArray<unknown>) =>
  (
    texts
      .join(" ")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).join(" ")
const searchable = (incident: Row) => ({
  ...incident,
  "~words": words(incident["number"], incident["title"], incident["description"])
})

const updated = (caller: Caller, now: string, incident: Row, after: Row): Row => ({
  ...incident,
  ...after,
  version: Number(incident["version"]) + 1,
  updatedAt: now,
  updatedById: caller.userId
})

const blocks = new Map<string, { next: number; end: number }>()

const nextNumber = async (organizationId: string): Promise<string> => {
  let block = blocks.get(organizationId)
  if (block === undefined || block.next >= block.end) {
    const [row] = await query("reserve", [organizationId])
    const next = Number(row!["first"])
    blocks.set(organizationId, (block = { next, end: next + 50 }))
  }
  return `INC-${String(block.next++).padStart(6, "0")}`
}

export const create = async (caller: Caller, body: Row): Promise<Row> => {
  const now = new Date().toISOString()
  const number = await nextNumber(caller.organizationId)
  const priority = Number(body["impact"]) + Number(body["urgency"]) - 1
  const given = {
    ...body,
    number,
    computedPriority: priority,
    priority,
    state: "assigned",
    openedAt: now,
    assignedAt: now
  }
  const incident: Row = { ...blanks.incident, ...given, ...envelope(caller, now), firstAssignedAt: now }
  await query("create", [
    auditOf(caller, now, "incident.create", { id: incident["id"], number }, given),
    JSON.stringify(searchable(incident)),
    eventOf(caller, now, "incident.created.v1", incident, { priority, requesterId: body["requesterId"] })
  ])
  return incident
}

export const comment = async (caller: Caller, incident: Row, body: Row): Promise<Row> => {
  const now = new Date().toISOString()
  const written: Row = {
    ...blanks.comment,
    ...body,
    ...envelope(caller, now),
    incidentId: incident["id"],
    authorId: caller.userId,
    authorKind: "user"
  }
  const audit = auditOf(caller, now, "incident.add_comment", incident, { body: body["body"] })
  const inserted = JSON.stringify({ ...written, "~words": words(body["body"]) })
  const event = eventOf(caller, now, "incident.commented.v1", incident, { commentId: written["id"] })
  if (incident["firstRespondedAt"] !== null) await query("commentOnly", [audit, inserted, event])
  else {
    const after = updated(caller, now, incident, { firstRespondedAt: now })
    await query("comment", [JSON.stringify(searchable(after)), audit, inserted, event])
  }
  return written
}

const timerOf = (caller: Caller, now: string, incident: Row, kind: string, dueAt: string) => ({
  ...blanks.timer,
  ...envelope(caller, now),
  kind,
  key: `${kind}:${String(incident["id"])}`,
  ref: incident["id"],
  dueAt
})

export const resolve = async (caller: Caller, incident: Row, body: Row): Promise<Row> => {
  const moment = Date.now()
  const now = new Date(moment).toISOString()
  const autoCloseAt = new Date(moment + 7 * dayMs).toISOString()
  const closingSoonAt = new Date(moment + 6 * dayMs).toISOString()
  const change = {
    ...body,
    state: "resolved",
    resolvedAt: now,
    resolvedById: caller.userId,
    autoCloseAt,
    closingSoonAt
  }
  const after = updated(caller, now, incident, change)
  await query("resolve", [
    JSON.stringify(searchable(after)),
    JSON.stringify([
      timerOf(caller, now, incident, "incident.auto_close", autoCloseAt),
      timerOf(caller, now, incident, "incident.closing_soon", closingSoonAt)
    ]),
    auditOf(caller, now, "incident.resolve", incident, change),
    eventOf(caller, now, "incident.resolved.v1", after, { resolvedAt: now, resolutionCode: body["resolutionCode"] })
  ])
  return after
}
