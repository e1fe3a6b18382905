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
