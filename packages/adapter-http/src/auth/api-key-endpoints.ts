import { Effect, Schema } from "effect"
import { Errors, Id, Instant } from "@itsm/core/kernel"
import { type ApiKey, Authentication, NewApiKey, ReauthenticationRequired } from "@itsm/core/identity"
import { type Endpoint, handWritten } from "../endpoint.ts"
import * as Reply from "../reply.ts"
import { sessionErrors } from "./authentication-errors.ts"

const fields = {
  id: Id.Id("ApiKey"),
  createdAt: Instant.Instant,
  userId: Id.Id("User").annotate({ description: "Whose key it is." }),
  name: Schema.String,
  prefix: Schema.String.annotate({ description: "The beginning of the key." }),
  scopes: Schema.Array(Schema.String),
  expiresAt: Instant.Instant,
  lastUsedAt: Schema.NullOr(Instant.Instant.annotate({ description: "Within a minute." }))
}
const ShownApiKey = Schema.Struct(fields).annotate({ identifier: "ApiKey" })
const ShownApiKeys = Schema.Struct({ items: Schema.Array(ShownApiKey), nextCursor: Schema.Null }).annotate({
  identifier: "ApiKeys"
})
const MadeApiKey = Schema.Struct({
  key: Schema.String.annotate({ description: "Goes into the Authorization header; shown this once." }),
  ...fields
}).annotate({ identifier: "MadeApiKey" })

const shown = (record: ApiKey): typeof ShownApiKey.Type => {
  const { id, createdAt, userId, name, prefix, scopes, expiresAt, lastUsedAt } = record
  return { id, createdAt, userId, name, prefix, scopes, expiresAt, lastUsedAt }
}

const path = "/auth/api-keys/"
const shared = { tag: "auth", permission: "apikey.manage" } as const
const errors = [...sessionErrors, Errors.PermissionDenied] as const

/** The caller's API keys; administrators see and revoke those of the organization. */
export const apiKeyEndpoints: ReadonlyArray<Endpoint<Authentication>> = [
  handWritten({
    ...shared,
    id: "auth.api_keys",
    method: "GET",
    path,
    summary: "The API keys that the caller manages, newest first.",
    response: ShownApiKeys,
    errors,
    run: () =>
      Effect.gen(function* () {
        const authentication = yield* Authentication
        return { items: (yield* authentication.apiKeys).map(shown), nextCursor: null }
      })
  }),
  handWritten({
    ...shared,
    id: "auth.create_api_key",
    method: "POST",
    path,
    summary: "Makes an API key of the caller's own, for what they may do themselves; the key is shown this once.",
    body: NewApiKey,
    response: MadeApiKey,
    status: 201,
    errors: [...errors, ReauthenticationRequired, Errors.ValidationFailed, Errors.Contention],
    run: ({ body, call }) =>
      Effect.gen(function* () {
        const authentication = yield* Authentication
        const { key, record } = yield* authentication.createApiKey(body)
        return Reply.json(201, { key, ...shown(record) }, { Location: `${call.base}${path}${record.id}/` })
      })
  }),
  handWritten({
    ...shared,
    id: "auth.api_key",
    method: "GET",
    path: `${path}{id}/`,
    summary: "One of the API keys that the caller manages.",
    response: ShownApiKey,
    errors: [...errors, Errors.NotFound],
    run: ({ call }) =>
      Effect.gen(function* () {
        const authentication = yield* Authentication
        return shown(yield* authentication.apiKey(call.params["id"] ?? ""))
      })
  }),
  handWritten({
    ...shared,
    id: "auth.revoke_api_key",
    method: "DELETE",
    path: `${path}{id}/`,
    summary: "Ends one of the API keys that the caller manages, for good and at once.",
    errors: [...errors, Errors.NotFound, Errors.Contention],
    run: ({ call }) =>
      Effect.flatMap(Authentication, (authentication) => authentication.revokeApiKey(call.params["id"] ?? ""))
  })
]
