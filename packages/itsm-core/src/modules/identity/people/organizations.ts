import { Effect, Result, Schema } from "effect"
import { Change, Command, Crud, type Id, Lifecycle, RoleMatrix, Service, Text } from "../../../kernel/index.ts"
import { Email } from "../records/email.ts"
import {
  MailedTokenIssued,
  OrganizationCreated,
  OrganizationEvents,
  OrganizationRestored,
  OrganizationSuspended
} from "../published.ts"
import { mailedToken } from "../records/mailed-token.ts"
import { Organization, organizationLifecycle } from "../records/organization.ts"
import { checkPassword, hashPassword, PasswordTooWeak } from "../records/password.ts"
import { roleNames } from "../authority/role-grants.ts"
import { Role, UserRole } from "../records/role.ts"
import { User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

const Administrator = Schema.Struct({
  email: Email,
  displayName: Text.Text(1, 200),
  password: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "NewAdministrator" })

const NewOrganization = Schema.Struct({
  ...Organization.createFields,
  administrator: Schema.optionalKey(Administrator)
}).annotate({ identifier: "NewOrganization" }) as unknown as Command.Codec<
  (typeof Organization.create)["Type"] & { readonly administrator?: (typeof Administrator)["Type"] }
>

interface NewIds {
  readonly administrator: Id.Id<"User">
  readonly invitation: Id.Id<"VerificationToken">
  readonly roles: Readonly<Record<RoleMatrix.BuiltInRole, Id.Id<"Role">>>
}

const drawIds = Effect.map(Command.freshIds, (fresh): NewIds => ({
  administrator: fresh(),
  invitation: fresh(),
  roles: Object.fromEntries(RoleMatrix.builtInRoles.map((key) => [key, fresh()])) as NewIds["roles"]
}))

const builtIn = (ids: NewIds) =>
  RoleMatrix.builtInRoles.map((key) =>
    Change.insert(Role, { key, name: roleNames[key], isBuiltIn: true, permissions: [] }, ids.roles[key])
  )

const create = Command.create(Organization, {
  description: "Founds an organization with the built-in roles and, where one is named, its first administrator.",
  input: NewOrganization,
  permission: "platform.create_organization",
  errors: [PasswordTooWeak],
  gather: ({ administrator }) =>
    Effect.gen(function* () {
      const ids = yield* drawIds
      if (administrator?.password === undefined) return { ids, passwordHash: null }
      yield* checkPassword(administrator.password, "/administrator/password", [
        administrator.email,
        administrator.displayName
      ])
      return { ids, passwordHash: yield* hashPassword(administrator.password) }
    }),
  decide: ({ administrator, ...organization }, { ids, passwordHash, now, freshId }) => {
    const first =
      administrator === undefined
        ? []
        : [
            Change.insert(
              User,
              {
                email: administrator.email,
                displayName: administrator.displayName,
                passwordHash,
                passwordChangedAt: passwordHash === null ? null : now,
                state: passwordHash === null ? "invited" : "active"
              },
              ids.administrator
            ),
            Change.insert(UserRole, { userId: ids.administrator, roleId: ids.roles.admin })
          ]
    const invitation =
      administrator === undefined || passwordHash !== null
        ? undefined
        : mailedToken({ id: ids.administrator, email: administrator.email, signInEpoch: 0 }, "invitation", now)
    return Result.succeed({
      create: organization,
      also: [
        ...builtIn(ids),
        ...first,
        ...(invitation === undefined ? [] : [Change.insert(VerificationToken, invitation, ids.invitation)])
      ],
      events: [
        OrganizationCreated.make({ id: freshId }),
        ...(invitation === undefined ? [] : [MailedTokenIssued.make({ id: ids.invitation })])
      ]
    })
  }
})

const Reason = Schema.Struct({ reason: Schema.optionalKey(Text.Text(1, 500)) }).annotate({
  identifier: "OrganizationReason"
})

const suspend = Command.action(Organization, "suspend", {
  description: "Nobody of the organization can sign in, and no token of theirs is taken any more; everything is kept.",
  input: Reason,
  permission: "platform.suspend_organization",
  separation: (organization, actor) =>
    organization.id !== actor.organizationId || "Nobody suspends the organization that they belong to.",
  decide: (organization, { reason }, moment) =>
    Result.map(Lifecycle.step(organizationLifecycle, organization, "suspend", moment), (status) => ({
      change: { ...organization, status },
      ...(reason === undefined ? {} : { reason }),
      events: [OrganizationSuspended.make(organization)]
    }))
})

const restore = Command.action(Organization, "restore", {
  description: "The people of a suspended organization can sign in again, and open sessions go on.",
  input: Reason,
  permission: "platform.restore_organization",
  decide: (organization, { reason }, moment) =>
    Result.map(Lifecycle.step(organizationLifecycle, organization, "restore", moment), (status) => ({
      change: { ...organization, status },
      ...(reason === undefined ? {} : { reason }),
      events: [OrganizationRestored.make(organization)]
    }))
})

const update = Crud.updating(Organization, { one: "an organization", events: OrganizationEvents })

export class Organizations extends Service.define("Organizations", Organization, {
  create,
  update,
  suspend,
  restore
}) {}
