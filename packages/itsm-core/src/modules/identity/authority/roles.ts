import { Effect, Option } from "effect"
import {
  Actor,
  Command,
  Condition,
  Crud,
  type Entity,
  Errors,
  type Instant,
  Policy,
  type Reader,
  Service
} from "../../../kernel/index.ts"
import { deleted, keepOne } from "./administrators.ts"
import { checkHolds, lasting } from "./delegation.ts"
import { directLines, lineOf, userRoleLines } from "./grant-lines.ts"
import { Department } from "../records/department.ts"
import { checkKnown, checkLimits } from "./grant-limits.ts"
import { RoleEvents, UserPermissionEvents, UserRoleEvents } from "../published.ts"
import { Role, UserPermission, UserRole } from "../records/role.ts"
import { Team } from "../records/team.ts"
import { User } from "../records/user.ts"

const builtInStays = (role: Role) =>
  role.isBuiltIn
    ? Effect.fail(new Errors.InUse({ reason: "A built-in role cannot be changed or deleted." }))
    : Effect.void

/** Until when the actor has the role; `null` without an end, `undefined` where they have it not. */
const heldUntil = (read: Reader.Reader, actor: Actor.Actor, roleId: string) =>
  actor.id === null
    ? Effect.succeed(undefined)
    : Effect.map(
        read.all(UserRole, Condition.all([Condition.eq("userId", actor.id), Condition.eq("roleId", roleId)])),
        (held) =>
          held.some(({ validTo }) => validTo === null)
            ? null
            : held
                .flatMap(({ validTo }) => validTo ?? [])
                .toSorted()
                .at(-1)
      )

