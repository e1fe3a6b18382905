import { Effect, Option, Result, Schema } from "effect"
import {
  Command,
  Crud,
  Entity,
  Errors,
  Id,
  Instant,
  Lifecycle,
  type Reader,
  Service,
  Text,
  Tree
} from "../../kernel/index.ts"
import { checkHolds } from "./delegation.ts"
import { Email } from "./email.ts"
import { UserCreated, UserDisabled, UserEnabled } from "./events.ts"
import { Locale, TimeZone } from "./organization.ts"
import { checkPassword, hashPassword, PasswordTooWeak } from "./password.ts"

export const userLifecycle = Lifecycle.define({
  states: ["invited", "active", "disabled"],
  initial: "invited",
  final: ["active", "disabled"],
  transitions: [
    { action: "enable", from: ["invited", "disabled"], to: "active" },
    { action: "disable", from: ["invited", "active"], to: "disabled" }
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
    passwordChangedAt: Entity.managed(Schema.NullOr(Instant.Instant))
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

/** Nobody changes the account of a person who may do more than they may themselves. */
const checkReach = (user: User, read: Reader.Reader, { actor }: Command.Moment) =>
  Effect.gen(function* () {
    const person = yield* read.person(user.id)
    if (Option.isNone(person) || user.id === actor.id) return
    const { grants } = yield* person.value.actor
    yield* checkHolds(
      actor,
      grants.filter((grant) => grant.effect === "allow")
    )
  })

const rules = {
  one: "a user",
  errors: [Errors.Cycle],
  check: (after: Entity.DraftOf<typeof User>, before: User | undefined, read: Reader.Reader, moment: Command.Moment) =>
    Effect.andThen(
      before === undefined ? Effect.void : checkReach(before, read, moment),
      Tree.checkAcyclic(read, User, "managerId", before?.id, after.managerId ?? null)
    ),
  checkRemoval: checkReach
} satisfies Crud.Rules<typeof User, Errors.Cycle | Errors.PermissionDenied, Errors.PermissionDenied>

const NewUser = Schema.Struct({
  ...User.createFields,
  password: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "NewUser" }) as unknown as Command.Codec<
  (typeof User.create)["Type"] & { readonly password?: string }
>

const create = Command.create(User, {
  description: "Creates a user: active with a password, invited without one.",
  input: NewUser,
  errors: [Errors.Cycle, PasswordTooWeak],
  gather: ({ password, ...user }, read, moment) =>
    Effect.gen(function* () {
      yield* rules.check(user, undefined, read, moment)
      if (password === undefined) return { passwordHash: null }
      yield* checkPassword(password, "/password", [user.email, user.displayName])
      return { passwordHash: yield* hashPassword(password) }
    }),
  decide: ({ password: _, ...user }, { passwordHash, now, freshId }) =>
    Result.succeed({
      create: {
        ...user,
        passwordHash,
        passwordChangedAt: passwordHash === null ? null : now,
        state: passwordHash === null ? "invited" : "active"
      },
      events: [UserCreated.make({ id: freshId })]
    })
})

const disable = Command.action(User, "disable", {
  description: "The user can no longer sign in, and every session of theirs ends.",
  input: Command.Nothing,
  gather: (user, _, read, moment) => Effect.as(checkReach(user, read, moment), {}),
  decide: (user, _, facts) =>
    Result.map(Lifecycle.step(userLifecycle, user, "disable", facts), (state) => ({
      change: { ...user, state },
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

export class Users extends Service.define("Users", User, { ...Crud.of(User, rules), create, enable, disable }) {}
