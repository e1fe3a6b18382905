import { Effect, Stream } from "effect"
import { type Catalogue, Change, Condition, Instant, Reaction } from "../../kernel/index.ts"
import { ApiKey } from "./records/api-key.ts"
import { UserDisabled } from "./published.ts"
import { Registration } from "./records/registration.ts"
import { openSessionsOf, RefreshToken, Session } from "./records/session.ts"
import { VerificationToken } from "./records/verification-token.ts"

/** A user who may no longer sign in has neither session nor key: the two never disagree. */
export const inside = [
  Reaction.inside(UserDisabled, {
    name: "identity.end_access",
    gather: ({ data: { id } }, read) =>
      Effect.all({
        sessions: Stream.runCollect(read.each(Session, openSessionsOf(id))),
        keys: Stream.runCollect(read.each(ApiKey, Condition.eq("userId", id)))
      }),
    decide: (_, { sessions, keys }, { now, actor }) => ({
      also: [
        ...sessions.map((session) => Change.update(Session, session, { endedAt: now, endReason: "user_disabled" })),
        ...keys.map((key) => Change.update(ApiKey, key, { deletedAt: now, deletedById: actor.id }))
      ]
    })
  })
]

const before = (field: string, now: Instant.Instant, days: number): Condition.Condition => ({
  field,
  op: "lt",
  value: Instant.plusMs(now, -days * Instant.dayMs)
})

/**
 * A refresh token expires 14 days after its session has ended at the latest, so the token is gone before the session
 * that it names. Links and registrations are kept for a day, to count how many there were.
 */
export const expiries: ReadonlyArray<Catalogue.Expiry> = [
  { entity: RefreshToken, when: (now) => before("expiresAt", now, 1) },
  { entity: Session, when: (now) => Condition.any([before("endedAt", now, 30), before("expiresAt", now, 30)]) },
  { entity: VerificationToken, when: (now) => before("expiresAt", now, 1) },
  { entity: Registration, when: (now) => before("expiresAt", now, 1) }
]
