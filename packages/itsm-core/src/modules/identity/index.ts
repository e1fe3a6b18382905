import type { Catalogue } from "../../kernel/index.ts"
import { ApiKey, apiKeyPermission } from "./records/api-key.ts"
import { Authentication } from "./sign-in/authentication.ts"
import { Departments } from "./people/departments.ts"
import { Organizations } from "./people/organizations.ts"
import { Authorization } from "./authority/explanation.ts"
import { directory } from "./authority/directory.ts"
import * as published from "./published.ts"
import { roleGrants } from "./authority/role-grants.ts"
import { after } from "./people/mail-reactions.ts"
import { expiries, inside } from "./reactions.ts"
import { Registration } from "./records/registration.ts"
import { Roles, UserPermissions, UserRoles } from "./authority/roles.ts"
import { SecondFactor } from "./records/second-factor.ts"
import { RefreshToken, Session } from "./records/session.ts"
import { TeamMembers, Teams } from "./people/teams.ts"
import { Users } from "./people/user-administration.ts"
import { VerificationToken } from "./records/verification-token.ts"

export { AccountPolicy, type AccountPolicyShape, registrationModes } from "./records/account-policy.ts"
export { ApiKey, apiKeyPrefix, NewApiKey } from "./records/api-key.ts"
export { Authentication, Credentials } from "./sign-in/authentication.ts"
export * from "./records/authentication-errors.ts"
export { Department } from "./records/department.ts"
export { Departments } from "./people/departments.ts"
export { Email } from "./records/email.ts"
export * from "./published.ts"
export { found } from "./founding.ts"
export { Authorization } from "./authority/explanation.ts"
export { actorOf } from "./authority/grants.ts"
export { Mail, type MailShape, type Message } from "./records/mail.ts"
export { Locale, Organization } from "./records/organization.ts"
export { Organizations } from "./people/organizations.ts"
export { asSelf, updateProfile } from "./people/own-account.ts"
export {
  checkPassword,
  hashPassword,
  PasswordHasher,
  type PasswordHasherShape,
  PasswordTooWeak
} from "./records/password.ts"
export { Role, UserPermission, UserRole } from "./records/role.ts"
export { Roles, UserPermissions, UserRoles } from "./authority/roles.ts"
export { type Proof } from "./sign-in/second-factor-check.ts"
export { SecondFactor } from "./records/second-factor.ts"
export { SecretBox, type SecretBoxShape } from "./records/secret-box.ts"
export { RefreshToken, Session } from "./records/session.ts"
export { refreshPrefix, type SignedIn } from "./sign-in/session-tokens.ts"
export { type SignInTicket } from "./sign-in/sign-in-ticket.ts"
export { Totp, type TotpShape } from "./sign-in/totp.ts"
export { Team, TeamMember } from "./records/team.ts"
export { TeamMembers, Teams } from "./people/teams.ts"
export { NewAccount } from "./sign-in/registering.ts"
export { User, userLifecycle } from "./records/user.ts"
export { Users } from "./people/user-administration.ts"
export { VerificationToken } from "./records/verification-token.ts"

export const identity = {
  name: "identity",
  published,
  entities: [Session, RefreshToken, SecondFactor, VerificationToken, ApiKey, Registration],
  services: [Organizations, Departments, Teams, TeamMembers, Users, Roles, UserRoles, UserPermissions],
  queries: [Authorization],
  inside,
  after,
  expiries,
  permissions: [apiKeyPermission],
  directory,
  grants: roleGrants,
  layers: [Authentication.layer]
} as const satisfies Catalogue.Module
