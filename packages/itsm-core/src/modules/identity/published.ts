import { Schema } from "effect"
import { Event, Id } from "../../kernel/index.ts"

const ofUser = Schema.Struct({ id: Id.Id("User") })

export const UserCreated = Event.define("user.created", ofUser)
export const UserDisabled = Event.define("user.disabled", ofUser)
export const UserEnabled = Event.define("user.enabled", ofUser)
export const PasswordChanged = Event.define(
  "user.password_changed",
  Schema.Struct({ id: Id.Id("User"), endedSessions: Schema.Int })
)
const ofOrganization = Schema.Struct({ id: Id.Id("Organization") })

export const OrganizationCreated = Event.define("organization.created", ofOrganization)
export const OrganizationSuspended = Event.define("organization.suspended", ofOrganization)
export const OrganizationRestored = Event.define("organization.restored", ofOrganization)

/** A link is to be mailed; its secret is made only then, so it is nowhere before. */
export const MailedTokenIssued = Event.define(
  "user.mailed_token_issued",
  Schema.Struct({ id: Id.Id("VerificationToken") })
)
export const RegistrationRequested = Event.define(
  "registration.requested",
  Schema.Struct({ id: Id.Id("Registration") })
)
/** Something happened to the account that its owner should hear of. */
export const UserNotified = Event.define(
  "user.notified",
  Schema.Struct({
    id: Id.Id("User"),
    /** The address at the time of the event. */
    to: Schema.String,
    notice: Schema.Literals(["refresh_token_reused", "email_changed"])
  })
)
