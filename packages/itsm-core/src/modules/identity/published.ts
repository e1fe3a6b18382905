import { Schema } from "effect"
import { Event, Published, Text } from "../../kernel/index.ts"

const OrganizationView = Published.view("Organization", {})
export const OrganizationEvents = Event.crud(OrganizationView)
export const OrganizationCreated = OrganizationEvents.created
export const OrganizationSuspended = Event.define(OrganizationView, "suspended")
export const OrganizationRestored = OrganizationEvents.restored

export const DepartmentEvents = Event.crud(Published.view("Department", {}))
/** A support team, with what it says of its own incidents. */
export const TeamView = Published.view("Team", { reopenWindowDays: Schema.NullOr(Text.Whole(0, 3650)) })
export const TeamEvents = Event.crud(TeamView)
export const TeamMemberEvents = Event.crud(Published.view("TeamMember", {}))
export const RoleEvents = Event.crud(Published.view("Role", {}))
export const UserRoleEvents = Event.crud(Published.view("UserRole", {}))
export const UserPermissionEvents = Event.crud(Published.view("UserPermission", {}))

const UserView = Published.view("User", {})
export const UserEvents = Event.crud(UserView)
export const UserCreated = UserEvents.created
export const UserDisabled = Event.define(UserView, "disabled")
export const UserEnabled = Event.define(UserView, "enabled")
export const PasswordChanged = Event.define(UserView, "password_changed", { endedSessions: Schema.Int })
/** Something happened to the account that its owner should hear of. */
export const UserNotified = Event.define(UserView, "notified", {
  /** The address at the time of the event. */
  to: Schema.String,
  notice: Schema.Literals(["refresh_token_reused", "email_changed"])
})

const ApiKeyView = Published.view("ApiKey", {})
export const ApiKeyCreated = Event.define(ApiKeyView, "created")
export const ApiKeyRevoked = Event.define(ApiKeyView, "revoked")

/** A link is to be mailed; its secret is made only then, so it is nowhere before. */
export const MailedTokenIssued = Event.define(Published.view("VerificationToken", {}), "issued")
export const RegistrationRequested = Event.define(Published.view("Registration", {}), "requested")
