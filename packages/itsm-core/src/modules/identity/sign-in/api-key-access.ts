import { Effect, Option } from "effect"
import { Actor, type Id, Instant, type Kernel, Shell } from "../../../kernel/index.ts"
import { ApiKeyInvalid } from "../records/authentication-errors.ts"
import { ApiKey } from "../records/api-key.ts"
import { accessOf, endOf, until } from "../authority/grants.ts"
import { digest } from "../records/secret.ts"
import * as Seldom from "../records/seldom.ts"
import { asUser, revised } from "../records/sign-in-records.ts"
import type { Standing } from "./standing.ts"
import { User } from "../records/user.ts"

const minuteMs = 60_000
/** The slot of what belongs to no organization among what is remembered briefly. */
const everywhere = "api keys"

interface Place {
  readonly organizationId: Id.Id<"Organization">
  readonly id: string
  readonly userId: string
}

/** Programs sign in with a key: it opens what its user may do, within its scopes, as long as both are in force. */
export const make = (kernel: Kernel.KernelShape, standing: Standing) => {
  const isDue = Seldom.make()

  const refuse = Effect.fnUntraced(function* (key: ApiKey, user: User, reason: string, now: Instant.Instant) {
    if (isDue(key.id, now)) {
      const origin = yield* Actor.CurrentOrigin
      yield* Shell.audit(kernel, { ...asUser(user), apiKeyId: key.id }, origin, {
        action: "api_key.use",
        entity: ApiKey,
        id: key.id,
        number: null,
        departmentId: user.departmentId,
        outcome: "deny",
        reason,
        changes: []
      })
    }
    return yield* new ApiKeyInvalid({})
  })

  /** Where the key is kept, whatever has become of it. */
  const placeOf = (keyHash: string) =>
    kernel.recent.get(
      everywhere,
      keyHash,
      Effect.flatMap(
        kernel.store.find("everywhere", ApiKey, {
          where: { field: "keyHash", op: "eq", value: keyHash },
          sort: [],
          limit: 1
        }),
        ({ items: [key] }): Effect.Effect<Place, ApiKeyInvalid> =>
          key === undefined
            ? Effect.fail(new ApiKeyInvalid({}))
            : Effect.succeed({ organizationId: key.organizationId, id: key.id, userId: key.userId })
      )
    )

  const load = Effect.fnUntraced(function* ({ organizationId, id }: Place) {
    const reach = { organizationId }
    const now = yield* Instant.now
    const key = Option.getOrUndefined(yield* kernel.store.get(reach, ApiKey, id))
    const user = key === undefined ? undefined : Option.getOrUndefined(yield* kernel.store.get(reach, User, key.userId))
    if (key === undefined || user === undefined) return yield* new ApiKeyInvalid({})
    if (key.deletedAt !== null) return yield* refuse(key, user, "the key was revoked", now)
    if (key.expiresAt <= now) return yield* refuse(key, user, "the key has expired", now)
    if (!(yield* standing.isActive(user))) return yield* refuse(key, user, "the account is not active", now)
    if (key.lastUsedAt === null || Instant.elapsedMs(key.lastUsedAt, now) >= minuteMs) {
      // another process may have noted the same
      yield* Effect.ignore(kernel.store.commit(reach, [revised(ApiKey, asUser(user), now, key, { lastUsedAt: now })]))
    }
    const found = until(yield* accessOf(kernel, user, null, now), key.expiresAt)
    const actor = { ...found.actor, limitedTo: key.scopes, apiKeyId: key.id }
    return { ...found, actor: yield* standing.held(user, actor) }
  })

  /** The actor that a key stands for, at most a second behind what was decided about key and user. */
  const actorOfApiKey = (key: string): Effect.Effect<Actor.Actor, ApiKeyInvalid> =>
    Effect.flatMap(digest(key), (keyHash) =>
      Effect.flatMap(placeOf(keyHash), (place) =>
        Effect.map(
          kernel.recent.get(place.organizationId, `api key ${place.id}`, load(place), {
            about: place.userId,
            endsAt: endOf
          }),
          ({ actor }) => actor
        )
      )
    )

  /** The moment at which the key that the actor came with expires. */
  const apiKeyExpiry = Effect.fnUntraced(function* ({ organizationId, apiKeyId }: Actor.Actor) {
    const key = yield* kernel.store.get({ organizationId }, ApiKey, apiKeyId ?? "")
    return Option.isNone(key) ? yield* new ApiKeyInvalid({}) : key.value.expiresAt
  })

  return { actorOfApiKey, apiKeyExpiry }
}
