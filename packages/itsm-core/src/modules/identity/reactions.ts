import { Change, Condition, Reaction } from "../../kernel/index.ts"
import { UserDisabled } from "./events.ts"
import { Session } from "./session.ts"

/** A user who may no longer sign in has no session either: the two never disagree. */
export const inside = [
  Reaction.inside(
    UserDisabled,
    ({ id }, read) => read.all(Session, Condition.all([Condition.eq("userId", id), Condition.isNull("endedAt")])),
    (_, sessions, { now }) => ({
      also: sessions.map((session) => Change.update(Session, session, { endedAt: now, endReason: "user_disabled" }))
    })
  )
]
