import { Condition, type Entity, type Instant } from "@itsm/core/kernel"
import { Heap } from "./heap.ts"

type AnyRecord = Entity.AnyRecord
type Work = AnyRecord & { readonly dueAt: Instant.Instant; readonly leaseUntil: Instant.Instant | null }

const freeAt = ({ dueAt, leaseUntil }: Work) => (leaseUntil !== null && leaseUntil > dueAt ? leaseUntil : dueAt)

/**
 * The records of a queue that satisfy a condition, by when they can be claimed. A record that was replaced or deleted
 * stays in the heaps until it comes up, or until such records are more than half of them.
 */
export class DueQueue {
  private readonly waiting = new Heap<Work>((a, b) => freeAt(a) < freeAt(b))
  private readonly ready = new Heap<Work>((a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.id < b.id))
  private readonly matches: (record: AnyRecord) => boolean
  private readonly isCurrent: (record: AnyRecord) => boolean

  constructor(entity: Entity.AnyEntity, where: Condition.Condition, isCurrent: (record: AnyRecord) => boolean) {
    this.matches = Condition.compile(where, entity.search)
    this.isCurrent = isCurrent
  }

  offer(record: AnyRecord, stored: number): void {
    // what has no time is never due
    if (record["dueAt"] === null || !this.matches(record)) return
    this.waiting.push(record as Work)
    if (this.waiting.size + this.ready.size > 2 * stored + 64) {
      this.waiting.retain(this.isCurrent)
      this.ready.retain(this.isCurrent)
    }
  }

  /** Takes out up to `limit` records that are due and not leased; they come back when they are offered again. */
  take(now: Instant.Instant, limit: number): ReadonlyArray<AnyRecord> {
    for (let next = this.waiting.peek(); next !== undefined && freeAt(next) <= now; next = this.waiting.peek()) {
      this.waiting.pop()
      if (this.isCurrent(next)) this.ready.push(next)
    }
    const taken = new Set<Work>()
    const early: Array<Work> = []
    while (taken.size < limit) {
      const next = this.ready.pop()
      if (next === undefined) break
      if (!this.isCurrent(next)) continue
      if (freeAt(next) <= now) taken.add(next)
      else early.push(next)
    }
    for (const record of early) this.waiting.push(record)
    return [...taken]
  }
}
