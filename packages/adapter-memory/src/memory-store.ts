import { Condition, type Entity, Store } from "@itsm/core/kernel"
import { Effect, Layer, Option } from "effect"
import * as Query from "./query.ts"
import { snapshot } from "./snapshot.ts"
import { Tables } from "./tables.ts"
import { transact } from "./transaction.ts"

type AnyRecord = Entity.AnyRecord

const make = (): Store.StoreShape => {
  const tables = new Tables()
  const numbers = new Map<string, number>()
  const watchers = new Set<(touched: Store.Touched) => void>()
  const tell = (touched: Store.Touched | undefined) => {
    if (touched !== undefined) for (const told of watchers) told(touched)
  }
  const read = (reach: Store.Reach, entity: Entity.AnyEntity, id: string): AnyRecord | undefined => {
    const table = tables.of(entity)
    if (reach !== "everywhere") return table.get(reach.organizationId, id)
    for (const { rows } of table.partitions.values()) if (rows.has(id)) return rows.get(id)
    return undefined
  }
  return {
    get: (reach, entity, id) =>
      Effect.sync(() => Option.fromNullishOr(read(reach, entity, id)) as Option.Option<never>),
    find: (reach, entity, query) => Effect.sync(() => Query.find(tables, entity, reach, query) as Store.Page<never>),
    since: ({ organizationId }, entity, position, limit) =>
      Effect.sync(() => {
        if (!entity.isSequenced) throw new Error(`${entity.name} is no sequence.`)
        return tables.of(entity).since(organizationId, position, limit) as ReadonlyArray<Store.Placed<never>>
      }),
    count: (reach, entity, where, upTo) => Effect.sync(() => Query.count(tables, entity, reach, where, upTo)),
    exists: (reach, probes) =>
      Effect.sync(() =>
        probes.map(({ entity, id, where }) => {
          const record = read(reach, entity, id)
          return record !== undefined && Condition.compile(where, entity.search)(record, tables.named)
        })
      ),
    commit: ({ organizationId }, changes) =>
      Effect.suspend(() => {
        const refusal = transact(tables, organizationId, changes)
        if (refusal !== undefined) return Effect.fail(refusal)
        tell(Store.touchedBy(organizationId, changes))
        return Effect.void
      }),
    reserveNumbers: ({ organizationId }, sequence, block) =>
      Effect.sync(() => {
        const key = `${organizationId} ${sequence}`
        const first = numbers.get(key) ?? 1
        numbers.set(key, first + block)
        return first
      }),
    claim: (entity, where, now, leaseUntil, limit) =>
      Effect.sync(() => {
        const table = tables.of(entity)
        const claimed = table
          .queue(where)
          .take(now, limit)
          .map((before) => {
            const after = snapshot(entity, { ...before, leaseUntil, version: before.version + 1 }, before)
            table.replace(before, after)
            return after
          })
        return claimed as ReadonlyArray<AnyRecord> as ReadonlyArray<never>
      }),
    ping: Effect.void,
    watch: (told) =>
      Effect.as(
        Effect.acquireRelease(
          Effect.sync(() => watchers.add(told)),
          () => Effect.sync(() => watchers.delete(told))
        ),
        { behindMs: () => 0 }
      )
  }
}

/** A store in the memory of the process, empty each time the layer is built; what it holds is gone with the process. */
export const layer: Layer.Layer<Store.Store> = Layer.sync(Store.Store, make)
