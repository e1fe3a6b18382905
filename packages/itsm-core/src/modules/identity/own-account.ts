import { Effect, Result, Schema } from "effect"
import { type Actor, Change, Command, Condition, type Entity, Errors } from "../../kernel/index.ts"
import { InvalidCredentials } from "./authentication-errors.ts"
import { PasswordChanged } from "./events.ts"
import { Session } from "./session.ts"
import { User } from "./user.ts"

const ownPermissions = [
  "user.read",
  "user.update_profile",
  "user.change_password",
  "session.read",
  "session.end"
] as const

/** Everyone may keep their own account, whatever their roles grant or deny, and nothing beside it. */
const ownGrants: ReadonlyArray<Actor.Grant> = ownPermissions.map((permission) => ({
  permission,
  effect: "allow",
  scope: "own",
  source: "self"
}))

/** The actor with their own account, and nothing else, in reach. */
export const asSelf = (actor: Actor.Actor): Actor.Actor => ({
  ...actor,
  isSuperuser: false,
  teamIds: [],
  departmentIds: [],
  departmentTeamIds: [],
  grants: ownGrants
})

/** Open sessions of a user. */
export const openSessionsOf = (userId: string): Condition.Condition =>
  Condition.all([Condition.eq("userId", userId), Condition.isNull("endedAt")])

const profileFields = ["displayName", "givenName", "familyName", "phone", "timeZone", "locale"] as const
type ProfileField = (typeof profileFields)[number]

const Profile = Schema.Struct(
  Object.fromEntries(profileFields.map((name) => [name, Schema.optionalKey(User.field(name)!.schema)]))
).annotate({ identifier: "ProfilePatch" }) as unknown as Command.Codec<
  Partial<Pick<Entity.RecordOf<typeof User>, ProfileField>>
>

/** What people change of their own account themselves. */
export const updateProfile = Command.update(User, "updateProfile", {
  description: "Changes the caller's own profile.",
  input: Profile,
  decide: (user, profile) => Result.succeed({ change: { ...user, ...profile } })
})

/** The new hash takes the place of the one that the caller proved to know; every other session of theirs ends. */
export const changePassword = Command.action(User, "changePassword", {
  description: "Changes the caller's own password, and ends every other session of theirs.",
  input: Schema.Struct({ knownHash: Schema.String, newHash: Schema.String }),
  errors: [InvalidCredentials],
  gather: (user, _, read) => Effect.map(read.all(Session, openSessionsOf(user.id)), (sessions) => ({ sessions })),
  decide: (user, { knownHash, newHash }, { sessions, actor, now }) => {
    if (user.passwordHash !== knownHash) return Result.fail(new InvalidCredentials({}))
    const others = sessions.filter(({ id }) => id !== actor.sessionId)
    return Result.succeed({
      change: { ...user, passwordHash: newHash, passwordChangedAt: now },
      also: others.map((session) => Change.update(Session, session, { endedAt: now, endReason: "password_changed" })),
      events: [PasswordChanged.make({ id: user.id, endedSessions: others.length })]
    })
  }
})

/** A session that has ended is not there any more, for its owner. */
export const endSession = Command.action(Session, "end", {
  description: "Ends one of the caller's own sessions.",
  input: Command.Nothing,
  decide: (session, _, { now }) =>
    session.endedAt !== null || session.expiresAt <= now
      ? Result.fail(new Errors.NotFound({}))
      : Result.succeed({ change: { ...session, endedAt: now, endReason: "logout" as const } })
})
