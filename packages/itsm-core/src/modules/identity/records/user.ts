import { Schema } from "effect"
import { Entity, Id, Instant, Lifecycle, Schedule, Text } from "../../../kernel/index.ts"
import { Email } from "./email.ts"
import { Locale } from "./organization.ts"
import { SignInEpoch } from "./session.ts"

export const userLifecycle = Lifecycle.define({
  states: ["invited", "active", "disabled"],
  initial: "invited",
  final: ["active", "disabled"],
  transitions: [
    { action: "enable", from: ["invited", "disabled"], to: "active" },
    { action: "disable", from: ["invited", "active"], to: "disabled" },
    { action: "invite", from: ["invited"], to: "same" },
    { action: "set_password", from: ["invited", "active"], to: "active" }
  ]
})

/** A person of the organization: requester, agent or both. */
export const User = Entity.define("User", {
  plural: "users",
  fields: {
    email: Email,
    displayName: Text.Text(1, 200),
    givenName: Schema.NullOr(Text.Text(1, 100)),
    familyName: Schema.NullOr(Text.Text(1, 100)),
    departmentId: Schema.NullOr(Id.Id("Department")),
    managerId: Schema.NullOr(Id.Id("User")),
    phone: Schema.NullOr(Text.Text(1, 50)),
    timeZone: Entity.open(Schedule.TimeZone, "UTC"),
    locale: Entity.open(Locale, "en"),
    vip: Entity.open(Schema.Boolean, false),
    state: Entity.managed(Schema.Literals(userLifecycle.states), "invited"),
    isSuperuser: Entity.managed(Schema.Boolean, false),
    passwordHash: Entity.secret(Schema.NullOr(Schema.String)),
    passwordChangedAt: Entity.managed(Schema.NullOr(Instant.Instant)),
    /** Somebody else has set the password: nothing is open to the user before they change it. */
    mustChangePassword: Entity.managed(Schema.Boolean, false),
    signInEpoch: Entity.secret(SignInEpoch, 0)
  },
  uniqueEverywhere: [["email"]],
  indexes: [["departmentId"]],
  search: ["displayName", "email"],
  relations: { own: ["id"], department: "departmentId" },
  lifecycle: userLifecycle,
  remembered: { about: "id" }
})
export type User = Entity.RecordOf<typeof User>

/** Ends everything that was signed in before, and every link that was mailed. */
export const nextEpoch = ({ signInEpoch }: Pick<User, "signInEpoch">): number => signInEpoch + 1
