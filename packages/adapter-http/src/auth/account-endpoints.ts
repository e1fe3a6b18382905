import { Effect, Option, Schema } from "effect"
import { Actor, Errors, Id, Instant, Kernel } from "@itsm/core/kernel"
import {
  Authentication,
  InvalidCredentials,
  LoginThrottled,
  PasswordTooWeak,
  type Session,
  SessionRevoked,
  User
} from "@itsm/core/identity"
import type { Call } from "../call.ts"
import { type Endpoint, handWritten } from "../endpoint.ts"
import * as Etag from "../etag.ts"
import * as Reply from "../reply.ts"
import { sessionErrors } from "./authentication-errors.ts"
import { updateOwnProfile } from "./own-profile.ts"
import { OwnUser, ownUser } from "./session-documents.ts"

const NewPassword = Schema.Struct({ currentPassword: Schema.String, newPassword: Schema.String }).annotate({
  identifier: "NewPassword"
})
const EndedSessions = Schema.Struct({ endedSessions: Schema.Int }).annotate({ identifier: "EndedSessions" })

const OwnSession = Schema.Struct({
  id: Id.Id("Session"),
  createdAt: Instant.Instant,
  authenticatedAt: Instant.Instant,
  expiresAt: Instant.Instant,
  amr: Schema.Array(Schema.String).annotate({ description: "How its user signed in, as RFC 8176 names it." }),
  address: Schema.NullOr(Schema.String),
  userAgent: Schema.NullOr(Schema.String),
  isCurrent: Schema.Boolean.annotate({ description: "True for the session of the token that asks." })
}).annotate({ identifier: "OwnSession" })

const OwnSessions = Schema.Struct({ items: Schema.Array(OwnSession), nextCursor: Schema.Null }).annotate({
  identifier: "OwnSessions"
})

const shown = (session: Session, actor: Actor.Actor): typeof OwnSession.Type => {
  const { id, createdAt, authenticatedAt, expiresAt, amr, address, userAgent } = session
  return {
    id,
    createdAt,
    authenticatedAt,
    expiresAt,
    amr,
    address,
    userAgent,
    isCurrent: id === actor.sessionId
  }
}

const self = Effect.fnUntraced(function* (call: Call) {
  const { store } = yield* Kernel.Kernel
  const actor = yield* Actor.CurrentActor
  const user = yield* store.get({ organizationId: actor.organizationId }, User, actor.id ?? "")
  if (Option.isNone(user)) return yield* new SessionRevoked({})
  const ETag = Etag.of(user.value)
  return Etag.isKnown(call.request.headers.get("if-none-match"), user.value)
    ? Reply.empty(304, { ETag })
    : Reply.json(200, ownUser(user.value, actor), { ETag })
})

const shared = { tag: "auth", errors: sessionErrors } as const

/** What callers see and change of their own account. */
export const accountEndpoints: ReadonlyArray<Endpoint<Authentication>> = [
  handWritten({
    ...shared,
    id: "auth.me",
    method: "GET",
    path: "/auth/me/",
    summary: "The caller's own user.",
    response: OwnUser,
    hasVersion: true,
    run: ({ call }) => self(call)
  }),
  updateOwnProfile,
  handWritten({
    ...shared,
    id: "auth.change_password",
    method: "POST",
    path: "/auth/change-password/",
    summary: "Changes the caller's password, and ends every other session of theirs.",
    body: NewPassword,
    response: EndedSessions,
    errors: [...sessionErrors, InvalidCredentials, LoginThrottled, PasswordTooWeak, Errors.Contention],
    run: ({ body: { currentPassword, newPassword } }) =>
      Effect.gen(function* () {
        const authentication = yield* Authentication
        return { endedSessions: yield* authentication.changePassword(currentPassword, newPassword) }
      })
  }),
  handWritten({
    ...shared,
    id: "auth.sessions",
    method: "GET",
    path: "/auth/sessions/",
    summary: "The caller's own sessions that have not ended.",
    response: OwnSessions,
    run: () =>
      Effect.gen(function* () {
        const authentication = yield* Authentication
        const actor = yield* Actor.CurrentActor
        const sessions = yield* authentication.sessions
        return { items: sessions.map((session) => shown(session, actor)), nextCursor: null }
      })
  }),
  handWritten({
    ...shared,
    id: "auth.end_other_sessions",
    method: "DELETE",
    path: "/auth/sessions/",
    summary: "Ends every session of the caller's but the one of the token that asks.",
    errors: [...sessionErrors, Errors.Contention],
    run: () => Effect.flatMap(Authentication, (authentication) => authentication.endOtherSessions)
  }),
  handWritten({
    ...shared,
    id: "auth.session",
    method: "GET",
    path: "/auth/sessions/{id}/",
    summary: "One of the caller's own sessions.",
    response: OwnSession,
    errors: [...sessionErrors, Errors.NotFound],
    run: ({ call }) =>
      Effect.gen(function* () {
        const authentication = yield* Authentication
        return shown(yield* authentication.session(call.params["id"] ?? ""), yield* Actor.CurrentActor)
      })
  }),
  handWritten({
    ...shared,
    id: "auth.end_session",
    method: "DELETE",
    path: "/auth/sessions/{id}/",
    summary: "Ends one of the caller's own sessions.",
    errors: [...sessionErrors, Errors.NotFound, Errors.Contention],
    run: ({ call }) =>
      Effect.flatMap(Authentication, (authentication) => authentication.endSession(call.params["id"] ?? ""))
  })
]
