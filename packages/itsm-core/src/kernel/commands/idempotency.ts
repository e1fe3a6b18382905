import { Schema } from "effect"
import * as Entity from "../model/entity.ts"
import type { RecordOf } from "../model/entity.ts"
import type { ErrorKind } from "../model/errors.ts"
import { ActorId } from "../model/id.ts"
import { Instant } from "../model/instant.ts"
import { Text, Whole } from "../model/text.ts"

/** The answer that a caller's key stands for, kept for 24 hours, written in the command's own commit. */
export const IdempotencyRecord = Entity.define("IdempotencyRecord", {
  plural: "idempotencyRecords",
  role: "internal",
  fields: {
    actorId: Entity.managed(Schema.NullOr(ActorId)),
    /** Method, path and key. */
    key: Entity.managed(Text(1, 9000)),
    /** What the key was first sent with. */
    fingerprint: Entity.managed(Text(1, 255)),
    status: Entity.managed(Whole(100, 599)),
    body: Entity.managed(Schema.String),
    headers: Entity.managed(Schema.Record(Schema.String, Schema.String)),
    expiresAt: Entity.managed(Instant)
  },
  unique: [["actorId", "key"]],
  indexes: [["expiresAt"]]
})
export type IdempotencyRecord = RecordOf<typeof IdempotencyRecord>

export const keptMs = 24 * 60 * 60 * 1000

/** The key was used before, with another input. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {
  static readonly kind = "invalid" satisfies ErrorKind
  readonly kind = "invalid" satisfies ErrorKind
  override get message() {
    return "This Idempotency-Key was used before with another request."
  }
}

/** An answer as it went out, and goes out again for the same key. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A caller's key for one request, and how its answer will look: it must be known before the commit. */
export interface IdempotencyRequest<O> {
  readonly key: string
  readonly fingerprint: string
  readonly render: (outcome: O) => Answer
}
