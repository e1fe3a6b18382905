import type { Catalogue } from "../../kernel/index.ts"
import { ApiKey, apiKeyPermission } from "./api-key.ts"
import { Authentication } from "./authentication.ts"
import { Departments } from "./departments.ts"
import { Organizations } from "./organizations.ts"
import { directory } from "./directory.ts"
import { roleGrants } from "./role-grants.ts"
import { after } from "./mail-reactions.ts"
import { expiries, inside } from "./reactions.ts"
import { Registration } from "./registration.ts"
import { Roles, UserPermissions, UserRoles } from "./roles.ts"
import { SecondFactor } from "./second-factor.ts"
import { RefreshToken, Session } from "./session.ts"
import { TeamMembers, Teams } from "./teams.ts"
import { Users } from "./user-administration.ts"
import { VerificationToken } from "./verification-token.ts"

export { AccountPolicy, type AccountPolicyShape, registrationModes } from "./account-policy.ts"
export { ApiKey, apiKeyPrefix, NewApiKey } from "./api-key.ts"
export { Authentication, Credentials } from "./authentication.ts"
export * from "./authentication-errors.ts"
export { Department } from "./department.ts"
export { Departments } from "./departments.ts"
export { Email } from "./email.ts"
export * from "./events.ts"
export { found } from "./founding.ts"
export { actorOf } from "./grants.ts"
export { Mail, type MailShape, type Message } from "./mail.ts"
export { Locale, Organization, TimeZone } from "./organization.ts"
export { Organizations } from "./organizations.ts"
export { asSelf, updateProfile } from "./own-account.ts"
export { checkPassword, hashPassword, PasswordHasher, type PasswordHasherShape, PasswordTooWeak } from "./password.ts"
export { Role, UserPermission, UserRole } from "./role.ts"
export { Roles, UserPermissions, UserRoles } from "./roles.ts"
export { type Proof } from "./second-factor-check.ts"
export { SecondFactor } from "./second-factor.ts"
export { SecretBox, type SecretBoxShape } from "./secret-box.ts"
export { RefreshToken, Session } from "./session.ts"
export { refreshPrefix, type SignedIn } from "./session-tokens.ts"
export { type SignInTicket } from "./sign-in-ticket.ts"
export { Totp, type TotpShape } from "./totp.ts"
export { Team, TeamMember } from "./team.ts"
export { TeamMembers, Teams } from "./teams.ts"
export { NewAccount } from "./registering.ts"
export { User, userLifecycle } from "./user.ts"
export { Users } from "./user-administration.ts"
export { VerificationToken } from "./verification-token.ts"

export const identity = {
  name: "identity",
  entities: [Session, RefreshToken, SecondFactor, VerificationToken, ApiKey, Registration],
  services: [Organizations, Departments, Teams, TeamMembers, Users, Roles, UserRoles, UserPermissions],
  inside,
  after,
  expiries,
  permissions: [apiKeyPermission],
  directory,
  grants: roleGrants,
  layers: [Authentication.layer]
} as const satisfies Catalogue.Module
