import { Effect, Option, Result, Schema, Stream } from "effect"
import {
  Actor,
  Change,
  Command,
  Condition,
  Crud,
  type Entity,
  Errors,
  Instant,
  Lifecycle,
  Policy,
  type Reader,
  Tree
} from "../../../kernel/index.ts"
import { deleted, keepOne } from "../authority/administrators.ts"
import { ApiKey } from "../records/api-key.ts"
import { ReauthenticationRequired } from "../records/authentication-errors.ts"
import { checkHolds } from "../authority/delegation.ts"
import { MailedTokenIssued, UserCreated, UserDisabled, UserEnabled, UserEvents, UserNotified } from "../published.ts"
import { directLines, userRoleLines } from "../authority/grant-lines.ts"
import { killed, mailedToken, unusedTokens } from "../records/mailed-token.ts"
import { checkPassword, hashPassword, PasswordTooWeak } from "../records/password.ts"
import { checkEntering, checkQuitting } from "../authority/reach-changes.ts"
import { checkRecent } from "../records/recent-authentication.ts"
import { UserRole } from "../records/role.ts"
import { openSessionsOf, Session } from "../records/session.ts"
import { TeamMember } from "../records/team.ts"
import { nextEpoch, User, userLifecycle } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

/** Nobody changes the account of a person who may do, or soon will, more than they may themselves. */
export const checkReach = Effect.fnUntraced(function* (
  user: User,
  read: Reader.Reader,
  { actor, now }: Command.Moment
) {
  if (user.id === actor.id) return
  const person = yield* read.person(user.id)
  if (Option.isNone(person)) return
  const { grants, ...belonging } = yield* person.value.actor
  const allowed = grants.filter((grant) => grant.effect === "allow")
  const roles = yield* Stream.runCollect(read.each(UserRole, Condition.eq("userId", user.id)))
  const coming = roles.filter(({ validFrom }) => validFrom !== null && now < validFrom)
  const lines = yield* Effect.forEach(coming, (role) => userRoleLines(read, role, now))
  yield* checkHolds(actor, [...allowed, ...lines.flat()], belonging)
})

/** A deleted account comes back with what it could do. */
const checkReturn = Effect.fnUntraced(function* (user: User, read: Reader.Reader, { actor, now }: Command.Moment) {
  const roles = yield* Stream.runCollect(read.each(UserRole, Condition.eq("userId", user.id)))
  const members = yield* Stream.runCollect(read.each(TeamMember, Condition.eq("userId", user.id)))
  const lines = yield* Effect.all([
    directLines(read, "allow", "user", user.id, now),
    ...roles.map((role) => userRoleLines(read, role, now)),
    ...members.map(({ teamId }) => directLines(read, "allow", "team", teamId, now))
  ])
  yield* checkHolds(actor, [...lines.flat(), ...(user.isSuperuser ? Actor.operatorGrants : [])])
})

const checkDepartment = Effect.fnUntraced(function* (
  after: Entity.DraftOf<typeof User>,
  before: User,
  read: Reader.Reader,
  moment: Command.Moment
) {
  const departmentId = after.departmentId ?? null
  if (departmentId === before.departmentId) return
  if (before.departmentId !== null) yield* checkQuitting(read, moment, before.id)
  if (departmentId !== null) yield* checkEntering(read, moment, before.id, departmentId)
})

/**
 * One's own address is changed in one's own profile, where it is confirmed. Who gives somebody another address could sign
 * in as them by a link that is mailed there, so it asks for no less than giving them a password.
 */
const checkAddress = Effect.fnUntraced(function* (
  after: Pick<User, "email">,
  before: User,
  read: Reader.Reader,
  { actor, now }: Command.Moment
) {
  if (after.email === before.email) return
  if (before.id === actor.id)
    return yield* Errors.ValidationFailed.at("/email", "own_address", "of your own is changed in your profile")
  if (before.state === "invited") return
  const permission = "user.set_password"
  if (!Policy.permits(actor, User, permission)(before))
    return yield* new Errors.PermissionDenied({
      permission,
      reason: "The address of an account takes what a password takes."
    })
  yield* checkRecent(actor, read, now)
})

/** With the address the links that were mailed to it are dead, and whoever reads mail there hears of it. */
const addressChange = (after: User, before: User, read: Reader.Reader) =>
  after.email === before.email
    ? Effect.succeed({})
    : Effect.gen(function* () {
        const tokens = yield* unusedTokens(read, before.id)
        return {
          also: killed(tokens, yield* Instant.now),
          events: [UserNotified.make(before, { to: before.email, notice: "email_changed" })]
        }
      })

