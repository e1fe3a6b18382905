import { Effect, Result, Schema } from "effect"
import { Command, Entity, Errors, Id, Instant, Policy, Text } from "../../../kernel/index.ts"
import { ReauthenticationRequired } from "./authentication-errors.ts"
import { ApiKeyCreated, ApiKeyRevoked } from "../published.ts"
import { checkRecent } from "./recent-authentication.ts"
import { PermissionPattern } from "./role.ts"

export const apiKeyPrefix = "itsm_ak_"
/** Of the permission matrix: whose keys someone may make, see and revoke. */
export const apiKeyPermission = "apikey.manage"
/** The same day of the next year; the order of instants is that of their texts. */
const aYearAfter = (now: Instant.Instant) => `${Number(now.slice(0, 4)) + 1}${now.slice(4)}`

/** What a program signs in with in the place of a user: it may do what they may, as far as its scopes reach. */
export const ApiKey = Entity.define("ApiKey", {
  plural: "apiKeys",
  role: "internal",
  fields: {
    userId: Entity.managed(Id.Id("User")),
    name: Text.Text(1, 100),
    /** The beginning of the key, by which its owner knows it again. */
    prefix: Entity.managed(Text.Text(1, 20)),
    keyHash: Entity.secret(Text.Text(1, 100)),
    /** Patterns of permissions. */
    scopes: Entity.immutable(Schema.Array(PermissionPattern).check(Schema.isBetweenLength(1, 50))),
    expiresAt: Entity.immutable(Instant.Instant),
    /** Within a minute of the last use. */
    lastUsedAt: Entity.managed(Schema.NullOr(Instant.Instant))
  },
  uniqueEverywhere: [["keyHash"]],
  indexes: [["userId"]],
  indexesEverywhere: ["keyHash"],
  relations: { own: ["userId"] },
  remembered: { about: "userId" }
})
export type ApiKey = Entity.RecordOf<typeof ApiKey>

/** What the caller asks for; what is made of the key itself comes from the server. */
const NewApiKey = Schema.Struct({
  name: Text.Text(1, 100),
  scopes: Schema.Array(PermissionPattern).check(Schema.isBetweenLength(1, 50)),
  expiresAt: Instant.Instant
}).annotate({ identifier: "NewApiKey" })

const Made = Schema.Struct({ ...NewApiKey.fields, prefix: Schema.String, keyHash: Schema.String })

const problem = (pointer: string, code: string, message: string) => ({ pointer, code, message })

/** What is wrong with the request itself, whoever asks. */
const problemsOf = (
  { scopes, expiresAt }: typeof NewApiKey.Type,
  permissions: ReadonlyArray<string>,
  now: Instant.Instant
) => [
  ...scopes.flatMap((scope, index) =>
    permissions.some((permission) => Policy.covers(scope, permission))
      ? []
      : [problem(`/scopes/${index}`, "unknown_permission", "names no permission")]
  ),
  ...(expiresAt <= now ? [problem("/expiresAt", "invalid_value", "must be in the future")] : []),
  ...(expiresAt > aYearAfter(now) ? [problem("/expiresAt", "invalid_value", "must be within a year")] : [])
]

/** A key of the caller's own, for something that they may do themselves: all of it, not a part. */
const create = Command.create(ApiKey, {
  description: "Makes an API key of the caller's own; the key is shown this once.",
  input: Made,
  permission: apiKeyPermission,
  errors: [ReauthenticationRequired],
  gather: (input, read, { actor, now }) =>
    Effect.gen(function* () {
      yield* checkRecent(actor, read, now)
      const errors = problemsOf(input, read.permissions, now)
      if (errors.length > 0) return yield* new Errors.ValidationFailed({ errors })
      const beyond = input.scopes.find((scope) =>
        read.permissions.some((permission) => Policy.covers(scope, permission) && !Policy.mayEver(actor, permission))
      )
      return beyond === undefined
        ? {}
        : yield* new Errors.PermissionDenied({
            permission: beyond,
            reason: `You do not hold all of "${beyond}" yourself.`
          })
    }),
  decide: (input, { actor, freshId }) =>
    Result.succeed({
      create: { ...input, userId: actor.id!, lastUsedAt: null },
      events: [ApiKeyCreated.make({ id: freshId })]
    })
})

const revoke = Command.remove(ApiKey, "revoke", {
  description: "Ends an API key for good, at once.",
  input: Command.Nothing,
  permission: apiKeyPermission,
  decide: (key, _, { now, actor }) =>
    Result.succeed({
      change: { ...key, deletedAt: now, deletedById: actor.id },
      events: [ApiKeyRevoked.make(key)]
    })
})

export const apiKeyCommands = { create, revoke }
export { NewApiKey }
