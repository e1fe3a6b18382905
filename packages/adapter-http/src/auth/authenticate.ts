import { Effect } from "effect"
import type { Actor, Errors, Kernel } from "@itsm/core/kernel"
import { Authentication, SessionRevoked } from "@itsm/core/identity"
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

/** Who calls: the user whose session the bearer token of the call names. */
export const authenticate = (tokens: AccessTokens) =>
  Effect.fnUntraced(function* (
    call: Call
  ): Effect.fn.Return<Actor.Actor, Errors.DomainError, Authentication | Kernel.Kernel> {
    const claims = yield* tokens.verify(yield* tokenOf(call))
    if (isLogout(call)) return nobody(claims)
    const authentication = yield* Authentication
    const actor = yield* authentication.actor(claims.org, claims.sid, claims.sub)
    if (actor.id !== claims.sub) return yield* new SessionRevoked({})
    return actor.isSuperuser ? yield* enter(call, actor) : actor
  })
