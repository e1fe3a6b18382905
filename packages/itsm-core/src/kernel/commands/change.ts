import { always, type Condition } from "../model/condition.ts"
import type { AnyEntity, AnyRecord, Changeable, DraftOf, RecordOf } from "../model/entity.ts"

/** Why a counter may not be changed: the guard of the 409 that the caller gets. */
export interface Refusal {
  readonly guard: string
  readonly reason: string
}

/** A change to another record that a decision asks for; it is committed with the command. */
export type PlannedChange =
  | {
      readonly kind: "insert"
      readonly entity: AnyEntity
      readonly draft: Readonly<Record<string, unknown>>
      readonly id: string | undefined
    }
  | {
      readonly kind: "update"
      readonly entity: AnyEntity
      readonly before: AnyRecord
      readonly patch: Readonly<Record<string, unknown>>
    }
  | {
      readonly kind: "add"
      readonly entity: AnyEntity
      readonly id: string
      readonly field: string
      readonly by: number
      readonly where: Condition
      readonly refusal: Refusal
    }

export const insert = <E extends AnyEntity>(entity: E, draft: DraftOf<E>, id?: string): PlannedChange => ({
  kind: "insert",
  entity,
  draft: entity.make(draft),
  id
})

/**
 * Replaces fields of `before`, which must be as it was read. Several may change one record: it has all of their fields
 * afterwards. An empty patch raises the version alone, for those who have decided by the record.
 */
export const update = <E extends Changeable>(
  entity: E,
  before: RecordOf<E>,
  patch: Partial<RecordOf<E>>
): PlannedChange => ({ kind: "update", entity, before: before as AnyRecord, patch })

type NumberField<E extends AnyEntity> = {
  [K in keyof RecordOf<E>]: RecordOf<E>[K] extends number ? K : never
}[keyof RecordOf<E>] &
  string

/**
 * Adds to a number whatever it is by then, where the condition holds for the record: nobody waits for anybody else. Where
 * it does not hold, the whole command is refused with `refusal`.
 */
export const add = <E extends Changeable>(
  entity: E,
  id: string,
  field: NumberField<E>,
  by: number,
  where: Condition = always,
  refusal: Refusal = { guard: field, reason: `"${field}" of the ${entity.name} may not change by ${by} now.` }
): PlannedChange => ({ kind: "add", entity, id, field, by, where, refusal })
