import { Effect, Option, Schema } from "effect"
import {
  Actor,
  type Audit,
  Condition,
  Errors,
  Id,
  Instant,
  type Kernel,
  Shell,
  Stamp,
  Text
} from "../../../kernel/index.ts"
import { AccountPolicy } from "../records/account-policy.ts"
import { MailedTokenInvalid } from "../records/authentication-errors.ts"
import { Email } from "../records/email.ts"
import { RegistrationRequested, UserCreated } from "../published.ts"
import { Organization } from "../records/organization.ts"
import { checkPassword, hashPassword } from "../records/password.ts"
import { firstRole } from "../authority/first-role.ts"
import type { PasswordByMail } from "./password-reset.ts"
import { Registration, registrationLifetimeMs } from "../records/registration.ts"
import { digest } from "../records/secret.ts"
import * as Seldom from "../records/seldom.ts"
import { asUser, first, nobody, raised, recorded, revised } from "../records/sign-in-records.ts"
import { User } from "../records/user.ts"

const windowMs = 60 * 60_000
const mostInWindow = 3
const requestedAction = "registration.requested"

export const NewAccount = Schema.Struct({
  email: Email,
  password: Schema.String,
  displayName: Text.Text(1, 200),
  inviteToken: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "NewAccount" })

const isAtWork = Condition.all([Condition.eq("status", "active"), Condition.isNull("deletedAt")])

