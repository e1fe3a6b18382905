import { Schema } from "effect"
import { Entity, Instant, Text } from "../../../kernel/index.ts"
import { Email } from "./email.ts"

export const registrationPrefix = "itsm_rg_"
export const registrationLifetimeMs = Instant.dayMs

/** Someone who wants an account. There is no user before they have shown that the address is theirs. */
export const Registration = Entity.define("Registration", {
  plural: "registrations",
  role: "internal",
  fields: {
    email: Entity.managed(Email),
    displayName: Entity.managed(Text.Text(1, 200)),
    passwordHash: Entity.secret(Schema.String),
    /** Null until the secret is made, which is when it is mailed. */
    tokenHash: Entity.secret(Schema.NullOr(Text.Text(1, 100))),
    expiresAt: Entity.managed(Instant.Instant),
    usedAt: Entity.managed(Schema.NullOr(Instant.Instant))
  },
  uniqueEverywhere: [["tokenHash"]],
  indexes: [["email"]],
  indexesEverywhere: ["expiresAt"]
})
export type Registration = Entity.RecordOf<typeof Registration>
