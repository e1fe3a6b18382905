import { Effect, Option } from "effect"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import type { Reader } from "../storage/reader.ts"

/** A record together with what it is a record of. */
export interface Placed {
  readonly entity: AnyEntity
  readonly record: AnyRecord
}

/** The department that the record itself names. */
export const departmentOf = ({ relations }: AnyEntity, record: AnyRecord | undefined): string | null => {
  const id = relations.department === undefined ? undefined : record?.[relations.department]
  return typeof id === "string" ? id : null
}

/** For what names no department itself: that of the record that it is a part of, or of its team. */
export const departmentAround = (
  read: Reader,
  { relations: { department, team } }: AnyEntity,
  draft: Readonly<Record<string, unknown>> | undefined,
  whole: Placed | undefined
): Effect.Effect<string | null> => {
  if (whole !== undefined) return Effect.succeed(departmentOf(whole.entity, whole.record))
  const teamId = team === undefined || department !== undefined ? undefined : draft?.[team]
  return typeof teamId !== "string"
    ? Effect.succeed(null)
    : Effect.map(read.team(teamId), Option.match({ onNone: () => null, onSome: ({ departmentId }) => departmentId }))
}
