import { Context, Data, type Effect, type Option, type Scope } from "effect"
import type { Condition } from "../model/condition.ts"
import type { AnyEntity, IdOf, RecordOf, Writable } from "../model/entity.ts"
import type { Id } from "../model/id.ts"
import type { Instant } from "../model/instant.ts"
import type { SortKey, SortValue } from "../model/order.ts"

/**
 * Where a call may reach: one organization, or, for sign-in, workers and the platform operator, all of them. It is made
 * from the actor, never from an argument that a caller could set.
 */
export type Reach = { readonly organizationId: Id<"Organization"> } | "everywhere"

export interface Query {
  readonly where: Condition
  /** At most three; the id is the last key of every order. */
  readonly sort: ReadonlyArray<SortKey>
  /** The sort values and id of the last record of the page before. */
  readonly after?: ReadonlyArray<SortValue>
  readonly limit: number
}

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** Where the next page starts; `null` on the last one. */
  readonly next: ReadonlyArray<SortValue> | null
}

/** One write. `record.version` of an update is one more than `expectedVersion`. */
export type Change =
  | { readonly kind: "insert"; readonly entity: AnyEntity; readonly record: Writable }
  | {
      readonly kind: "update"
      readonly entity: AnyEntity
      readonly record: Writable & { readonly version: number }
      readonly expectedVersion: number
    }
  /** Insert, or replace the work of a queue that has the same key. */
  | { readonly kind: "put"; readonly entity: AnyEntity; readonly record: Writable }
  /** Delete the work of a queue with this key, if there is any. */
  | { readonly kind: "drop"; readonly entity: AnyEntity; readonly key: string }
  /** Delete the record for good: of several callers exactly one succeeds. An entry of a log has the version 1. */
  | { readonly kind: "consume"; readonly entity: AnyEntity; readonly id: string; readonly expectedVersion: number }
  /** Add to numbers where the condition holds for the record; refused as a whole where it does not. */
  | {
      readonly kind: "add"
      readonly entity: AnyEntity
      readonly id: string
      readonly by: Readonly<Record<string, number>>
      readonly where: Condition
    }

export class VersionConflict extends Data.TaggedError("VersionConflict")<{
  readonly entity: string
  readonly id: string
}> {}
export class UniqueViolation extends Data.TaggedError("UniqueViolation")<{
  readonly entity: string
  readonly fields: ReadonlyArray<string>
}> {}
export class CounterRefused extends Data.TaggedError("CounterRefused")<{
  readonly entity: string
  readonly id: string
}> {}
/** The store cannot answer now: a defect for the domain, 503 on the wire. Nothing was written, or the outcome is unknown. */
export class StorageUnavailable extends Data.TaggedError("StorageUnavailable")<{ readonly cause: unknown }> {}

export type CommitError = VersionConflict | UniqueViolation | CounterRefused

/** Whether a record exists that satisfies the condition: asked in numbers, answered in one call. */
export interface Probe {
  readonly entity: AnyEntity
  readonly id: string
  readonly where: Condition
}

/**
 * What a commit has made of the memory of readers: nothing of the organization can be trusted any more, or nothing that
 * is remembered about these records.
 */
export interface Touched {
  readonly organizationId: string
  readonly about: ReadonlyArray<string> | "everything"
}

/** A record of a sequence, and where in it. */
export interface Placed<A> {
  readonly record: A
  /** What a later call goes on from; it means something to this store only. */
  readonly position: string
}

/** How far behind the commits of all processes a watch is. */
export interface Watch {
  /**
   * Everything that was committed before so many milliseconds of real time has been told. It grows while the store
   * cannot be heard, and is `Infinity` where it never could.
   */
  readonly behindMs: () => number
}

export interface StoreShape {
  /** The record, deleted or not. */
  readonly get: <E extends AnyEntity>(
    reach: Reach,
    entity: E,
    id: IdOf<E> | string
  ) => Effect.Effect<Option.Option<RecordOf<E>>>
  readonly find: <E extends AnyEntity>(reach: Reach, entity: E, query: Query) => Effect.Effect<Page<RecordOf<E>>>
  /**
   * The next records of a log, or of another sequenced entity, after a position (`null` is the beginning), in an order in
   * which nothing ever comes up behind what was read: what is still being committed holds back what came later. The
   * records of one commit are in the order of their ids.
   */
  readonly since: <E extends AnyEntity>(
    reach: { readonly organizationId: Id<"Organization"> },
    entity: E,
    position: string | null,
    limit: number
  ) => Effect.Effect<ReadonlyArray<Placed<RecordOf<E>>>>
  /** How many records satisfy the condition, counted no further than `upTo`. */
  readonly count: (reach: Reach, entity: AnyEntity, where: Condition, upTo: number) => Effect.Effect<number>
  readonly exists: (reach: Reach, probes: ReadonlyArray<Probe>) => Effect.Effect<ReadonlyArray<boolean>>
  /** All of the changes, or none. */
  readonly commit: (
    reach: { readonly organizationId: Id<"Organization"> },
    changes: ReadonlyArray<Change>
  ) => Effect.Effect<void, CommitError>
  /** The first of `block` numbers that nobody else gets. */
  readonly reserveNumbers: (
    reach: { readonly organizationId: Id<"Organization"> },
    sequence: string,
    block: number
  ) => Effect.Effect<number>
  /**
   * Leases up to `limit` records of a queue that are due and not leased, in the order of `dueAt` and id; one whose
   * `dueAt` is null is never due. No two callers get the same record until its lease is over.
   */
  readonly claim: <E extends AnyEntity>(
    entity: E,
    where: Condition,
    now: Instant,
    leaseUntil: Instant,
    limit: number
  ) => Effect.Effect<ReadonlyArray<RecordOf<E>>>
  /** Succeeds when the store can answer. */
  readonly ping: Effect.Effect<void>
  /**
   * Tells what each commit of any process touches, in time for `behindMs`, as long as the scope is open; `everywhere`
   * when something may have been missed. A store that cannot tell leaves this out: what is read from it is then
   * remembered for less than a second.
   */
  readonly watch?: (told: (touched: Touched | "everywhere") => void) => Effect.Effect<Watch, never, Scope.Scope>
}

/** What the changes touch of that which readers remember; nothing, for most. */
export const touchedBy = (organizationId: string, changes: ReadonlyArray<Change>): Touched | undefined => {
  let about: Array<string> | undefined
  for (const change of changes) {
    const { entity, kind } = change
    const { remembered } = entity
    if (remembered === undefined || (remembered.onlyChanges === true && kind === "insert")) continue
    if (remembered.about === undefined || !("record" in change)) return { organizationId, about: "everything" }
    about ??= []
    about.push(change.record.id, String(change.record[remembered.about]))
  }
  return about === undefined ? undefined : { organizationId, about: [...new Set(about)] }
}

/**
 * Dies for a change that the role of its entity does not know: an entry of a log is added and never changed, and goes
 * only where the log says how long it is kept; only queues have keys to put and drop by.
 */
export const requireAllowed = ({ kind, entity }: Change): void => {
  const isRewriting = kind !== "insert" && (kind !== "consume" || entity.keptDays === undefined)
  if (entity.role === "log" && isRewriting) throw new Error(`The entries of ${entity.name} are only ever added.`)
  if ((kind === "put" || kind === "drop") && entity.queue.key === undefined)
    throw new Error(`${entity.name} is no queue with a key.`)
}

/** The storage port. An adapter is right when it passes `storeContract` of `@itsm/core/testing`. */
export class Store extends Context.Service<Store, StoreShape>()("@itsm/core/Store") {}