/** What a user who is deleted leaves behind that could be used: none of it comes back with them. */
const remains = (user: User, read: Reader.Reader) =>
  Effect.gen(function* () {
    const now = yield* Instant.now
    const open = yield* Stream.runCollect(read.each(Session, openSessionsOf(user.id)))
    const keys = yield* Stream.runCollect(read.each(ApiKey, Condition.eq("userId", user.id)))
    return [
      ...open.map((session) => Change.update(Session, session, { endedAt: now, endReason: "user_deleted" })),
      ...keys.map((key) => Change.update(ApiKey, key, { deletedAt: now })),
      ...killed(yield* unusedTokens(read, user.id), now)
    ]
  })

const rules = {
  one: "a user",
  errors: [Errors.Cycle, ReauthenticationRequired] as const,
  check: (after: Entity.DraftOf<typeof User>, before: User | undefined, read: Reader.Reader, moment: Command.Moment) =>
    Effect.gen(function* () {
      if (before !== undefined) {
        yield* checkAddress(after, before, read, moment)
        yield* before.deletedAt === null ? checkReach(before, read, moment) : checkReturn(before, read, moment)
        yield* checkDepartment(after, before, read, moment)
      }
      yield* Tree.checkAcyclic(read, User, "managerId", before?.id, after.managerId ?? null)
    }),
  checkRemoval: (user: User, read: Reader.Reader, moment: Command.Moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      const kept = yield* keepOne(read, moment.now, { entity: User, record: deleted(user, moment.now) })
      return [...kept, ...(yield* remains(user, read))]
    }),
  events: UserEvents,
  onUpdate: addressChange,
  separation: { delete: Command.apartFrom<typeof User>(["id"], "Nobody deletes their own account.") }
} satisfies Crud.Rules<
  typeof User,
  Errors.Cycle | Errors.PermissionDenied | Errors.ValidationFailed | ReauthenticationRequired,
  Errors.GuardFailed | Errors.PermissionDenied
>

const NewUser = Schema.Struct({
  ...User.createFields,
  password: Schema.optionalKey(Schema.String),
  mustChangePassword: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "With a password: the user has to choose another one first." })
  )
}).annotate({ identifier: "NewUser" }) as unknown as Command.Codec<
  (typeof User.create)["Type"] & { readonly password?: string; readonly mustChangePassword?: boolean }
>

const create = Command.create(User, {
  description: "Creates a user: active with a password, without one invited by mail.",
  input: NewUser,
  errors: [...rules.errors, PasswordTooWeak],
  gather: ({ password, mustChangePassword = false, ...user }, read, moment) =>
    Effect.gen(function* () {
      yield* rules.check(user, undefined, read, moment)
      const tokenId = (yield* Command.freshIds)<"VerificationToken">()
      if (password === undefined) {
        return mustChangePassword
          ? yield* Errors.ValidationFailed.at("/mustChangePassword", "invalid_value", "is given only with a password")
          : { passwordHash: null, tokenId }
      }
      yield* checkPassword(password, "/password", [user.email, user.displayName])
      return { passwordHash: yield* hashPassword(password), tokenId }
    }),
  decide: ({ password: _, mustChangePassword = false, ...user }, { passwordHash, tokenId, now, freshId }) => {
    const created = UserCreated.make({ id: freshId })
    if (passwordHash === null) {
      const invited = { id: freshId, email: user.email, signInEpoch: 0 }
      return Result.succeed({
        create: { ...user, passwordHash, passwordChangedAt: null, state: "invited" },
        also: [Change.insert(VerificationToken, mailedToken(invited, "invitation", now), tokenId)],
        events: [created, MailedTokenIssued.make({ id: tokenId })]
      })
    }
    return Result.succeed({
      create: { ...user, passwordHash, passwordChangedAt: now, state: "active", mustChangePassword },
      events: [created]
    })
  }
})

const disable = Command.action(User, "disable", {
  description: "The user can no longer sign in, and every session of theirs ends.",
  input: Command.Nothing,
  separation: Command.apartFrom(["id"], "Nobody disables their own account."),
  gather: (user, _, read, moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      return { also: yield* keepOne(read, moment.now, { entity: User, record: { ...user, state: "disabled" } }) }
    }),
  decide: (user, _, { also, ...facts }) =>
    Result.map(Lifecycle.step(userLifecycle, user, "disable", facts), (state) => ({
      change: { ...user, state, signInEpoch: nextEpoch(user) },
      also,
      events: [UserDisabled.make(user)]
    }))
})

const enable = Command.action(User, "enable", {
  description: "The user can sign in again.",
  input: Command.Nothing,
  gather: (user, _, read, moment) => Effect.as(checkReach(user, read, moment), {}),
  decide: (user, _, facts) =>
    Result.map(Lifecycle.step(userLifecycle, user, "enable", facts), (state) => ({
      change: { ...user, state },
      events: [UserEnabled.make(user)]
    }))
})

export const userCommands = { ...Crud.of(User, rules), create, enable, disable }
