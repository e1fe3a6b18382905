import { Schema } from "effect"
import type { Actor, Origin } from "../access/actor.ts"
import * as Entity from "../model/entity.ts"
import type { AnyEntity, AnyRecord, RecordOf } from "../model/entity.ts"
import { envelopeFields } from "../model/entity.ts"
import type { FieldInfo } from "../model/field.ts"
import { ActorId, PastId, PastIds } from "../model/id.ts"
import type { Cause } from "./cause.ts"
import { isSame } from "../model/same.ts"
import { Text } from "../model/text.ts"

const Json = Schema.Unknown as Schema.Codec<unknown, unknown, never, never>

/** A field that a command changed; secrets appear as `"[redacted]"`. */
export const FieldChange = Schema.Struct({
  /** The record, where it is another one than that of the entry: `incident`. */
  entityType: Schema.optionalKey(Schema.String),
  entityId: Schema.optionalKey(Schema.String),
  field: Schema.String,
  old: Json,
  new: Json,
  /** What was added to a counter, whatever it was by then. */
  by: Schema.optionalKey(Schema.Finite)
}).annotate({ identifier: "FieldChange" })
export type FieldChange = typeof FieldChange.Type

/** One entry for each accepted and each denied command, written in the command's own commit. Append only. */
export const AuditLog = Entity.define("AuditLog", {
  plural: "auditLogs",
  role: "log",
  fields: {
    actorKind: Entity.managed(Schema.Literals(["user", "service", "system", "ai", "anonymous"])),
    actorId: Entity.managed(Schema.NullOr(ActorId)),
    /** The key that a program came with, to act as the user. */
    apiKeyId: Entity.managed(Schema.NullOr(PastId)),
    action: Entity.managed(Text(1, 255)),
    entityType: Entity.managed(Text(1, 255)),
    entityId: Entity.managed(Schema.NullOr(Text(36, 36))),
    entityNumber: Entity.managed(Schema.NullOr(Schema.String)),
    /** The department that the record belonged to. */
    departmentId: Entity.managed(Schema.NullOr(PastId)),
    outcome: Entity.managed(Schema.Literals(["allow", "deny", "error"])),
    reason: Entity.managed(Schema.NullOr(Schema.String)),
    changes: Entity.managed(Schema.Array(FieldChange)),
    /** Every record that the command changed, its own first: each has its whole history by its id. */
    subjects: Entity.managed(PastIds),
    /** For whom the platform acted, where it did not act for itself. */
    onBehalfOfId: Entity.managed(Schema.NullOr(PastId)),
    /** The event that the command answered; null for a request. */
    causationId: Entity.managed(Schema.NullOr(PastId)),
    requestId: Entity.managed(Schema.NullOr(Schema.String)),
    address: Entity.managed(Schema.NullOr(Schema.String)),
    userAgent: Entity.managed(Schema.NullOr(Schema.String))
  },
  indexes: [
    ["createdAt"],
    ["entityId", "createdAt"],
    ["departmentId", "createdAt"],
    ["actorId", "createdAt"],
    ["subjects"]
  ],
  relations: { own: ["actorId"], department: "departmentId" }
})
export type AuditLog = RecordOf<typeof AuditLog>

const redacted = "[redacted]"
const audited = new WeakMap<AnyEntity, ReadonlyArray<FieldInfo>>()
const auditedFields = (entity: AnyEntity): ReadonlyArray<FieldInfo> => {
  let fields = audited.get(entity)
  if (fields === undefined) {
    fields = entity.fields.filter(({ name }) => name === "deletedAt" || !envelopeFields.includes(name))
    audited.set(entity, fields)
  }
  return fields
}

type Values = Readonly<Record<string, unknown>>

/** Of an organization's own fields, those that differ. */
const customChanges = (before: unknown, after: unknown): ReadonlyArray<FieldChange> => {
  const [old, next] = [(before ?? {}) as Values, (after ?? {}) as Values]
  return [...new Set([...Object.keys(old), ...Object.keys(next)])]
    .filter((key) => !isSame(old[key] ?? null, next[key] ?? null))
    .map((key) => ({ field: `customFields.${key}`, old: old[key] ?? null, new: next[key] ?? null }))
}

/** The fields that differ, the envelope apart (but with `deletedAt`); for a new record, the fields that are not null. */
export const diff = (
  entity: AnyEntity,
  before: AnyRecord | undefined,
  after: AnyRecord
): ReadonlyArray<FieldChange> => {
  const changes: Array<FieldChange> = []
  for (const { name, access } of auditedFields(entity)) {
    const old = before?.[name] ?? null
    const next = after[name] ?? null
    if (isSame(old, next)) continue
    if (name === "customFields") {
      changes.push(...customChanges(old, next))
      continue
    }
    changes.push(
      access === "secret"
        ? { field: name, old: old === null ? null : redacted, new: next === null ? null : redacted }
        : { field: name, old, new: next }
    )
  }
  return changes
}

export interface AuditFacts {
  readonly action: string
  readonly entity: AnyEntity
  readonly id: string | null
  readonly number: string | null
  readonly departmentId: string | null
  readonly outcome: "allow" | "deny" | "error"
  readonly reason: string | null
  readonly changes: ReadonlyArray<FieldChange>
  /** The records that were changed, where it is not that one alone. */
  readonly subjects?: ReadonlyArray<string>
}

/** Who acted, as an entry says it. */
export type AuditActor = Pick<Actor, "id" | "apiKeyId"> & { readonly kind: AuditLog["actorKind"] }

/** The entry of a command, without its envelope. */
export const auditDraft = (actor: AuditActor, origin: Origin, cause: Cause, facts: AuditFacts) =>
  AuditLog.make({
    actorKind: actor.kind,
    actorId: actor.id,
    apiKeyId: actor.apiKeyId ?? null,
    action: facts.action,
    entityType: facts.entity.resource,
    entityId: facts.id,
    entityNumber: facts.number,
    departmentId: facts.departmentId,
    outcome: facts.outcome,
    reason: facts.reason,
    changes: facts.changes,
    subjects: facts.subjects ?? (facts.id === null ? [] : [facts.id]),
    onBehalfOfId: cause.onBehalfOfId,
    causationId: cause.causationId,
    requestId: origin.requestId,
    address: origin.address,
    userAgent: origin.userAgent
  })
