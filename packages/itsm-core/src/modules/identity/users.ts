import { Effect, Option, Result, Schema } from "effect"
import {
  Command,
  Condition,
  Crud,
  type Entity,
  Errors,
  Lifecycle,
  type Reader,
  Service,
  Tree
} from "../../kernel/index.ts"
import { deleted, keepOne } from "./administrators.ts"
import { checkHolds } from "./delegation.ts"
import { UserCreated, UserDisabled, UserEnabled } from "./events.ts"
import { directLines, userRoleLines } from "./grant-lines.ts"
import { checkPassword, hashPassword, PasswordTooWeak } from "./password.ts"
import { checkEntering, checkQuitting } from "./reach-changes.ts"
import { UserRole } from "./role.ts"
import { User, userLifecycle } from "./user.ts"

/** Nobody changes the account of a person who may do more than they may themselves. */
const checkReach = Effect.fnUntraced(function* (user: User, read: Reader.Reader, { actor }: Command.Moment) {
  if (user.id === actor.id) return
  const person = yield* read.person(user.id)
  if (Option.isNone(person)) return
  const { grants, ...belonging } = yield* person.value.actor
  const allowed = grants.filter((grant) => grant.effect === "allow")
  yield* checkHolds(actor, allowed, belonging)
})

/** A deleted account comes back with what it could do. */
const checkReturn = Effect.fnUntraced(function* (user: User, read: Reader.Reader, { actor, now }: Command.Moment) {
  const roles = yield* read.all(UserRole, Condition.eq("userId", user.id))
  const lines = yield* Effect.forEach(roles, (role) => userRoleLines(read, role, now))
  yield* checkHolds(actor, [...lines.flat(), ...(yield* directLines(read, "allow", "user", user.id, now))])
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

const rules = {
  one: "a user",
  errors: [Errors.Cycle],
  check: (after: Entity.DraftOf<typeof User>, before: User | undefined, read: Reader.Reader, moment: Command.Moment) =>
    Effect.gen(function* () {
      if (before !== undefined) {
        yield* before.deletedAt === null ? checkReach(before, read, moment) : checkReturn(before, read, moment)
        yield* checkDepartment(after, before, read, moment)
      }
      yield* Tree.checkAcyclic(read, User, "managerId", before?.id, after.managerId ?? null)
    }),
  checkRemoval: (user: User, read: Reader.Reader, moment: Command.Moment) =>
    Effect.andThen(
      checkReach(user, read, moment),
      keepOne(read, moment.now, { entity: User, record: deleted(user, moment.now) })
    ),
  separation: { delete: Command.apartFrom<typeof User>(["id"], "Nobody deletes their own account.") }
} satisfies Crud.Rules<
  typeof User,
  Errors.Cycle | Errors.PermissionDenied,
  Errors.GuardFailed | Errors.PermissionDenied
>

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
  separation: Command.apartFrom(["id"], "Nobody disables their own account."),
  gather: (user, _, read, moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      return { also: yield* keepOne(read, moment.now, { entity: User, record: { ...user, state: "disabled" } }) }
    }),
  decide: (user, _, { also, ...facts }) =>
    Result.map(Lifecycle.step(userLifecycle, user, "disable", facts), (state) => ({
      change: { ...user, state },
      also,
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
