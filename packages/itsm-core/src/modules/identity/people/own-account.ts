import { Effect, Result, Schema, Stream } from "effect"
import {
  type Actor,
  Change,
  Command,
  Condition,
  type Entity,
  Errors,
  Instant,
  type Reader
} from "../../../kernel/index.ts"
import { InvalidCredentials, LoginThrottled, ReauthenticationRequired } from "../records/authentication-errors.ts"
import { MailedTokenIssued, PasswordChanged } from "../published.ts"
import { killed, mailedToken } from "../records/mailed-token.ts"
import { checkRecent } from "../records/recent-authentication.ts"
import { openSessionsOf, Session } from "../records/session.ts"
import { nextEpoch, User } from "../records/user.ts"
import { VerificationToken } from "../records/verification-token.ts"

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

const profileFields = ["email", "displayName", "givenName", "familyName", "phone", "timeZone", "locale"] as const
type ProfileField = (typeof profileFields)[number]

const Profile = Schema.Struct(
  Object.fromEntries(profileFields.map((name) => [name, Schema.optionalKey(User.field(name)!.schema)]))
).annotate({ identifier: "ProfilePatch" }) as unknown as Command.Codec<
  Partial<Pick<Entity.RecordOf<typeof User>, ProfileField>>
>

const mostChangesInAnHour = 3
const hourMs = 60 * 60_000

/** What a wish for another address needs: a recent proof, and not the fourth wish in an hour. */
const addressFacts = Effect.fnUntraced(function* (user: User, read: Reader.Reader, { actor, now }: Command.Moment) {
  yield* checkRecent(actor, read, now)
  const since = Instant.plusMs(now, -hourMs)
  const tokens = yield* Stream.runCollect(
    read.each(
      VerificationToken,
      Condition.all([Condition.eq("userId", user.id), Condition.eq("purpose", "email_change")])
    )
  )
  if (tokens.filter(({ createdAt }) => createdAt > since).length >= mostChangesInAnHour)
    return yield* new LoginThrottled({ retryAfterSeconds: hourMs / 1000 })
  return {
    tokens: tokens.filter(({ usedAt }) => usedAt === null),
    tokenId: (yield* Command.freshIds)<"VerificationToken">()
  }
})

/** What people change of their own account themselves; another address counts once a link mailed to it was followed. */
export const updateProfile = Command.update(User, "updateProfile", {
  description: "Changes the caller's own profile; a new e-mail address counts once it is confirmed.",
  input: Profile,
  errors: [ReauthenticationRequired, LoginThrottled],
  gather: (user, { email }, read, moment) =>
    email === undefined || email === user.email ? Effect.succeed(undefined) : addressFacts(user, read, moment),
  decide: (user, { email, ...profile }, { now, ...facts }) => {
    const change = { ...user, ...profile }
    if (email === undefined || !("tokenId" in facts)) return Result.succeed({ change })
    return Result.succeed({
      change,
      also: [
        ...killed(facts.tokens, now),
        Change.insert(VerificationToken, mailedToken(user, "email_change", now, email), facts.tokenId)
      ],
      events: [MailedTokenIssued.make({ id: facts.tokenId })]
    })
  }
})

/** The new hash takes the place of the one that the caller proved to know; every other session of theirs ends. */
export const changePassword = Command.action(User, "changePassword", {
  description: "Changes the caller's own password, and ends every other session of theirs.",
  input: Schema.Struct({ knownHash: Schema.String, newHash: Schema.String }),
  errors: [InvalidCredentials],
  gather: (user, _, read) =>
    Effect.map(Stream.runCollect(read.each(Session, openSessionsOf(user.id))), (sessions) => ({ sessions })),
  decide: (user, { knownHash, newHash }, { sessions, actor, now }) => {
    if (user.passwordHash !== knownHash) return Result.fail(new InvalidCredentials({}))
    const others = sessions.filter(({ id }) => id !== actor.sessionId)
    const own = sessions.filter(({ id }) => id === actor.sessionId)
    const signInEpoch = nextEpoch(user)
    return Result.succeed({
      change: { ...user, passwordHash: newHash, passwordChangedAt: now, mustChangePassword: false, signInEpoch },
      also: [
        ...others.map((session) => Change.update(Session, session, { endedAt: now, endReason: "password_changed" })),
        ...own.map((session) => Change.update(Session, session, { signInEpoch }))
      ],
      events: [PasswordChanged.make(user, { endedSessions: others.length })]
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
