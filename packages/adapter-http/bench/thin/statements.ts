import { Audit, Condition, Entity, Event, type Id, Instant, Stamp, type Store, Timer } from "@itsm/core/kernel"
import { Incident, IncidentComment } from "@itsm/core/incidents"
import * as Commit from "../../../adapter-pg/src/commit-sql.ts"
import * as Query from "../../../adapter-pg/src/query-sql.ts"
import { plain } from "../../../adapter-pg/src/reach-sql.ts"

const nobody = "00000000-0000-0000-0000-000000000000"
const organizationId = nobody as Id.Id<"Organization">
const by = { now: Instant.fromEpochMs(0), actor: { id: null, organizationId } }

/** Which incidents an agent sees: their own and those of their teams. */
const row = Condition.any([
  ...["requesterId", "requestedForId", "assigneeId", "createdById"].map((field) => Condition.eq(field, nobody)),
  Condition.oneOf("teamId", [nobody, nobody])
])

const find = (where: Condition.Condition, sort: string, after?: ReadonlyArray<string>) =>
  Query.find({ organizationId }, Incident, {
    where: Condition.all([row, where, Entity.notDeleted(Incident)]),
    sort: [{ field: sort, direction: "desc" }],
    limit: 25,
    ...(after === undefined ? {} : { after })
  }).text

/** A record of nothing but initial values, for what a request does not say. */
export const blank = (entity: Entity.AnyEntity): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(entity.fields.map(({ name }) => [name, null])),
  ...Stamp.stamp(entity, by, nobody, entity.make({}))
})

const insert = (entity: Entity.AnyEntity, id = nobody): Store.Change => ({
  kind: "insert",
  entity,
  record: { ...blank(entity), id } as Entity.AnyRecord
})
const update = (entity: Entity.AnyEntity): Store.Change => ({
  kind: "update",
  entity,
  record: { ...blank(entity), version: 2 } as Entity.AnyRecord,
  expectedVersion: 1
})
const put = (key: string, id: string): Store.Change => ({
  kind: "put",
  entity: Timer.Timer,
  record: { ...blank(Timer.Timer), key, id } as unknown as Entity.AnyRecord
})
const text = (...changes: ReadonlyArray<Store.Change>) => plain(Commit.commit(organizationId, changes)).text

/** The statements that the store sends for the same requests, as constants: written once, prepared once. */
export const statements = {
  get: Query.get({ organizationId }, Incident, nobody).text,
  list: find({ field: "priority", op: "lte", value: 3 }, "updatedAt"),
  listAfter: find({ field: "priority", op: "lte", value: 3 }, "updatedAt", [Instant.fromEpochMs(0), nobody]),
  search: find({ search: "printer r1" }, "createdAt"),
  /** Its parameters: the audit entry, the incident, the event. */
  create: text(insert(Audit.AuditLog), insert(Incident), insert(Event.OutboxEvent)),
  /** Its parameters: the incident, the audit entry, the comment, the event. */
  comment: text(update(Incident), insert(Audit.AuditLog), insert(IncidentComment), insert(Event.OutboxEvent)),
  commentOnly: text(insert(Audit.AuditLog), insert(IncidentComment), insert(Event.OutboxEvent)),
  /** Its parameters: the incident, the two timers, the audit entry, the event. */
  resolve: text(
    update(Incident),
    put("a", nobody),
    put("b", nobody.replace("0", "1")),
    insert(Audit.AuditLog),
    insert(Event.OutboxEvent)
  ),
  reserve: `INSERT INTO number_sequences AS s (organization_id, sequence, next) VALUES ($1, 'INC', 1 + 50)
ON CONFLICT (organization_id, sequence) DO UPDATE SET next = s.next + 50 RETURNING (next - 50)::float8 AS "first"`,
  teams: `SELECT array_agg(team_id) AS "teams" FROM team_members WHERE organization_id = $1 AND user_id = $2 AND deleted_at IS NULL`
}
