import { Effect, Result, Schema, Stream } from "effect"
import { Change, Command, Condition, Lifecycle, Service } from "../../../kernel/index.ts"
import { ReauthenticationRequired } from "../records/authentication-errors.ts"
import { MailedTokenIssued, PasswordChanged } from "../published.ts"
import { killed, mailedToken, unusedTokens } from "../records/mailed-token.ts"
import { checkPassword, hashPassword, PasswordTooWeak } from "../records/password.ts"
import { checkRecent } from "../records/recent-authentication.ts"
import { off, SecondFactor } from "../records/second-factor.ts"
import { openSessionsOf, Session } from "../records/session.ts"
import { nextEpoch, User, userLifecycle } from "../records/user.ts"
import { checkReach, userCommands } from "./user-commands.ts"
import { VerificationToken } from "../records/verification-token.ts"

const ended = (sessions: ReadonlyArray<Session>, now: Session["createdAt"]) =>
  sessions.map((session) =>
    Change.update(Session, session, { endedAt: now, endReason: "ended_by_administrator" as const })
  )

/** The earlier invitation is dead; the new one is good for its whole time. */
const invite = Command.action(User, "invite", {
  description: "Mails the user an invitation, in place of the one before.",
  input: Command.Nothing,
  gather: (user, _, read, moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      const tokenId = (yield* Command.freshIds)<"VerificationToken">()
      return { tokens: yield* unusedTokens(read, user.id), tokenId }
    }),
  decide: (user, _, { tokens, tokenId, ...moment }) =>
    Result.map(Lifecycle.step(userLifecycle, user, "invite", moment), () => ({
      change: user,
      also: [
        ...killed(tokens, moment.now),
        Change.insert(VerificationToken, mailedToken(user, "invitation", moment.now), tokenId)
      ],
      events: [MailedTokenIssued.make({ id: tokenId })]
    }))
})

/** Signing in again is all that the user can do. */
const endSessions = Command.action(User, "endSessions", {
  description: "Ends every session of the user.",
  input: Command.Nothing,
  gather: (user, _, read, moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      return { sessions: yield* Stream.runCollect(read.each(Session, openSessionsOf(user.id))) }
    }),
  decide: (user, _, { sessions, now }) =>
    Result.succeed({ change: { ...user, signInEpoch: nextEpoch(user) }, also: ended(sessions, now) })
})

const NewPassword = Schema.Struct({
  password: Schema.String,
  mustChangePassword: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "The user has to choose another one first; true where it is left out." })
  )
}).annotate({ identifier: "PasswordOfUser" })

const setPassword = Command.action(User, "setPassword", {
  description: "Gives the user a password, which they have to change, and ends every session of theirs.",
  input: NewPassword,
  errors: [ReauthenticationRequired, PasswordTooWeak],
  gather: (user, { password }, read, moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      yield* checkRecent(moment.actor, read, moment.now)
      yield* checkPassword(password, "/password", [user.email, user.displayName])
      return {
        passwordHash: yield* hashPassword(password),
        sessions: yield* Stream.runCollect(read.each(Session, openSessionsOf(user.id)))
      }
    }),
  decide: (user, { mustChangePassword = true }, { passwordHash, sessions, ...moment }) =>
    Result.map(Lifecycle.step(userLifecycle, user, "set_password", moment), (state) => ({
      change: {
        ...user,
        state,
        passwordHash,
        passwordChangedAt: moment.now,
        mustChangePassword,
        signInEpoch: nextEpoch(user)
      },
      also: ended(sessions, moment.now),
      events: [PasswordChanged.make(user, { endedSessions: sessions.length })]
    }))
})

/** For a user who has lost it: the next sign-in needs the password alone, and what was signed in has ended. */
const resetMfa = Command.action(User, "resetMfa", {
  description: "Takes the user's second factor away, and ends every session of theirs.",
  input: Command.Nothing,
  errors: [ReauthenticationRequired],
  gather: (user, _, read, moment) =>
    Effect.gen(function* () {
      yield* checkReach(user, read, moment)
      yield* checkRecent(moment.actor, read, moment.now)
      return {
        factors: yield* read.all(SecondFactor, Condition.eq("userId", user.id)),
        sessions: yield* Stream.runCollect(read.each(Session, openSessionsOf(user.id)))
      }
    }),
  decide: (user, _, { factors, sessions, now }) =>
    Result.succeed({
      change: { ...user, signInEpoch: nextEpoch(user) },
      also: [...factors.map((factor) => Change.update(SecondFactor, factor, off)), ...ended(sessions, now)]
    })
})

export class Users extends Service.define("Users", User, {
  ...userCommands,
  invite,
  endSessions,
  setPassword,
  resetMfa
}) {}