export class Roles extends Service.define(
  "Roles",
  Role,
  Crud.of(Role, {
    one: "a role",
    events: RoleEvents,
    errors: [Errors.InUse],
    check: (after, before, read, { actor, now }) =>
      Effect.gen(function* () {
        if (before !== undefined) yield* builtInStays(before)
        const names = after.permissions.map(({ permission }) => permission)
        yield* checkKnown(read, names, (index) => `/permissions/${index}/permission`)
        yield* checkLimits(read, after.permissions, (index) => `/permissions/${index}`)
        const until = before === undefined ? undefined : yield* heldUntil(read, actor, before.id)
        yield* checkHolds(actor, after.permissions.map(lasting(until)))
        if (before !== undefined && before.deletedAt !== null)
          yield* checkHolds(actor, yield* directLines(read, "allow", "role", before.id, now))
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

/** True where the record is there, and the actor may see it. */
const isThere = (read: Reader.Reader, actor: Actor.Actor, entity: Entity.AnyEntity, id: string) =>
  Effect.map(
    read.get(entity, id),
    Option.exists(
      (record) =>
        id === actor.id || Policy.permits(actor, entity, Policy.readPermission(entity))(record as Entity.AnyRecord)
    )
  )

const missing = (field: string) =>
  Errors.ValidationFailed.at(`/${field}`, "reference_not_found", "names no record that you may use here")

const checkScope = Effect.fnUntraced(function* (
  read: Reader.Reader,
  actor: Actor.Actor,
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
  const isKnown = yield* isThere(read, actor, scopeType === "team" ? Team : Department, id)
  return isKnown ? undefined : yield* missing("scopeId")
})

/** Where a person belongs: what is given to them with the scopes team and department reaches no further. */
const belongingOf = Effect.fnUntraced(function* (read: Reader.Reader, userId: string) {
  const person = yield* read.person(userId)
  return Option.isNone(person) ? Actor.nowhere : yield* person.value.actor
})

const roleIsGone = new Errors.GuardFailed({ guard: "roleExists", reason: "The role was deleted." })

const forNobodyElse = "Nobody gives a role or a permission to themselves."
const notToOneself = Command.apartFrom<typeof UserRole>(["userId"], forNobodyElse)

export class UserRoles extends Service.define(
  "UserRoles",
  UserRole,
  Crud.of(UserRole, {
    one: "a role of a user",
    events: UserRoleEvents,
    errors: [Errors.GuardFailed],
    separation: { create: notToOneself, update: notToOneself, restore: notToOneself },
    check: (after, before, read, { actor, now }) =>
      Effect.gen(function* () {
        const held: Pick<UserRole, "userId" | "roleId" | "scopeType" | "scopeId"> = {
          userId: after.userId,
          roleId: after.roleId,
          scopeType: after.scopeType ?? "organization",
          scopeId: after.scopeId ?? null
        }
        if (before === undefined) yield* checkScope(read, actor, after.scopeType, after.scopeId)
        else if (Option.isNone(yield* read.get(Role, after.roleId))) return yield* roleIsGone
        yield* checkHolds(actor, yield* userRoleLines(read, held, now), yield* belongingOf(read, after.userId))
        // a role that ends takes what is denied to its holders with it
        if (before !== undefined && before.deletedAt === null)
          yield* checkHolds(actor, yield* directLines(read, "deny", "role", after.roleId, now))
        return yield* keepOne(read, now, {
          entity: UserRole,
          record: { ...held, validFrom: null, validTo: null, ...after }
        })
      }),
    checkRemoval: (role, read, { actor, now }) =>
      Effect.gen(function* () {
        yield* checkHolds(actor, yield* directLines(read, "deny", "role", role.roleId, now))
        return yield* keepOne(read, now, { entity: UserRole, record: deleted(role, now) })
      })
  })
) {}

const subjects = { user: User, team: Team, role: Role }

type Separation = Command.Separation<typeof UserPermission>

const isAbout = ({ subjectType, subjectId }: UserPermission, actor: Actor.Actor) =>
  subjectType === "user" && subjectId === actor.id

const noGrant: Separation = (direct, actor) => !isAbout(direct, actor) || direct.effect === "deny" || forNobodyElse
const noDenial: Separation = (direct, actor) =>
  !isAbout(direct, actor) || direct.effect === "allow" || "Nobody lifts what is denied to themselves."
const neither: Separation = (direct, actor) => {
  const verdict = noGrant(direct, actor)
  return verdict === true ? noDenial(direct, actor) : verdict
}

/** What is granted, or no longer denied, is held by whoever says so. */
const checkGiven = Effect.fnUntraced(function* (
  read: Reader.Reader,
  actor: Actor.Actor,
  direct: Pick<UserPermission, "subjectType" | "subjectId" | "permission" | "scope" | "condition" | "fields">,
  expiresAt: Instant.Instant | null
) {
  const receiver = direct.subjectType === "user" ? yield* belongingOf(read, direct.subjectId) : "everyone"
  const isTheirs =
    direct.subjectType === "team"
      ? actor.teamIds.includes(direct.subjectId)
      : direct.subjectType === "role" && (yield* heldUntil(read, actor, direct.subjectId)) !== undefined
  yield* checkHolds(actor, [lineOf(direct)].map(lasting(isTheirs ? expiresAt : undefined)), receiver)
})

export class UserPermissions extends Service.define(
  "UserPermissions",
  UserPermission,
  Crud.of(UserPermission, {
    one: "a direct grant or denial",
    events: UserPermissionEvents,
    errors: [Errors.GuardFailed],
    separation: { create: noGrant, update: neither, delete: noDenial, restore: noGrant },
    check: (after, before, read, { actor, now }) =>
      Effect.gen(function* () {
        const direct = { ...after, condition: after.condition ?? null, fields: after.fields ?? null }
        if (before === undefined) {
          const subject: Entity.AnyEntity = subjects[after.subjectType]
          if (!(yield* isThere(read, actor, subject, after.subjectId))) return yield* missing("subjectId")
          yield* checkKnown(read, [after.permission], () => "/permission")
          yield* checkLimits(read, [lineOf(direct)], () => "")
        }
        // to end a denial earlier is to lift it
        const isChanged = before !== undefined && before.deletedAt === null
        if (after.effect === "allow" || isChanged) yield* checkGiven(read, actor, direct, after.expiresAt ?? null)
        return yield* keepOne(read, now, { entity: UserPermission, record: { expiresAt: null, ...direct } })
      }),
    checkRemoval: (direct, read, { actor, now }) =>
      direct.effect === "allow"
        ? Effect.void
        : Effect.andThen(
            checkGiven(read, actor, direct, null),
            keepOne(read, now, { entity: UserPermission, record: deleted(direct, now) })
          )
  })
) {}
