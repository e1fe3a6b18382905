import { Entity, Path } from "@itsm/core/kernel"

type AnyRecord = Entity.AnyRecord
type Row = Readonly<Record<string, unknown>>
export type Bucket = ReadonlyArray<AnyRecord> | ReadonlySet<AnyRecord>

export const sizeOf = (bucket: Bucket): number => ("size" in bucket ? bucket.size : bucket.length)

/** Records by the values of some of their fields; nulls and deleted records included. */
export class HashIndex {
  readonly fields: ReadonlyArray<string>
  private readonly readers: ReadonlyArray<(row: Row) => unknown>
  /** A key that one record has leads to the record itself. */
  private readonly buckets = new Map<unknown, AnyRecord | Set<AnyRecord>>()

  constructor(fields: ReadonlyArray<string>) {
    this.fields = fields
    this.readers = fields.map(Path.reader)
  }

  private key(row: Row): unknown {
    const [first] = this.readers
    return this.readers.length === 1 ? first!(row) : JSON.stringify(this.readers.map((read) => read(row)))
  }

  private hasSameKey(a: Row, b: Row): boolean {
    for (const read of this.readers) if (read(a) !== read(b)) return false
    return true
  }

  /** Puts `after` in the place of `before`; either may be absent. */
  move(before: AnyRecord | undefined, after: AnyRecord | undefined): void {
    if (before !== undefined && after !== undefined && this.hasSameKey(before, after)) {
      const key = this.key(after)
      if (this.buckets.get(key) === before) return void this.buckets.set(key, after)
    }
    if (before !== undefined) this.remove(before)
    if (after !== undefined) this.add(after)
  }

  private add(record: AnyRecord): void {
    const key = this.key(record)
    const bucket = this.buckets.get(key)
    if (bucket === undefined) this.buckets.set(key, record)
    else if (bucket instanceof Set) bucket.add(record)
    else this.buckets.set(key, new Set([bucket, record]))
  }

  private remove(record: AnyRecord): void {
    const key = this.key(record)
    const bucket = this.buckets.get(key)
    if (bucket === record || (bucket instanceof Set && bucket.size === 1)) this.buckets.delete(key)
    else if (bucket instanceof Set) bucket.delete(record)
  }

  /** The records that have the same values in the fields of the index as `row`. */
  at(row: Row): Bucket {
    const bucket = this.buckets.get(this.key(row))
    return bucket === undefined ? [] : bucket instanceof Set ? bucket : [bucket]
  }

  /** True where `record` would be a second one with its values, neither of them deleted and not all of the values null. */
  isTaken(record: AnyRecord, before: AnyRecord | undefined): boolean {
    if (Entity.isDeleted(record)) return false
    if (this.readers.every((read) => read(record) === null)) return false
    if (before !== undefined && !Entity.isDeleted(before) && this.hasSameKey(before, record)) return false
    for (const other of this.at(record)) if (other !== before && !Entity.isDeleted(other)) return true
    return false
  }
}
