import { Data } from "effect"
import * as C from "../model/condition.ts"
import { type AnyEntity, type AnyRecord, notDeleted } from "../model/entity.ts"
import { ChangesDisagree, DepthExceeded, GuardFailed } from "../model/errors.ts"
import { isSame } from "../model/same.ts"
import { restamp, stamp } from "../model/stamp.ts"
import type { Change } from "../storage/store.ts"
import type { FieldChange } from "./audit.ts"
import { diff } from "./audit.ts"
import { maxDepth } from "./cause.ts"
import type { PlannedChange, Refusal } from "./change.ts"
import type { Moment } from "./command.ts"
import { Job } from "./job.ts"
import { depthOf, Timer, timerKey, type TimerRequest } from "./timer.ts"

type Patch = Readonly<Record<string, unknown>>

/** Two who read one record saw different versions of it: somebody changed it in between, so both must read again. */
export class ReadApart extends Data.TaggedError("ReadApart")<{ readonly entity: string; readonly id: string }> {}

export type ChangeSetError = ChangesDisagree | DepthExceeded | GuardFailed | ReadApart

/** What one author wants of a record. */
interface Wish {
  readonly patch: Patch
  readonly by: string
}

interface Entry {
  readonly entity: AnyEntity
  readonly id: string
  /** As it is stored; `undefined` for a new record. */
  readonly before: AnyRecord | undefined
  /** The first may be a whole record; of the others, only the fields that they change. */
  readonly wishes: Array<Wish>
  isWritten: boolean
  /** As it will be stored, until somebody wishes for more. */
  after: AnyRecord | undefined
}

export const isChangeSetError = (error: unknown): error is ChangeSetError =>
  error instanceof ChangesDisagree ||
  error instanceof DepthExceeded ||
  error instanceof GuardFailed ||
  error instanceof ReadApart

interface Counter {
  readonly entity: AnyEntity
  readonly id: string
  readonly by: Map<string, number>
  readonly where: Array<C.Condition>
  readonly refusal: Refusal
}

/** What a field has where nobody wishes for anything else. */
const unchanged = ({ entity, before }: Entry, name: string): unknown =>
  (before === undefined ? entity.field(name)?.initial?.value : before[name]) ?? null

const wants = (entry: Entry, { patch }: Wish, name: string): boolean =>
  Object.hasOwn(patch, name) && !isSame(patch[name] ?? null, unchanged(entry, name))

interface SetTimer {
  readonly request: TimerRequest
  readonly by: string
}

/**
 * Everything that one commit changes, by record: the command and each reaction in its commit add to it. Patches of one
 * record merge; where two want different values for one field, both are named.
 */
export class ChangeSet {
  private readonly entries = new Map<string, Entry>()
  private readonly counters = new Map<string, Counter>()
  private readonly timers = new Map<string, SetTimer>()
  private readonly moment: Moment
  private readonly freshId: () => string

  constructor(moment: Moment, freshId: () => string) {
    this.moment = moment
    this.freshId = freshId
  }

  private entry(entity: AnyEntity, id: string, before: AnyRecord | undefined): Entry {
    const key = `${entity.name} ${id}`
    let entry = this.entries.get(key)
    if (entry === undefined) {
      entry = { entity, id, before, wishes: [], isWritten: before === undefined, after: undefined }
      this.entries.set(key, entry)
    } else if (before !== undefined && entry.before !== undefined && before.version !== entry.before.version)
      throw new ReadApart({ entity: entity.name, id })
    return entry
  }

  private wish(entry: Entry, patch: Patch, by: string) {
    entry.after = undefined
    if (entry.wishes.length === 0) return void entry.wishes.push({ patch, by })
    const own = Object.entries(patch).filter(([name, value]) => !isSame(value ?? null, unchanged(entry, name)))
    for (const [name, value] of own) {
      const other = entry.wishes.find((wish) => wants(entry, wish, name))
      if (other !== undefined && !isSame(other.patch[name] ?? null, value ?? null))
        throw new ChangesDisagree({ entity: entry.entity.name, field: name, between: [other.by, by] })
    }
    entry.wishes.push({ patch: Object.fromEntries(own), by })
  }

  /** A new record. */
  insert(entity: AnyEntity, draft: Patch, by: string, id: string = this.freshId()): void {
    if (entity === Job) this.notTooDeep(String(draft["kind"]), Number(draft["depth"]))
    this.wish(this.entry(entity, id, undefined), draft, by)
  }

  /** Fields of a stored record; those that have their value already are left alone. */
  patch(entity: AnyEntity, before: AnyRecord, patch: Patch, by: string): void {
    const entry = this.entry(entity, before.id, before)
    entry.isWritten = true
    this.wish(entry, patch, by)
  }

  /** Fields of a record that the set knows. */
  amend(entity: AnyEntity, id: string, patch: Patch, by: string): void {
    const entry = this.entries.get(`${entity.name} ${id}`)!
    const after = this.recordOf(entry)
    if (Object.entries(patch).every(([name, value]) => isSame(value ?? null, after[name] ?? null))) return
    entry.isWritten = true
    this.wish(entry, patch, by)
  }

