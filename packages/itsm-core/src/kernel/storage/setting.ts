import { Effect, Option } from "effect"
import type { AnyEntity, AnySetting, RecordOf } from "../model/entity.ts"
import type { Id } from "../model/id.ts"
import type { StoreShape } from "./store.ts"

/** A setting as it is before it was ever set: the initial values, at version 0. */
const initial = (entity: AnyEntity, organizationId: Id<"Organization">) => ({
  id: organizationId,
  organizationId,
  version: 0,
  updatedAt: null,
  updatedById: null,
  ...entity.make({})
})

/** What the organization has set, or the initial values. A setting has the id of its organization: there is one. */
export const read = <E extends AnySetting>(
  store: Pick<StoreShape, "get">,
  entity: E,
  organizationId: Id<"Organization">
): Effect.Effect<RecordOf<E>> =>
  Effect.map(
    store.get({ organizationId }, entity, organizationId),
    Option.getOrElse(() => initial(entity, organizationId) as unknown as RecordOf<E>)
  )
