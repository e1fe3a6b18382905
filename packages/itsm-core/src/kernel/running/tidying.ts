import { Effect } from "effect"
import type * as C from "../model/condition.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { OutboxEvent } from "../commands/event.ts"
import { IdempotencyRecord } from "../commands/idempotency.ts"
import * as Instant from "../model/instant.ts"
import { Kernel, type KernelShape } from "./kernel.ts"

const keptEventsMs = 7 * Instant.dayMs

const pageSize = 500

/** What is removed: an entry of a log has no version, for it never had another. */
type Old = Pick<AnyRecord, "id" | "organizationId"> & { readonly version?: number }

const removeSome = Effect.fnUntraced(function* (kernel: KernelShape, entity: AnyEntity, where: C.Condition) {
  const page = yield* kernel.store.find("everywhere", entity, { where, sort: [], limit: pageSize })
  // another worker may be tidying the same records
  yield* Effect.forEach(page.items as ReadonlyArray<Old>, ({ id, organizationId, version = 1 }) =>
    Effect.ignore(kernel.store.commit({ organizationId }, [{ kind: "consume", entity, id, expectedVersion: version }]))
  )
  return page.items.length
})

const mostPages = 20

/** At most ten thousand at a time: the rest is removed when it is tidied up again. */
const remove = Effect.fnUntraced(function* (kernel: KernelShape, entity: AnyEntity, where: C.Condition) {
  let total = 0
  for (let page = 0; page < mostPages; page++) {
    const removed = yield* removeSome(kernel, entity, where)
    total += removed
    if (removed < pageSize) break
  }
  return total
})

/** Entries of logs that are kept for so many days. */
const oldEntries = (kernel: KernelShape, now: Instant.Instant) =>
  Effect.forEach([...kernel.catalogue.entities.values()], (entity) =>
    entity.keptDays === undefined
      ? Effect.succeed(0)
      : remove(kernel, entity, {
          field: "createdAt",
          op: "lt",
          value: Instant.plusMs(now, -entity.keptDays * Instant.dayMs)
        })
  )

/**
 * Removes what has served its time: answers kept for idempotency keys, events that were dispatched a week ago, entries of
 * logs after their days, and what the modules say.
 */
export const tidy: Effect.Effect<number, never, Kernel> = Effect.gen(function* () {
  const kernel = yield* Kernel
  const now = yield* Instant.now
  const answers = yield* remove(kernel, IdempotencyRecord, { field: "expiresAt", op: "lte", value: now })
  const events = yield* remove(kernel, OutboxEvent, {
    field: "processedAt",
    op: "lt",
    value: Instant.plusMs(now, -keptEventsMs)
  })
  // in their order: what refers to other records is removed before them
  const others = yield* Effect.forEach(kernel.catalogue.expiries, ({ entity, when }) =>
    remove(kernel, entity, when(now))
  )
  const entries = yield* oldEntries(kernel, now)
  return [...others, ...entries].reduce((sum, removed) => sum + removed, answers + events)
})
