import { Effect, Option } from "effect"
import type { Named } from "../model/condition.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import type { Reader } from "../storage/reader.ts"

/** A record that another one is a part of. */
export interface Whole {
  readonly entity: AnyEntity
  readonly record: AnyRecord
  /** What it is a part of itself. */
  readonly whole: Whole | undefined
}

/** A record that somebody sees, and what it is a part of. */
export interface Seen {
  readonly record: AnyRecord
  readonly whole: Whole | undefined
}

/** What a rule about a part asks of its whole, answered from the record in hand. */
export const namedBy =
  (whole: Whole): Named =>
  (entity, id) => {
    for (let at: Whole | undefined = whole; at !== undefined; at = at.whole)
      if (at.entity === entity && at.record.id === id) return at.record
    return undefined
  }

/** The whole of the whole, as far as it goes. */
const outermost = (whole: Whole): Whole => (whole.whole === undefined ? whole : outermost(whole.whole))

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
  whole: Whole | undefined
): Effect.Effect<string | null> => {
  if (whole !== undefined) {
    const { entity, record } = outermost(whole)
    return Effect.succeed(departmentOf(entity, record))
  }
  const teamId = team === undefined || department !== undefined ? undefined : draft?.[team]
  return typeof teamId !== "string"
    ? Effect.succeed(null)
    : Effect.map(read.team(teamId), Option.match({ onNone: () => null, onSome: ({ departmentId }) => departmentId }))
}
