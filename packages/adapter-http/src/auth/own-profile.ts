import { Effect, Schema } from "effect"
import { Actor, Errors } from "@itsm/core/kernel"
import {
  asSelf,
  LoginThrottled,
  ReauthenticationRequired,
  SessionRevoked,
  updateProfile,
  User
} from "@itsm/core/identity"
import { dryRun, type Endpoint, patchTypes } from "../endpoint.ts"
import { InvalidParameter } from "../refusal.ts"
import * as CommandCall from "../resource/command-call.ts"
import { sessionErrors } from "./authentication-errors.ts"
import { OwnUser, ownUser } from "./session-documents.ts"

const path = "/auth/me/"

const DryRun = Schema.Struct({
  resource: OwnUser,
  events: Schema.Array(Schema.Struct({ type: Schema.String, data: Schema.Unknown }))
}).annotate({ identifier: "OwnUserDryRun" })

const run = CommandCall.run({
  resource: {
    entity: User,
    path,
    show: (actor, { record }) => ({ ...ownUser(record as unknown as User, actor) })
  },
  command: updateProfile,
  resources: new Map(),
  status: 200,
  bodyRequired: true
})

/** `PATCH /auth/me/`: the one command whose record is the caller. */
export const updateOwnProfile: Endpoint = {
  id: "auth.update_me",
  tag: "auth",
  method: "PATCH",
  path,
  summary: updateProfile.description,
  access: "actor",
  permission: null,
  params: [],
  query: [dryRun],
  body: { schema: updateProfile.input, required: true, mediaTypes: patchTypes },
  response: { kind: "schema", schema: Schema.Union([OwnUser, DryRun]), hasVersion: true },
  status: 200,
  errors: [
    ...sessionErrors,
    LoginThrottled,
    ReauthenticationRequired,
    Errors.ValidationFailed,
    Errors.PreconditionFailed,
    Errors.Contention,
    InvalidParameter
  ],
  command: { takesIfMatch: true, requiresIfMatch: false, takesKey: false },
  run: (call) =>
    Effect.gen(function* () {
      const actor = yield* Actor.CurrentActor
      if (actor.id === null) return yield* new SessionRevoked({})
      return yield* run({ ...call, params: { id: actor.id } }).pipe(Actor.provide(asSelf(actor)))
    })
}
