import { Effect, Option } from "effect"
import type { Entity } from "../../kernel/index.ts"
import { type Actor, Condition, Crud, Errors, Policy, type Reader, Service } from "../../kernel/index.ts"
import { checkHolds } from "./delegation.ts"
import { Department } from "./department.ts"
import { Role, UserPermission, UserRole } from "./role.ts"
import { Team } from "./team.ts"
import { User } from "./user.ts"

/** Each name or pattern speaks of a permission that there is. */
const checkKnown = (read: Reader.Reader, patterns: ReadonlyArray<string>, pointer: (index: number) => string) => {
  const errors = patterns.flatMap((pattern, index) =>
    read.permissions.some((permission) => Policy.covers(pattern, permission))
      ? []
      : [{ pointer: pointer(index), code: "unknown_permission", message: "names no permission" }]
  )
  return errors.length === 0 ? Effect.void : Effect.fail(new Errors.ValidationFailed({ errors }))
}

const builtInStays = (role: Role) =>
  role.isBuiltIn
    ? Effect.fail(new Errors.InUse({ reason: "A built-in role cannot be changed or deleted." }))
    : Effect.void

export class Roles extends Service.define(
  "Roles",
  Role,
  Crud.of(Role, {
    one: "a role",
    errors: [Errors.InUse],
    check: (after, before, read, { actor }) =>
      Effect.gen(function* () {
        if (before !== undefined) yield* builtInStays(before)
        const names = after.permissions.map(({ permission }) => permission)
        yield* checkKnown(read, names, (index) => `/permissions/${index}/permission`)
        yield* checkHolds(actor, after.permissions)
      }),
    checkRemoval: (role, read) =>
      Effect.andThen(
        builtInStays(role),
        Effect.flatMap(read.count(UserRole, Condition.eq("roleId", role.id)), (held) =>
          held > 0 ? Effect.fail(new Errors.InUse({ reason: "Users have this role." })) : Effect.void
        )
      )
  })
) {}

const missing = (field: string) =>
  Errors.ValidationFailed.at(`/${field}`, "reference_not_found", "names no record that you may use here")

/** Nobody gives away a role that reaches further than their own permissions. */
const checkRoleHeld = Effect.fnUntraced(function* (read: Reader.Reader, actor: Actor.Actor, roleId: string) {
  const role = yield* read.get(Role, roleId)
  if (Option.isSome(role))
    yield* checkHolds(actor, role.value.isBuiltIn ? read.grantsOf(role.value.key) : role.value.permissions)
})

const checkScope = Effect.fnUntraced(function* (
  read: Reader.Reader,
  scopeType: string | undefined,
  scopeId: string | null | undefined
) {
  const id = scopeId ?? null
  if (scopeType === undefined || scopeType === "organization") {
    return id === null
      ? undefined
      : yield* Errors.ValidationFailed.at("/scopeId", "invalid_value", "is given only with a department or a team")
  }
  if (id === null)
    return yield* Errors.ValidationFailed.at("/scopeId", "required", "is required with a department or a team")
  const found = yield* read.get(scopeType === "team" ? Team : Department, id)
  return Option.isNone<unknown>(found) ? yield* missing("scopeId") : undefined
})

const checkNotHeldTwice = (read: Reader.Reader, role: Entity.DraftOf<typeof UserRole>) =>
  Effect.flatMap(
    read.count(
      UserRole,
      Condition.all([
        Condition.eq("userId", role.userId),
        Condition.eq("roleId", role.roleId),
        role.scopeId === null || role.scopeId === undefined
          ? Condition.isNull("scopeId")
          : Condition.eq("scopeId", role.scopeId)
      ])
    ),
    (held) =>
      held > 0
        ? Effect.fail(new Errors.Duplicate({ entity: UserRole.name, fields: ["userId", "roleId", "scopeId"] }))
        : Effect.void
  )

export class UserRoles extends Service.define(
  "UserRoles",
  UserRole,
  Crud.of(UserRole, {
    one: "a role of a user",
    check: (after, before, read, { actor }) =>
      before !== undefined
        ? Effect.void
        : Effect.andThen(
            Effect.asVoid(checkScope(read, after.scopeType, after.scopeId)),
            Effect.andThen(checkRoleHeld(read, actor, after.roleId), checkNotHeldTwice(read, after))
          )
  })
) {}

const subjects = { user: User, team: Team, role: Role }

export class UserPermissions extends Service.define(
  "UserPermissions",
  UserPermission,
  Crud.of(UserPermission, {
    one: "a direct grant or denial",
    check: (after, before, read, { actor }) =>
      before !== undefined
        ? Effect.void
        : Effect.gen(function* () {
            const subject: Entity.AnyEntity = subjects[after.subjectType]
            if (Option.isNone<unknown>(yield* read.get(subject, after.subjectId))) return yield* missing("subjectId")
            yield* checkKnown(read, [after.permission], () => "/permission")
            if (after.effect === "allow") yield* checkHolds(actor, [after])
          })
  })
) {}