/** How people make accounts for themselves, where the installation lets them. */
export const make = (kernel: Kernel.KernelShape, byMail: PasswordByMail) => {
  const isDue = Seldom.make()

  /** Somebody who is nobody yet did this, or was refused it. */
  const recordedOfNobody = Effect.fnUntraced(function* (
    organizationId: Id.Id<"Organization">,
    id: string,
    facts: Pick<Audit.AuditFacts, "action" | "outcome" | "reason" | "changes">
  ) {
    const origin = yield* Actor.CurrentOrigin
    const by = { ...nobody(organizationId), kind: "anonymous" as const }
    return yield* Shell.auditChange(by, origin, {
      entity: Registration,
      id,
      number: null,
      departmentId: null,
      ...facts
    })
  })

  /** Once a minute for each registration: who goes on asking fills no log. */
  const denied = Effect.fnUntraced(function* (
    { id, organizationId }: Pick<Registration, "id" | "organizationId">,
    action: string,
    reason: string
  ) {
    if (!isDue(`${id} ${action}`, yield* Instant.now)) return
    const entry = yield* recordedOfNobody(organizationId, id, { action, outcome: "deny", reason, changes: [] })
    yield* Effect.orDie(kernel.store.commit({ organizationId }, [entry]))
  })

  const organizations = (where: Condition.Condition, limit: number) =>
    Effect.map(
      kernel.store.find("everywhere", Organization, {
        where: Condition.all([isAtWork, where]),
        sort: [{ field: "createdAt", direction: "asc" }],
        limit
      }),
      ({ items }) => items
    )

  /** The organization that people with this address may join by themselves; a domain that two claim is nobody's. */
  const organizationFor = Effect.fnUntraced(function* (email: string) {
    const { registration, registrationOrganization } = yield* AccountPolicy
    if (registration === "open") {
      const [organization] = yield* organizations(
        registrationOrganization === null ? Condition.always : Condition.eq("slug", registrationOrganization),
        1
      )
      return organization
    }
    const domain = email.slice(email.lastIndexOf("@") + 1)
    const claiming = (yield* organizations(Condition.always, 1000)).filter(({ domains }) =>
      domains.some((each) => each.toLowerCase() === domain)
    )
    return claiming.length === 1 ? claiming[0] : undefined
  })

  /** The same is read and written whether or not the address has an account: only the mail differs. */
  const enter = Effect.fnUntraced(function* (
    organization: Organization,
    email: string,
    displayName: string,
    hash: string
  ) {
    const reach = { organizationId: organization.id }
    const now = yield* Instant.now
    const earlier = (yield* kernel.store.find(reach, Registration, {
      where: Condition.eq("email", email),
      sort: [],
      limit: 1000
    })).items.filter(({ createdAt }) => Instant.elapsedMs(createdAt, now) < windowMs)
    const [known] = earlier
    if (known !== undefined && earlier.length >= mostInWindow)
      return yield* denied(known, requestedAction, "too many requests")
    const by = nobody(organization.id)
    const fresh = yield* Id.idSource
    const id = fresh<"Registration">()
    const record = Stamp.stamp(
      Registration,
      { now, actor: by },
      id,
      Registration.make({
        email,
        displayName,
        passwordHash: hash,
        tokenHash: null,
        expiresAt: Instant.plusMs(now, registrationLifetimeMs),
        usedAt: null
      })
    )
    const dead = earlier
      .filter(({ usedAt }) => usedAt === null)
      .map((each) => revised(Registration, by, now, each, { usedAt: now }))
    const event = yield* raised(kernel, by, now, record, RegistrationRequested.make({ id }))
    // of several requests at once one is enough
    yield* Effect.ignore(
      kernel.store.commit(reach, [
        ...dead,
        { kind: "insert", entity: Registration, record },
        event,
        yield* recordedOfNobody(organization.id, id, {
          action: requestedAction,
          outcome: "allow",
          reason: null,
          changes: [{ field: "email", old: null, new: email }]
        })
      ])
    )
  })

  /**
   * Somebody has asked for an account. Without an invitation there is none before the link that is mailed to the address
   * was followed, and the caller does not learn whether there was one before. A dead invitation changes nothing.
   */
  const register = Effect.fnUntraced(function* ({ email, password, displayName, inviteToken }: typeof NewAccount.Type) {
    const { registration } = yield* AccountPolicy
    if (registration === "closed") return yield* new Errors.NotFound({})
    if (inviteToken === undefined && registration === "invite")
      return yield* Errors.ValidationFailed.at(
        "/inviteToken",
        "required",
        "is required: accounts are made by invitation"
      )
    yield* checkPassword(password, "/password", [email, displayName])
    const hash = yield* hashPassword(password)
    if (inviteToken !== undefined) {
      const accepted = byMail.acceptInvitation(inviteToken, hash, { email, displayName })
      return yield* Effect.catchTag(accepted, "TokenInvalid", () => Effect.void)
    }
    const organization = yield* organizationFor(email)
    if (organization !== undefined) yield* enter(organization, email, displayName, hash)
  })

  const begin = Effect.fnUntraced(function* (registration: Registration, now: Instant.Instant) {
    const reach = { organizationId: registration.organizationId }
    const organization = Option.getOrUndefined(
      yield* kernel.store.get(reach, Organization, registration.organizationId)
    )
    const isOpen =
      organization?.status === "active" &&
      organization.deletedAt === null &&
      registration.usedAt === null &&
      now < registration.expiresAt
    const fresh = yield* Id.idSource
    const by = nobody(registration.organizationId)
    const { email, displayName, passwordHash } = registration
    const user = Stamp.stamp(
      User,
      { now, actor: by },
      fresh(),
      User.make({ email, displayName, passwordHash, passwordChangedAt: now, state: "active" })
    ) as unknown as User
    const role = yield* firstRole(kernel, by, user.id, now)
    if (!isOpen || role === undefined) {
      yield* denied(registration, "user.registered", "the link is used, expired or overtaken")
      return yield* new MailedTokenInvalid({})
    }
    yield* kernel.store.commit(reach, [
      revised(Registration, by, now, registration, { usedAt: now }),
      { kind: "insert", entity: User, record: user },
      role,
      yield* raised(kernel, asUser(user), now, user, UserCreated.make(user)),
      yield* recorded(user, "user.registered", "allow", null)
    ])
  })

  /** The account is there, with its first role. Of several with one link, one succeeds. */
  const finishRegistration = Effect.fnUntraced(function* (secret: string) {
    const found = yield* first(kernel, Registration, "tokenHash", yield* digest(secret))
    if (Option.isNone(found)) return yield* new MailedTokenInvalid({})
    yield* Effect.catchTag(
      begin(found.value, yield* Instant.now),
      ["VersionConflict", "UniqueViolation", "CounterRefused"],
      () => Effect.fail(new MailedTokenInvalid({}))
    )
  })

  return { register, finishRegistration }
}

export type Registering = ReturnType<typeof make>
