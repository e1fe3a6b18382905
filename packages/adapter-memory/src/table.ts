import { type Condition, Entity, type Store } from "@itsm/core/kernel"
import { DueQueue } from "./due-queue.ts"
import { HashIndex } from "./hash-index.ts"

type AnyRecord = Entity.AnyRecord

/** The records of one entity in one organization. */
export class Partition {
  readonly rows = new Map<string, AnyRecord>()
  readonly unique: ReadonlyArray<HashIndex>
  private readonly lookups = new Map<string, HashIndex>()

  constructor(entity: Entity.AnyEntity) {
    this.unique = entity.unique.map((fields) => new HashIndex(fields))
  }

  /** The index over one field, built when it is first asked for. */
  lookup(field: string): HashIndex {
    let index = this.lookups.get(field)
    if (index === undefined) {
      index = new HashIndex([field])
      for (const record of this.rows.values()) index.move(undefined, record)
      this.lookups.set(field, index)
    }
    return index
  }

  replace(before: AnyRecord | undefined, after: AnyRecord | undefined): void {
    if (before !== undefined && before.id !== after?.id) this.rows.delete(before.id)
    if (after !== undefined) this.rows.set(after.id, after)
    for (const index of this.unique) index.move(before, after)
    for (const index of this.lookups.values()) index.move(before, after)
  }
}

const maxQueues = 8

/** The records of one entity in all organizations. */
export class Table {
  readonly entity: Entity.AnyEntity
  readonly references: ReturnType<typeof Entity.referenceFields>
  readonly everywhere: ReadonlyArray<HashIndex>
  readonly partitions = new Map<string, Partition>()
  private readonly queues = new Map<string, DueQueue>()
  private size = 0
  private readonly positions = new WeakMap<AnyRecord, number>()

  constructor(entity: Entity.AnyEntity) {
    this.entity = entity
    this.references = Entity.referenceFields(entity)
    this.everywhere = entity.uniqueEverywhere.map((fields) => new HashIndex(fields))
  }

  partition(organizationId: string): Partition {
    let partition = this.partitions.get(organizationId)
    if (partition === undefined) this.partitions.set(organizationId, (partition = new Partition(this.entity)))
    return partition
  }

  get(organizationId: string, id: string): AnyRecord | undefined {
    return this.partitions.get(organizationId)?.rows.get(id)
  }

  /** The fields of a unique key that `record`, in the place of `before`, would share with another record. */
  collision(record: AnyRecord, before: AnyRecord | undefined): ReadonlyArray<string> | undefined {
    const partition = this.partition(record.organizationId)
    if (record.id !== before?.id && partition.rows.has(record.id)) return ["id"]
    for (const index of partition.unique) if (index.isTaken(record, before)) return index.fields
    for (const index of this.everywhere) if (index.isTaken(record, before)) return index.fields
    return undefined
  }

  /** Puts `after` in the place of `before`, in a commit with this number; either may be absent. */
  replace(before: AnyRecord | undefined, after: AnyRecord | undefined, commit = 0): void {
    this.partition((after ?? before!).organizationId).replace(before, after)
    for (const index of this.everywhere) index.move(before, after)
    if (after !== undefined && this.entity.isSequenced) this.place(before, after, commit)
    this.size += (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
    if (after !== undefined) for (const queue of this.queues.values()) queue.offer(after, this.size)
  }

  /** A record keeps its place in the sequence when it is changed, and when its deletion is undone. */
  private place(before: AnyRecord | undefined, after: AnyRecord, commit: number): void {
    const known = this.positions.get(after) ?? (before === undefined ? undefined : this.positions.get(before))
    this.positions.set(after, known ?? commit)
  }

  /** The first records of an organization after a position, by their commits and ids. */
  since(organizationId: string, position: string | null, limit: number): ReadonlyArray<Store.Placed<AnyRecord>> {
    const after = position ?? ""
    return [...(this.partitions.get(organizationId)?.rows.values() ?? [])]
      .map((record) => ({ record, position: `${String(this.positions.get(record)).padStart(16, "0")}-${record.id}` }))
      .filter((each) => each.position > after)
      .toSorted((a, b) => (a.position < b.position ? -1 : 1))
      .slice(0, limit)
  }

  /** The queue of the records that satisfy `where`, built when it is first asked for. */
  queue(where: Condition.Condition): DueQueue {
    const key = JSON.stringify(where)
    let queue = this.queues.get(key)
    if (queue === undefined) {
      queue = new DueQueue(this.entity, where, (record) => this.get(record.organizationId, record.id) === record)
      for (const partition of this.partitions.values())
        for (const record of partition.rows.values()) queue.offer(record, this.size)
      if (this.queues.size >= maxQueues) this.queues.delete(this.queues.keys().next().value!)
      this.queues.set(key, queue)
    }
    return queue
  }
}
