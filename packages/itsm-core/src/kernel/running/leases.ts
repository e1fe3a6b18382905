import { Cause, Deferred, Effect } from "effect"
import type { Condition } from "../model/condition.ts"
import type { AnyEntity, RecordOf } from "../model/entity.ts"
import { Held, isElsewhere, type Work } from "../commands/held.ts"
import * as Instant from "../model/instant.ts"
import type { Change, StoreShape } from "../storage/store.ts"

/** How long claimed work belongs to whoever claimed it, where nothing is said; it is renewed every third of that. */
export const usualLeaseMs = 30_000

export const organizationOf = ({ current }: Held): string => current.organizationId

/** The change of a held record to what `patch` says. */
export const rewritten = (held: Held, patch: Partial<Work>): { readonly change: Change; readonly written: Work } => {
  const { current, entity } = held
  const written: Work = { ...current, ...patch, version: current.version + 1 }
  return { written, change: { kind: "update", entity, record: written, expectedVersion: current.version } }
}

/** Everything that this process has claimed and not yet given away. */
export class Leases {
  readonly leaseMs: number
  private readonly store: StoreShape
  private readonly held = new Set<Held>()

  constructor(store: StoreShape, leaseMs: number) {
    this.store = store
    this.leaseMs = leaseMs
  }

  /** Claims what is due of a queue and satisfies the condition, the earliest first. */
  claim<E extends AnyEntity>(
    entity: E,
    where: Condition,
    limit: number
  ): Effect.Effect<ReadonlyArray<Held<RecordOf<E> & Work>>> {
    return Effect.gen({ self: this }, function* () {
      const now = yield* Instant.now
      const due = yield* this.store.claim(entity, where, now, Instant.plusMs(now, this.leaseMs), limit)
      return due.map((record) => {
        const held = new Held(entity, record as RecordOf<E> & Work)
        this.held.add(held)
        return held
      })
    })
  }

  get size(): number {
    return this.held.size
  }

  get all(): ReadonlyArray<Held> {
    return [...this.held]
  }

  release(held: Held): void {
    this.held.delete(held)
  }

  /** Renews what would end before the time after next, in one commit for each organization; what is lost is told so. */
  get renew(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const now = yield* Instant.now
      const soon = Instant.plusMs(now, (this.leaseMs * 2) / 3)
      const ending = this.all.filter(
        (held) => !held.isAnswered && !held.isBeingWritten && (held.current.leaseUntil ?? "") <= soon
      )
      const leaseUntil = Instant.plusMs(now, this.leaseMs)
      for (const group of Map.groupBy(ending, organizationOf).values()) {
        yield* this.renewAll(group, leaseUntil).pipe(
          Effect.catchCause((cause) => Effect.logError("leases could not be renewed", Cause.pretty(cause)))
        )
      }
    })
  }

  /** Writes held work as the patch says. Where it is not ours any more it is lost, and nothing was written. */
  write(held: Held, patch: Partial<Work>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (held.isBeingWritten) yield* held.settled()
      held.begin()
      const { change, written } = rewritten(held, patch)
      yield* this.store.commit({ organizationId: held.current.organizationId }, [change]).pipe(
        Effect.onExit((exit) => Effect.sync(() => held.end(exit._tag === "Success" ? written : undefined))),
        // half a write would leave nobody knowing which version is stored
        Effect.uninterruptible,
        Effect.catch(() => this.judge(held))
      )
    })
  }

  /** Lets everybody have what is still held. */
  get giveBack(): Effect.Effect<void> {
    const free = (group: ReadonlyArray<Held>): Effect.Effect<unknown> => {
      const reach = { organizationId: group[0]!.current.organizationId }
      const changes = group.map((held) => rewritten(held, { leaseUntil: null }).change)
      return this.store.commit(reach, changes).pipe(
        Effect.catch(() => (group.length === 1 ? Effect.void : Effect.forEach(group, (held) => free([held])))),
        Effect.catchCause(() => Effect.void)
      )
    }
    return Effect.suspend(() =>
      Effect.forEach(
        Map.groupBy(
          this.all.filter(({ isAnswered }) => !isAnswered),
          organizationOf
        ).values(),
        free,
        {
          discard: true
        }
      )
    )
  }

  private renewAll(group: ReadonlyArray<Held>, leaseUntil: Instant.Instant): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      // those that have been written since then are in good hands
      const still = group.filter((held) => !held.isBeingWritten && this.held.has(held))
      if (still.length === 0) return
      const renewed = still.map((held) => ({ held, ...rewritten(held, { leaseUntil }) }))
      for (const held of still) held.begin()
      const reach = { organizationId: still[0]!.current.organizationId }
      const isRenewed = yield* this.store
        .commit(
          reach,
          renewed.map(({ change }) => change)
        )
        .pipe(
          Effect.match({ onFailure: () => false, onSuccess: () => true }),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              const isWritten = exit._tag === "Success" && exit.value
              for (const { held, written } of renewed) held.end(isWritten ? written : undefined)
            })
          )
        )
      if (isRenewed) return
      if (still.length > 1) {
        for (const held of still) yield* this.renewAll([held], leaseUntil)
        return
      }
      yield* this.judge(still[0]!)
    })
  }

  /** What is gone has been dealt with by its own command; what another holds is lost. */
  private judge(held: Held): Effect.Effect<void> {
    const { id, organizationId } = held.current
    return Effect.gen({ self: this }, function* () {
      const stored = yield* this.store.get({ organizationId }, held.entity, id)
      if (stored._tag === "Some" && (yield* isElsewhere(this.store, held))) held.lose()
    })
  }
}

/** Fails with `LeaseLost` as soon as the work is somebody else's. */
export const whileHeld = <A, E, R>(held: Held, work: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(work, Deferred.await(held.lost))
