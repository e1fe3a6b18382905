import { Effect, Option, Stream } from "effect"
import type { Condition } from "../model/condition.ts"
import type { AnyEntity, RecordOf } from "../model/entity.ts"
import type { SortValue } from "../model/order.ts"
import type { Reach, StoreShape } from "./store.ts"

const pageSize = 1000

/** The records that satisfy the condition, however many, in the order of their ids; a page of them at a time is held. */
export const each = <E extends AnyEntity>(
  store: Pick<StoreShape, "find">,
  reach: Reach,
  entity: E,
  where: Condition
): Stream.Stream<RecordOf<E>> => {
  const query = { where, sort: [], limit: pageSize }
  return Stream.paginate(undefined as ReadonlyArray<SortValue> | undefined, (after) =>
    Effect.map(
      store.find(reach, entity, after === undefined ? query : { ...query, after }),
      (page) => [page.items, Option.fromNullOr(page.next)] as const
    )
  )
}

/** The same in one list, for what is looked at as a whole. */
export const collect = <E extends AnyEntity>(
  store: Pick<StoreShape, "find">,
  reach: Reach,
  entity: E,
  where: Condition
): Effect.Effect<ReadonlyArray<RecordOf<E>>> => Stream.runCollect(each(store, reach, entity, where))
