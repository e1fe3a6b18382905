import { Effect, Stream } from "effect"
import { Change, Condition, type Entity, Errors, type Instant, Policy, type Reader } from "../../../kernel/index.ts"
import { Role, UserPermission, UserRole } from "../records/role.ts"
import { TeamMember } from "../records/team.ts"
import { User } from "../records/user.ts"

/** What an administrator needs to give others what they need: somebody who is denied one of these is none. */
const keys = ["user", "role", "user_role", "user_permission"].flatMap((resource) =>
  ["read", "create", "update", "delete", "enable"].map((action) => `${resource}.${action}`)
)

interface Facts {
  readonly users: ReadonlyArray<User>
  readonly roles: ReadonlyArray<UserRole>
  readonly members: ReadonlyArray<TeamMember>
  readonly denials: ReadonlyArray<UserPermission>
}

/** A record as a command would leave it. */
interface Revised {
  readonly entity: Entity.AnyEntity
  readonly record: Readonly<Record<string, unknown>>
}

const live = <A extends { readonly deletedAt?: unknown }>(records: ReadonlyArray<A>) =>
  records.filter(({ deletedAt }) => (deletedAt ?? null) === null)

/** The records as they would be afterwards: those of the same id replaced, a new one added. */
const revise = <A extends { readonly id: string }>(
  entity: Entity.AnyEntity,
  records: ReadonlyArray<A>,
  revised: Revised
): ReadonlyArray<A> =>
  revised.entity === entity
    ? [...records.filter(({ id }) => id !== revised.record["id"]), revised.record as unknown as A]
    : records

/** The denials in force that keep whom they are about from administering people. */
const hindering = (denials: ReadonlyArray<UserPermission>, now: Instant.Instant) =>
  live(denials).filter(
    ({ effect, fields, permission, expiresAt }) =>
      effect === "deny" &&
      fields === null &&
      (expiresAt === null || now < expiresAt) &&
      keys.some((key) => Policy.covers(permission, key))
  )

const administrators = (adminRoleId: string, facts: Facts, now: Instant.Instant): ReadonlyArray<string> => {
  const denied = hindering(facts.denials, now)
  return live(facts.users)
    .filter(({ id, state }) => {
      const roles = live(facts.roles).filter(({ userId }) => userId === id)
      const teams = live(facts.members).filter(({ userId }) => userId === id)
      const subjects = new Set([
        `user ${id}`,
        ...teams.map(({ teamId }) => `team ${teamId}`),
        ...roles.map(({ roleId }) => `role ${roleId}`)
      ])
      return (
        state === "active" &&
        roles.some(
          ({ roleId, scopeType, validFrom, validTo }) =>
            roleId === adminRoleId &&
            scopeType === "organization" &&
            (validFrom === null || validFrom <= now) &&
            validTo === null
        ) &&
        !denied.some(({ subjectType, subjectId }) => subjects.has(`${subjectType} ${subjectId}`))
      )
    })
    .map(({ id }) => id)
}

/**
 * Refuses what would leave an organization without an administrator: an active user who has the role `admin` for the
 * whole organization and without an end, and who is denied nothing that it takes. What makes one fewer of them, or could
 * together with something else that is decided at the same time, also writes the role: of two such commands the second is
 * judged by what the first has done.
 */
export const keepOne = Effect.fnUntraced(function* (read: Reader.Reader, now: Instant.Instant, revised: Revised) {
  // read first: what changes after it makes the commit start again
  const [role] = yield* read.all(Role, Condition.all([Condition.eq("key", "admin"), Condition.eq("isBuiltIn", true)]))
  if (role === undefined) return []
  const holders = yield* Stream.runCollect(read.each(UserRole, Condition.eq("roleId", role.id)))
  const userIds = [...new Set(holders.map(({ userId }) => userId))]
  const [users, roles, members] = yield* Effect.all([
    Stream.runCollect(read.each(User, Condition.oneOf("id", userIds))),
    Stream.runCollect(read.each(UserRole, Condition.oneOf("userId", userIds))),
    Stream.runCollect(read.each(TeamMember, Condition.oneOf("userId", userIds)))
  ])
  const joined = ["teamId", "roleId"].flatMap((field) => {
    const id = revised.record[field]
    return typeof id === "string" ? [id] : []
  })
  const subjects: ReadonlyArray<string> = [
    ...userIds,
    ...roles.map(({ roleId }) => roleId),
    ...members.map(({ teamId }) => teamId),
    ...joined
  ]
  const denials = yield* Stream.runCollect(
    read.each(
      UserPermission,
      Condition.all([Condition.eq("effect", "deny"), Condition.oneOf("subjectId", [...new Set(subjects)])])
    )
  )
  const before = administrators(role.id, { users, roles, members, denials }, now)
  const after = administrators(
    role.id,
    {
      users: revise(User, users, revised).filter(({ id }) => userIds.includes(id)),
      roles: revise(UserRole, roles, revised),
      members: revise(TeamMember, members, revised),
      denials: revise(UserPermission, denials, revised)
    },
    now
  )
  if (before.length > 0 && after.length === 0) {
    return yield* new Errors.GuardFailed({
      guard: "administratorRemains",
      reason: "The organization would have no administrator left."
    })
  }
  const { entity, record } = revised
  const isLive = (record["deletedAt"] ?? null) === null
  const isDenial = entity === UserPermission && hindering([record as unknown as UserPermission], now).length > 0
  const concerned = hindering(denials, now).some(({ subjectId }) => joined.includes(subjectId))
  const mayCost = isDenial || (isLive && (concerned || before.includes(record["userId"] as string)))
  return mayCost || before.some((id) => !after.includes(id)) ? [Change.update(Role, role, {})] : []
})

/** The record as its deletion would leave it. */
export const deleted = (record: object, now: Instant.Instant) => ({ ...record, deletedAt: now })
