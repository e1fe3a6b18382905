import { Schema } from "effect"
import { type CustomFields, CustomFields as CustomFieldsSchema } from "./custom-values.ts"
import * as Word from "./field.ts"
import { ActorId, Id, UnboundId } from "./id.ts"
import { Instant } from "./instant.ts"
import { Text, Whole } from "./text.ts"

/**
 * What a kind of record is for, and with it how it lives.
 *
 * - `record`: what people work on. It is changed, deleted and restored.
 * - `part`: a record that belongs to another one, and is visible where that one is.
 * - `setting`: what an organization has exactly once, with initial values before it is first set. It is never deleted.
 * - `configuration`: what others act by, such as roles or policies. Readers remember it until it is written, and who
 *   changes or deletes it says which version they have read.
 * - `internal`: what the platform keeps for itself, such as sessions and tokens. It lives as a record does, and takes
 *   nothing that an organization or another system would add.
 * - `log`: entries that are added, and never changed.
 * - `queue`: work that waits until it is due, and is leased, done and gone.
 */
export type Role = "record" | "part" | "setting" | "configuration" | "internal" | "log" | "queue"

/** What an organization adds to a record: values of its own fields, and what another system calls the record. */
export interface Additions {
  /** By their keys; `custom.<key>` in filters. */
  readonly customFields: CustomFields
  /** Unique with its source; there is neither without the other. */
  readonly externalId: string | null
  readonly externalSource: string | null
}

/** What a record carries that only the system writes. */
export interface Managed<Name extends string> {
  readonly id: Id<Name>
  readonly organizationId: Id<"Organization">
  /** Rises by one with each accepted change; starts at 1. */
  readonly version: number
  readonly createdAt: Instant
  readonly createdById: Id<"User"> | null
  readonly updatedAt: Instant
  readonly updatedById: Id<"User"> | null
  readonly deletedAt: Instant | null
  readonly deletedById: Id<"User"> | null
}

/** What every record carries beside its own fields. */
export interface Envelope<Name extends string> extends Managed<Name>, Additions {}

/** A setting that was never set is at version 0, and nobody has written it. */
export interface SettingEnvelope<Name extends string> extends Pick<
  Envelope<Name>,
  "id" | "organizationId" | "version" | "updatedById"
> {
  readonly updatedAt: Instant | null
}

/** An entry is written once: nothing in it tells of a change. */
export type LogEnvelope<Name extends string> = Pick<Envelope<Name>, "id" | "organizationId" | "createdAt">

/** Each lease raises the version, so that of two workers one is refused. */
export type QueueEnvelope<Name extends string> = Pick<Envelope<Name>, "id" | "organizationId" | "version" | "createdAt">

/** The envelope of a role; of an entity of any role, that of a record. */
export type EnvelopeOf<Name extends string, R extends Role> = [Role] extends [R]
  ? Envelope<Name>
  : [R] extends ["setting"]
    ? SettingEnvelope<Name>
    : [R] extends ["log"]
      ? LogEnvelope<Name>
      : [R] extends ["queue"]
        ? QueueEnvelope<Name>
        : [R] extends ["internal"]
          ? Managed<Name>
          : Envelope<Name>

const version = Word.managed(Whole(1, Number.MAX_SAFE_INTEGER))
const user = Word.managed(Schema.NullOr(ActorId))
const moment = Word.managed(Schema.NullOr(Instant))

const identity = (name: string) => ({
  id: Word.managed(UnboundId(name)),
  organizationId: Word.managed(Id("Organization"))
})

const createdAt = Word.managed(Instant)

const ofRecord = (name: string): Word.Fields => ({
  ...identity(name),
  version,
  createdAt,
  createdById: user,
  updatedAt: Word.managed(Instant),
  updatedById: user,
  deletedAt: moment,
  deletedById: user
})

const byRole: Readonly<Record<Role, (name: string) => Word.Fields>> = {
  record: ofRecord,
  part: ofRecord,
  configuration: ofRecord,
  internal: ofRecord,
  setting: (name) => ({
    ...identity(name),
    version: Word.managed(Whole(0, Number.MAX_SAFE_INTEGER)),
    updatedAt: moment,
    updatedById: user
  }),
  log: (name) => ({ ...identity(name), createdAt }),
  queue: (name) => ({ ...identity(name), version, createdAt })
}

/** The fields that a record of the role carries beside its own, and that only the system writes. */
export const envelopeOf = (role: Role, name: string): Word.Fields => byRole[role](name)

const additions = {
  customFields: Word.open(CustomFieldsSchema, {}),
  externalId: Word.open(Schema.NullOr(Text(1, 255)).annotate({ identifier: "ExternalId" }), null),
  externalSource: Word.open(Schema.NullOr(Text(1, 100)).annotate({ identifier: "ExternalSource" }), null)
}

/** The fields of `Additions`, as callers give them. */
export type AdditionFields<R extends Role> = [Role] extends [R]
  ? typeof additions
  : [R] extends ["record" | "part" | "configuration"]
    ? typeof additions
    : {}

/** The fields in which a record of the role takes what is added to it. */
export const additionsOf = (role: Role): Word.Fields =>
  role === "record" || role === "part" || role === "configuration" ? additions : {}

/** The same in the input of a command that has one of its own. */
export const addedFields = {
  customFields: Schema.optionalKey(CustomFieldsSchema),
  externalId: Schema.optionalKey(additions.externalId.schema),
  externalSource: Schema.optionalKey(additions.externalSource.schema)
}

/** The key by which another system finds its record again. */
export const externalKey = ["externalId", "externalSource"] as const

/** The names that are taken by the envelope, whatever the role. */
export const envelopeFields: ReadonlyArray<string> = Object.keys(ofRecord(""))
