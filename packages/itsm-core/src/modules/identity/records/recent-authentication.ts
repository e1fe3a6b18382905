import { Effect, Option } from "effect"
import { type Actor, Instant, type Reader } from "../../../kernel/index.ts"
import { ReauthenticationRequired } from "./authentication-errors.ts"
import { Session } from "./session.ts"

const recentMs = 10 * 60_000

export const isRecent = ({ authenticatedAt }: Pick<Session, "authenticatedAt">, now: Instant.Instant): boolean =>
  Instant.elapsedMs(authenticatedAt, now) <= recentMs

/**
 * Refused where the last proof of who the actor is was more than ten minutes ago. The platform itself, and an actor whom
 * a host application has signed in, have no session here; an API key proves nothing.
 */
export const checkRecent = Effect.fnUntraced(function* (
  { sessionId, apiKeyId }: Actor.Actor,
  read: Reader.Reader,
  now: Instant.Instant
) {
  if (sessionId === null && apiKeyId === undefined) return
  const session = yield* read.get(Session, sessionId)
  if (Option.isNone(session) || !isRecent(session.value, now)) return yield* new ReauthenticationRequired({})
})
