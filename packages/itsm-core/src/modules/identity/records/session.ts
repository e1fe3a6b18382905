import { Schema } from "effect"
import { Condition, Entity, Id, Instant, Text } from "../../../kernel/index.ts"

/**
 * Rises with whatever ends all sign-ins of a user: a new password, disabling, deletion. A session, a ticket or a link
 * that was made in an earlier epoch is dead, so none outlives the change that it raced with.
 */
export const SignInEpoch = Text.Whole(0, Number.MAX_SAFE_INTEGER)

/** One sign-in on one device: every access token names the session that it lives by. */
export const Session = Entity.define("Session", {
  plural: "sessions",
  role: "internal",
  fields: {
    userId: Entity.managed(Id.Id("User")),
    /** Authentication methods, RFC 8176. */
    amr: Entity.managed(Schema.Array(Schema.String)),
    authenticatedAt: Entity.managed(Instant.Instant),
    /** The end that no refresh can move. */
    expiresAt: Entity.managed(Instant.Instant),
    endedAt: Entity.managed(Schema.NullOr(Instant.Instant)),
    endReason: Entity.managed(
      Schema.NullOr(
        Schema.Literals([
          "logout",
          "user_disabled",
          "user_deleted",
          "refresh_reused",
          "password_changed",
          "password_reset",
          "ended_by_administrator",
          "too_many"
        ])
      )
    ),
    /** That of the user at the sign-in: once they differ, the session is dead, whatever else it says. */
    signInEpoch: Entity.secret(SignInEpoch, 0),
    address: Entity.managed(Schema.NullOr(Schema.String)),
    userAgent: Entity.managed(Schema.NullOr(Schema.String))
  },
  indexes: [["userId"]],
  indexesEverywhere: ["expiresAt", "endedAt"],
  relations: { own: ["userId"] },
  remembered: { about: "userId", onlyChanges: true }
})
export type Session = Entity.RecordOf<typeof Session>

/** Open sessions of a user. */
export const openSessionsOf = (userId: string): Condition.Condition =>
  Condition.all([Condition.eq("userId", userId), Condition.isNull("endedAt")])

/** A single-use secret that continues a session; only its hash is kept. */
export const RefreshToken = Entity.define("RefreshToken", {
  plural: "refreshTokens",
  role: "internal",
  fields: {
    sessionId: Entity.managed(Id.Id("Session")),
    tokenHash: Entity.secret(Text.Text(1, 100)),
    expiresAt: Entity.managed(Instant.Instant),
    usedAt: Entity.managed(Schema.NullOr(Instant.Instant)),
    /** The token that it was exchanged for, as long as that may be taken back. */
    successorId: Entity.managed(Schema.NullOr(Schema.String.check(Schema.isUUID())))
  },
  uniqueEverywhere: [["tokenHash"]],
  indexes: [["sessionId"]],
  indexesEverywhere: ["expiresAt"]
})
export type RefreshToken = Entity.RecordOf<typeof RefreshToken>
