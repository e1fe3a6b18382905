import { Effect } from "effect"
import type { Actor, Errors, Kernel } from "@itsm/core/kernel"
import {
  apiKeyPrefix,
  Authentication,
  MfaEnrolmentRequired,
  PasswordChangeRequired,
  SessionRequired,
  SessionRevoked
} from "@itsm/core/identity"
import type { Call } from "../call.ts"
import type { AccessTokens, Claims } from "./access-token.ts"
import { tokenOf } from "./bearer.ts"
import { enter } from "./operator-access.ts"

/** Logging out is possible again when it is done already: the token says who asks, its session need not live. */
const isLogout = ({ method, path, base }: Call) => method === "POST" && path.slice(base.length) === "/auth/logout/"

const nobody = ({ sub, org, sid }: Claims): Actor.Actor => ({
  kind: "user",
  id: sub,
  organizationId: org,
  isSuperuser: false,
  roles: [],
  grants: [],
  teamIds: [],
  departmentIds: [],
  departmentTeamIds: [],
  sessionId: sid
})

/** What a program with an API key may do below `/auth/`: ask whom the key stands for. */
const openToKeys = new Set(["GET /auth/me/", "GET /auth/verify-token/"])
const alwaysOpen = [...openToKeys, "POST /auth/logout/"]
/** What is open before an account is in order: what puts it in order. */
const openBefore = {
  change_password: { open: new Set([...alwaysOpen, "POST /auth/change-password/"]), error: PasswordChangeRequired },
  enrol_second_factor: {
    open: new Set([
      ...alwaysOpen,
      "POST /auth/mfa/enable/",
      "POST /auth/mfa/verify/",
      "POST /auth/reauthenticate/",
      "POST /auth/change-password/"
    ]),
    error: MfaEnrolmentRequired
  }
} as const

/** Lets the actor in, or says what stands between them and this route. */
const checkDoor = (call: Call, actor: Actor.Actor): Effect.Effect<Actor.Actor, Errors.DomainError> => {
  if (actor.apiKeyId === undefined && actor.mustFirst === undefined) return Effect.succeed(actor)
  const route = `${call.method} ${call.path.slice(call.base.length)}`
  if (actor.apiKeyId !== undefined && route.includes(" /auth/") && !openToKeys.has(route))
    return Effect.fail(new SessionRequired({}))
  if (actor.mustFirst === undefined) return Effect.succeed(actor)
  const { open, error } = openBefore[actor.mustFirst]
  return open.has(route) ? Effect.succeed(actor) : Effect.fail(new error({}))
}

/** Who calls: the user whose session the bearer token of the call names, or whose API key it is. */
export const authenticate = (tokens: AccessTokens) => {
  const bearerOf = Effect.fnUntraced(function* (
    call: Call
  ): Effect.fn.Return<Actor.Actor, Errors.DomainError, Authentication> {
    const token = yield* tokenOf(call)
    const authentication = yield* Authentication
    if (token.startsWith(apiKeyPrefix)) return yield* authentication.actorOfApiKey(token)
    const claims = yield* tokens.verify(token)
    if (isLogout(call)) return nobody(claims)
    const actor = yield* authentication.actor(claims.org, claims.sid, claims.sub)
    return actor.id === claims.sub ? actor : yield* new SessionRevoked({})
  })
  return Effect.fnUntraced(function* (
    call: Call
  ): Effect.fn.Return<Actor.Actor, Errors.DomainError, Authentication | Kernel.Kernel> {
    const actor = yield* checkDoor(call, yield* bearerOf(call))
    return actor.isSuperuser ? yield* enter(call, actor) : actor
  })
}
