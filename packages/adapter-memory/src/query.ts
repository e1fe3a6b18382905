import { Condition, CustomPath, type Entity, Kinds, Order, Path, type Store } from "@itsm/core/kernel"
import { type Bucket, sizeOf } from "./hash-index.ts"
import type { Partition, Table } from "./table.ts"
import type { Tables } from "./tables.ts"

type AnyRecord = Entity.AnyRecord
type Pins = ReadonlyMap<string, ReadonlyArray<Condition.Scalar>>

/** The fields that have one of a few values in every record that satisfies the condition. */
const pins = (condition: Condition.Condition, found = new Map<string, ReadonlyArray<Condition.Scalar>>()): Pins => {
  if ("all" in condition) for (const part of condition.all) pins(part, found)
  else if ("op" in condition) {
    if (condition.op === "eq") found.set(condition.field, [condition.value])
    else if (condition.op === "in" && !found.has(condition.field)) found.set(condition.field, condition.value)
    else if (condition.op === "isNull" && condition.value) found.set(condition.field, [null])
  }
  return found
}

const hasLookup = (entity: Entity.AnyEntity, field: string): boolean => {
  const kind = entity.field(field)?.kind
  return kind === "id" || (kind === "text" && entity.indexes.some((fields) => fields[0] === field))
}

/** Records among which are all that satisfy the pins: by their id, by a whole unique key, by an indexed field, or all. */
const candidates = (table: Table, partition: Partition, pinned: Pins): Iterable<AnyRecord> => {
  const ids = pinned.get("id")
  if (ids !== undefined) {
    return [...new Set(ids)].flatMap((id) => partition.rows.get(String(id)) ?? [])
  }
  const single = (field: string) => (pinned.get(field)?.length === 1 ? pinned.get(field)![0]! : undefined)
  for (const index of partition.unique) {
    if (index.fields.every((field) => single(field) !== undefined)) {
      return index.at(Object.fromEntries(index.fields.map((field) => [field, single(field)])))
    }
  }
  let best: { readonly size: number; readonly buckets: ReadonlyArray<Bucket> } | undefined
  for (const [field, values] of pinned) {
    if (!hasLookup(table.entity, field)) continue
    const index = partition.lookup(field)
    const buckets = [...new Set(values)].map((value) => index.at({ [field]: value }))
    const size = buckets.reduce((sum, bucket) => sum + sizeOf(bucket), 0)
    if (best === undefined || size < best.size) best = { size, buckets }
  }
  if (best === undefined) return partition.rows.values()
  return best.buckets.length === 1 ? best.buckets[0]! : best.buckets.flatMap((bucket) => [...bucket])
}

const matching = function* (
  tables: Tables,
  entity: Entity.AnyEntity,
  reach: Store.Reach,
  where: Condition.Condition
): Generator<AnyRecord> {
  const table = tables.of(entity)
  const test = Condition.compile(where, entity.search)
  const pinned = pins(where)
  const partitions = reach === "everywhere" ? table.partitions.values() : [table.partition(reach.organizationId)]
  for (const partition of partitions) {
    for (const record of candidates(table, partition, pinned)) if (test(record, tables.named)) yield record
  }
}

export const count = (
  tables: Tables,
  entity: Entity.AnyEntity,
  reach: Store.Reach,
  where: Condition.Condition,
  upTo: number
): number => {
  let found = 0
  if (upTo > 0) for (const _ of matching(tables, entity, reach, where)) if (++found >= upTo) break
  return found
}

const isFolded = (entity: Entity.AnyEntity, path: string): boolean => {
  const field = CustomPath.fieldAt(entity, path)
  return field !== undefined && Kinds.kinds[field.kind].order === "folded"
}

interface Ranked {
  readonly record: AnyRecord
  readonly rank: ReadonlyArray<Order.SortValue>
}

/** A page of the records that satisfy the query; only as many as the page needs are ever kept in order. */
export const find = (
  tables: Tables,
  entity: Entity.AnyEntity,
  reach: Store.Reach,
  { where, sort, after, limit }: Store.Query
): Store.Page<AnyRecord> => {
  const keys = sort.map(({ field }) => ({ valueOf: Path.reader(field), isText: isFolded(entity, field) }))
  const directions = [...sort.map(({ direction }) => direction), sort[0]?.direction ?? "asc"]
  const first: Array<Ranked> = []
  for (const record of matching(tables, entity, reach, where)) {
    const rank = [...keys.map(({ valueOf, isText }) => Order.sortValue(valueOf(record), isText)), record.id]
    if (after !== undefined && Order.compareTuples(directions, rank, after) <= 0) continue
    place(first, { record, rank }, limit + 1, (a, b) => Order.compareTuples(directions, a.rank, b.rank))
  }
  const page = first.slice(0, limit)
  return { items: page.map(({ record }) => record), next: first.length > limit ? (page.at(-1)?.rank ?? null) : null }
}

const place = (sorted: Array<Ranked>, item: Ranked, most: number, compare: (a: Ranked, b: Ranked) => number) => {
  if (sorted.length >= most && compare(item, sorted.at(-1)!) >= 0) return
  let low = 0
  // records come in the order of their creation, and most lists start with the newest
  let high = sorted.length > 0 && compare(item, sorted[0]!) < 0 ? 0 : sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(sorted[middle]!, item) <= 0) low = middle + 1
    else high = middle
  }
  sorted.splice(low, 0, item)
  if (sorted.length > most) sorted.pop()
}