  /** A record that is spoken of, changed or not. */
  mention(entity: AnyEntity, record: AnyRecord): void {
    this.entry(entity, record.id, record)
  }

  plan(changes: ReadonlyArray<PlannedChange>, timers: ReadonlyArray<TimerRequest>, by: string): void {
    for (const change of changes) {
      if (change.kind === "insert") this.insert(change.entity, change.draft, by, change.id)
      else if (change.kind === "update") this.patch(change.entity, change.before, change.patch, by)
      else this.count(change)
    }
    for (const request of timers) this.setTimer(request, by)
  }

  private count({ entity, id, field, by, where, refusal }: Extract<PlannedChange, { readonly kind: "add" }>): void {
    const key = `${entity.name} ${id}`
    let counter = this.counters.get(key)
    if (counter === undefined) this.counters.set(key, (counter = { entity, id, by: new Map(), where: [], refusal }))
    counter.by.set(field, (counter.by.get(field) ?? 0) + by)
    counter.where.push(where)
  }

  private setTimer(request: TimerRequest, by: string): void {
    const key = timerKey(request.kind, request.ref)
    const known = this.timers.get(key)
    if (known !== undefined && known.request.at !== request.at)
      throw new ChangesDisagree({ entity: Timer.name, field: request.kind, between: [known.by, by] })
    this.notTooDeep(request.kind, depthOf(request, this.moment))
    this.timers.set(key, { request, by })
  }

  /** What is done next counts as events do: the chain ends where theirs would. */
  private notTooDeep(what: string, depth: number): void {
    if (depth - 1 > maxDepth) throw new DepthExceeded({ event: what, depth: depth - 1 })
  }

  private recordOf(entry: Entry): AnyRecord {
    const { entity, before, wishes, id } = entry
    if (!entry.isWritten) return before!
    if (entry.after === undefined) {
      const patch = wishes.length === 1 ? wishes[0]!.patch : Object.assign({}, ...wishes.map((wish) => wish.patch))
      entry.after =
        before === undefined ? stamp(entity, this.moment, id, patch) : restamp(entity, this.moment, before, patch)
    }
    return entry.after
  }

  /** The record as it is stored now. */
  before(entity: AnyEntity, id: string): AnyRecord | undefined {
    return this.entries.get(`${entity.name} ${id}`)?.before
  }

  /** The record as it will be stored; `undefined` where nobody has spoken of it. */
  after(entity: AnyEntity, id: string): AnyRecord | undefined {
    const entry = this.entries.get(`${entity.name} ${id}`)
    return entry === undefined ? undefined : this.recordOf(entry)
  }

  /** The condition that a refused counter stood under, as the caller is told of it. */
  refusalOf(entity: string, id: string): GuardFailed | undefined {
    const counter = this.counters.get(`${entity} ${id}`)
    return counter === undefined ? undefined : new GuardFailed(counter.refusal)
  }

  /** Counters of records that are written anyhow are part of that: their version guards what was read. */
  settle(): void {
    for (const [key, { entity, by, where, refusal }] of this.counters) {
      const entry = this.entries.get(key)
      if (entry === undefined || !entry.isWritten) continue
      const base = this.recordOf(entry)
      if (!C.compile(C.all(where), entity.search)(entry.before ?? base)) throw new GuardFailed(refusal)
      for (const [field, sum] of by) {
        const other = entry.wishes.find((wish) => wants(entry, wish, field))
        if (other !== undefined && entry.before !== undefined)
          throw new ChangesDisagree({ entity: entity.name, field, between: [other.by, refusal.guard] })
        const counted = { [field]: Number(base[field] ?? 0) + sum }
        entry.wishes.push({ patch: counted, by: refusal.guard })
      }
      entry.after = undefined
      this.counters.delete(key)
    }
  }

  /** All of it as the store takes it, and what it changes in each record, as the audit log has it. */
  build(): Built {
    const records = new Array<Written>()
    const changes = new Array<Change>()
    for (const entry of this.entries.values()) {
      if (!entry.isWritten) continue
      const { entity, before } = entry
      const record = this.recordOf(entry)
      records.push({ entity, id: entry.id, changes: diff(entity, before, record) })
      changes.push(
        // a setting is there before its row is
        before === undefined || before.version === 0
          ? { kind: "insert", entity, record }
          : { kind: "update", entity, record, expectedVersion: before.version }
      )
    }
    for (const { entity, id, by, where } of this.counters.values()) {
      records.push({ entity, id, changes: [...by].map(([field, sum]) => ({ field, old: null, new: null, by: sum })) })
      changes.push({
        kind: "add",
        entity,
        id,
        by: Object.fromEntries(by),
        where: C.all([...where, notDeleted(entity)])
      })
    }
    return { records, changes, timers: [...this.timers.values()].map(({ request }) => request) }
  }
}

/** A record that a commit changes. */
export interface Written {
  readonly entity: AnyEntity
  readonly id: string
  readonly changes: ReadonlyArray<FieldChange>
}

export interface Built {
  readonly records: ReadonlyArray<Written>
  readonly changes: ReadonlyArray<Change>
  readonly timers: ReadonlyArray<TimerRequest>
}
