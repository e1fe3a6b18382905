import { Data, Deferred, Effect, Schema } from "effect"
import type { AnyEntity } from "../model/entity.ts"
import type { QueueEnvelope } from "../model/envelope.ts"
import type { ErrorKind } from "../model/errors.ts"
import type { Instant } from "../model/instant.ts"
import type { StoreShape } from "../storage/store.ts"

/** A record of a queue: it can be claimed when it is due and nobody holds it. */
export type Work = QueueEnvelope<string> &
  Readonly<Record<string, unknown>> & {
    /** When it is to be done; `null` where nothing is to be done. */
    readonly dueAt: Instant | null
    /** Until when whoever claimed it has it for themselves. */
    readonly leaseUntil: Instant | null
    readonly attempts: number
    readonly lastError: string | null
  }

/** The work has been done, or is held, by somebody else: nothing of this command was written. */
export class AlreadyAnswered extends Schema.TaggedError<AlreadyAnswered>()("AlreadyAnswered", {
  entity: Schema.String,
  id: Schema.String
}) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `The ${this.entity} ${this.id} has been dealt with elsewhere.`
  }
}

/** The lease ended before the work did, and somebody else has it now. */
export class LeaseLost extends Data.TaggedError("LeaseLost") {}

/**
 * A record of a queue that this process has claimed. Its version rises while it is held, with each renewal of the lease;
 * `current` is the record as it was stored last.
 */
export class Held<W extends Work = Work> {
  readonly entity: AnyEntity
  readonly lost = Deferred.makeUnsafe<never, LeaseLost>()
  current: W
  /** The commit of a command has consumed the record: nothing is left to be done with it. */
  isAnswered = false
  private writing: Deferred.Deferred<void> | undefined

  constructor(entity: AnyEntity, current: W) {
    this.entity = entity
    this.current = current
  }

  get isBeingWritten(): boolean {
    return this.writing !== undefined
  }

  /** Announces a write of the record by its holder; `end` follows. */
  begin(): void {
    this.writing = Deferred.makeUnsafe<void>()
  }

  /** The write is over; `written` is the record that it left, where it left another one. */
  end(written?: W): void {
    if (written !== undefined) this.current = written
    const { writing } = this
    this.writing = undefined
    if (writing !== undefined) Deferred.doneUnsafe(writing, Effect.void)
  }

  /** Ends when no write of the holder is under way. */
  settled(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      while (this.writing !== undefined) yield* Deferred.await(this.writing)
    })
  }

  get isLost(): boolean {
    return Deferred.isDoneUnsafe(this.lost)
  }

  lose(): void {
    Deferred.doneUnsafe(this.lost, Effect.fail(new LeaseLost()))
  }
}

/** Whether the held record is gone, or in somebody else's hands. */
export const isElsewhere = (store: StoreShape, held: Held): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const { id, organizationId } = held.current
    while (true) {
      yield* held.settled()
      const { version } = held.current
      const stored = yield* store.get({ organizationId }, held.entity, id)
      // written by its holder while it was read: what was read says nothing
      if (held.isBeingWritten || held.current.version !== version) continue
      return stored._tag === "None" || (stored.value as { readonly version: number }).version !== version
    }
  })
