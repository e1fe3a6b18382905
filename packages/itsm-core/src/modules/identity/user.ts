import { Effect, Option, Result, Schema } from "effect"
import {
  Change,
  Command,
  Condition,
  Crud,
  Entity,
  Errors,
  Id,
  Instant,
  Lifecycle,
  type Reader,
  Text,
  Tree
} from "../../kernel/index.ts"
import { ApiKey } from "./api-key.ts"
import { checkHolds } from "./delegation.ts"
import { Email } from "./email.ts"
import { MailedTokenIssued, UserCreated, UserDisabled, UserEnabled, UserNotified } from "./events.ts"
import { killed, mailedToken, unusedTokens } from "./mailed-token.ts"
import { Locale, TimeZone } from "./organization.ts"
import { checkPassword, hashPassword, PasswordTooWeak } from "./password.ts"
import { openSessionsOf, Session, SignInEpoch } from "./session.ts"
import { VerificationToken } from "./verification-token.ts"

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
    timeZone: Entity.open(TimeZone, "UTC"),
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
  isConfiguration: true,
  about: "id"
})
export type User = Entity.RecordOf<typeof User>

/** Ends everything that was signed in before, and every link that was mailed. */
export const nextEpoch = ({ signInEpoch }: Pick<User, "signInEpoch">): number => signInEpoch + 1

/** Nobody changes the account of a person who may do more than they may themselves. */
export const checkReach = (user: User, read: Reader.Reader, { actor }: Command.Moment) =>
  Effect.gen(function* () {
    const person = yield* read.person(user.id)
    if (Option.isNone(person) || user.id === actor.id) return
    const { grants } = yield* person.value.actor
    yield* checkHolds(
      actor,
      grants.filter((grant) => grant.effect === "allow")
    )
  })

/** One's own address is changed in one's own profile, where it is confirmed. */
const checkAddress = (after: Pick<User, "email">, before: User, { actor }: Command.Moment) =>
  after.email !== before.email && before.id === actor.id
    ? Effect.fail(Errors.ValidationFailed.at("/email", "own_address", "of your own is changed in your profile"))
    : Effect.void

/** With the address the links that were mailed to it are dead, and whoever reads mail there hears of it. */
const addressChange = (after: User, before: User, read: Reader.Reader) =>
  after.email === before.email
    ? Effect.succeed({})
    : Effect.gen(function* () {
        const tokens = yield* unusedTokens(read, before.id)
        return {
          also: killed(tokens, yield* Instant.now),
          events: [UserNotified.make({ id: before.id, to: before.email, notice: "email_changed" })]
        }
      })

/** What a user who is deleted leaves behind that could be used: none of it comes back with them. */
const remains = (user: User, read: Reader.Reader) =>
  Effect.gen(function* () {
    const now = yield* Instant.now
    const open = yield* read.all(Session, openSessionsOf(user.id))
    const keys = yield* read.all(ApiKey, Condition.eq("userId", user.id))
    return [
      ...open.map((session) => Change.update(Session, session, { endedAt: now, endReason: "user_deleted" })),
      ...keys.map((key) => Change.update(ApiKey, key, { deletedAt: now })),
      ...killed(yield* unusedTokens(read, user.id), now)
    ]
  })

const rules = {
  one: "a user",
  errors: [Errors.Cycle],
  check: (after: Entity.DraftOf<typeof User>, before: User | undefined, read: Reader.Reader, moment: Command.Moment) =>
    Effect.andThen(
      before === undefined
        ? Effect.void
        : Effect.andThen(checkAddress(after, before, moment), checkReach(before, read, moment)),
      Tree.checkAcyclic(read, User, "managerId", before?.id, after.managerId ?? null)
    ),
  checkRemoval: checkReach,
  onUpdate: addressChange,
  onRemoval: remains
} satisfies Crud.Rules<
  typeof User,
  Errors.Cycle | Errors.PermissionDenied | Errors.ValidationFailed,
  Errors.PermissionDenied
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
  errors: [Errors.Cycle, PasswordTooWeak],
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
  gather: (user, _, read, moment) => Effect.as(checkReach(user, read, moment), {}),
  decide: (user, _, facts) =>
    Result.map(Lifecycle.step(userLifecycle, user, "disable", facts), (state) => ({
      change: { ...user, state, signInEpoch: nextEpoch(user) },
      events: [UserDisabled.make({ id: user.id })]
    }))
})

const enable = Command.action(User, "enable", {
  description: "The user can sign in again.",
  input: Command.Nothing,
  gather: (user, _, read, moment) => Effect.as(checkReach(user, read, moment), {}),
  decide: (user, _, facts) =>
    Result.map(Lifecycle.step(userLifecycle, user, "enable", facts), (state) => ({
      change: { ...user, state },
      events: [UserEnabled.make({ id: user.id })]
    }))
})

export const userCommands = { ...Crud.of(User, rules), create, enable, disable }
