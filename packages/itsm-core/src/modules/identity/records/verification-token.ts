import { Schema } from "effect"
import { Entity, Id, Instant, Text } from "../../../kernel/index.ts"
import { SignInEpoch } from "./session.ts"

/** A secret that proves one thing once, and soon expires; only its hash is kept. */
export const VerificationToken = Entity.define("VerificationToken", {
  plural: "verificationTokens",
  role: "internal",
  fields: {
    userId: Entity.managed(Id.Id("User")),
    purpose: Entity.managed(Schema.Literals(["sign_in", "password_reset", "invitation", "email_change"])),
    /** The address of the user when it was issued. */
    email: Entity.managed(Schema.String),
    /** The address that the user wants instead. */
    newEmail: Entity.managed(Schema.NullOr(Schema.String)),
    /** That of the user when it was issued. */
    signInEpoch: Entity.secret(SignInEpoch),
    /** Null until the secret is made, which is when it is mailed. */
    tokenHash: Entity.secret(Schema.NullOr(Text.Text(1, 100))),
    expiresAt: Entity.managed(Instant.Instant),
    usedAt: Entity.managed(Schema.NullOr(Instant.Instant)),
    /** How often it was shown with something wrong beside it. */
    failures: Entity.managed(Text.Whole(0, 1000), 0)
  },
  uniqueEverywhere: [["tokenHash"]],
  indexes: [["userId"]],
  indexesEverywhere: ["expiresAt"]
})
export type VerificationToken = Entity.RecordOf<typeof VerificationToken>
