import type { AnyEntity, AnyRecord, Changeable, DraftOf, RecordOf } from "../model/entity.ts"

/** A change to another record that a decision asks for; the shell stamps and commits it with the command. */
export type PlannedChange =
  | {
      readonly kind: "insert"
      readonly entity: AnyEntity
      readonly draft: Readonly<Record<string, unknown>>
      readonly id: string | undefined
    }
  | { readonly kind: "update"; readonly entity: AnyEntity; readonly before: AnyRecord; readonly after: AnyRecord }

export const insert = <E extends AnyEntity>(entity: E, draft: DraftOf<E>, id?: string): PlannedChange => ({
  kind: "insert",
  entity,
  draft: entity.make(draft),
  id
})

/** Replaces the fields of `patch` in `before`, which must be as it was read. */
export const update = <E extends Changeable>(
  entity: E,
  before: RecordOf<E>,
  patch: Partial<RecordOf<E>>
): PlannedChange => ({
  kind: "update",
  entity,
  before: before,
  after: { ...(before as AnyRecord), ...patch }
})
