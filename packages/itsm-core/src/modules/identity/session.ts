import { Schema } from "effect"
import { Entity, Id, Instant, Text } from "../../kernel/index.ts"

/** One sign-in on one device: every access token names the session that it lives by. */
export const Session = Entity.define("Session", {
  plural: "sessions",
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
        Schema.Literals(["logout", "user_disabled", "refresh_reused", "password_changed", "password_reset"])
      )
    ),
    address: Entity.managed(Schema.NullOr(Schema.String)),
    userAgent: Entity.managed(Schema.NullOr(Schema.String))
  },
  indexes: [["userId"]],
  relations: { own: ["userId"] },
  isRemembered: true,
  about: "userId"
})
export type Session = Entity.RecordOf<typeof Session>

/** A single-use secret that continues a session; only its hash is kept. */
export const RefreshToken = Entity.define("RefreshToken", {
  plural: "refreshTokens",
  fields: {
    sessionId: Entity.managed(Id.Id("Session")),
    tokenHash: Entity.secret(Text.Text(1, 100)),
    expiresAt: Entity.managed(Instant.Instant),
    usedAt: Entity.managed(Schema.NullOr(Instant.Instant))
  },
  uniqueEverywhere: [["tokenHash"]],
  indexes: [["sessionId"]]
})
export type RefreshToken = Entity.RecordOf<typeof RefreshToken>
