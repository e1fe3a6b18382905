import { Effect } from "effect"
import { Actor, type Condition, Condition as C, Entity, Errors, Kernel, Policy, Shell } from "../../../kernel/index.ts"
import { SessionRequired } from "../records/authentication-errors.ts"
import { ApiKey, apiKeyCommands, apiKeyPermission, apiKeyPrefix, type NewApiKey } from "../records/api-key.ts"
import { digest, newSecret } from "../records/secret.ts"

const shownLength = apiKeyPrefix.length + 6

/** The keys that the caller may manage: their own, or for administrators those of the organization. */
const managed = (actor: Actor.Actor): Condition.Condition =>
  C.all([Policy.permitted(actor, ApiKey, apiKeyPermission), Entity.notDeleted(ApiKey)])

/** API keys, as people manage them. */
export const make = (kernel: Kernel.KernelShape) => {
  const caller = Effect.flatMap(Actor.CurrentActor, (actor) =>
    actor.kind === "user" && actor.id !== null ? Effect.succeed(actor) : Effect.fail(new SessionRequired({}))
  )

  const createApiKey = Effect.fnUntraced(function* (input: (typeof NewApiKey)["Type"]) {
    yield* caller
    const key = yield* newSecret(apiKeyPrefix)
    const made = { ...input, prefix: key.slice(0, shownLength), keyHash: yield* digest(key) }
    const outcome = yield* Shell.execute(apiKeyCommands.create, { input: Effect.succeed(made) }).pipe(
      Effect.provideService(Kernel.Kernel, kernel)
    )
    return { key, record: (outcome as Shell.Outcome).record as unknown as ApiKey }
  })

  /** Newest first. */
  const apiKeys = Effect.gen(function* () {
    const actor = yield* caller
    const page = yield* kernel.store.find({ organizationId: actor.organizationId }, ApiKey, {
      where: managed(actor),
      sort: [{ field: "createdAt", direction: "desc" }],
      limit: 1000
    })
    return page.items
  })

  const apiKey = Effect.fnUntraced(function* (id: string) {
    const found = (yield* apiKeys).find((each) => each.id === id)
    return found ?? (yield* new Errors.NotFound({}))
  })

  /** The key, which must be one that the caller manages, opens nothing any more. */
  const revokeApiKey = Effect.fnUntraced(function* (id: string) {
    yield* apiKey(id)
    // reading a key needs no permission beside the one to manage it
    const actor = yield* Actor.CurrentActor
    const reader: Actor.Actor = {
      ...actor,
      grants: [
        ...actor.grants,
        { permission: Policy.readPermission(ApiKey), effect: "allow", scope: "organization", source: "apikey.manage" }
      ]
    }
    yield* Shell.execute(apiKeyCommands.revoke, { id, input: Effect.succeed({}) }).pipe(
      Effect.provideService(Kernel.Kernel, kernel),
      Actor.provide(reader)
    )
  })

  return { createApiKey, apiKeys, apiKey, revokeApiKey }
}
