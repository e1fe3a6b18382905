import { Cause, Deferred, Effect, FiberSet } from "effect"
import type { Held, Work } from "../commands/held.ts"
import type { Change, StoreShape } from "../storage/store.ts"
import { type Leases, organizationOf, rewritten } from "./leases.ts"

/** What becomes of held work: nothing is left of it, or its record says what comes next. */
export type Ending = "done" | Partial<Work>

interface Entry {
  readonly held: Held
  readonly ending: Ending
  readonly beside: ReadonlyArray<Change>
  readonly over: Deferred.Deferred<boolean>
  isWritten: boolean
}

const most = 500

const changesOf = ({ held, ending, beside }: Entry): ReadonlyArray<Change> => {
  const { current, entity } = held
  const own: Change =
    ending === "done"
      ? { kind: "consume", entity, id: current.id, expectedVersion: current.version }
      : rewritten(held, ending).change
  return [own, ...beside]
}

/**
 * Writes what became of held work. What ends while a commit of the same organization is under way waits for the next
 * one, so that there are few commits where much ends. Whoever has dealt with the work in between has the last word.
 */
export class Completions {
  private readonly store: StoreShape
  private readonly leases: Leases
  private readonly fibers: FiberSet.FiberSet
  private readonly waiting = new Map<string, Array<Entry>>()

  constructor(store: StoreShape, leases: Leases, fibers: FiberSet.FiberSet) {
    this.store = store
    this.leases = leases
    this.fibers = fibers
  }

  /**
   * Begins to write the ending of the work. What comes back tells, once it is over, whether that is how the work ended;
   * else somebody else has it, or will.
   */
  end(held: Held, ending: Ending, beside: ReadonlyArray<Change> = []): Effect.Effect<Effect.Effect<boolean>> {
    return Effect.suspend(() => {
      if (held.isAnswered) {
        this.leases.release(held)
        return Effect.succeed(Effect.succeed(true))
      }
      const entry: Entry = { held, ending, beside, over: Deferred.makeUnsafe<boolean>(), isWritten: false }
      const over = Deferred.await(entry.over)
      const organizationId = organizationOf(held)
      const queue = this.waiting.get(organizationId)
      if (queue !== undefined) {
        queue.push(entry)
        return Effect.succeed(over)
      }
      this.waiting.set(organizationId, [entry])
      return Effect.as(FiberSet.run(this.fibers, this.flush(organizationId)), over)
    })
  }

  private flush(organizationId: string): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      // what ends in the same moment comes along
      yield* Effect.yieldNow
      while (true) {
        const batch = this.waiting.get(organizationId)!.splice(0, most)
        if (batch.length === 0) break
        for (const { held } of batch) yield* held.settled()
        yield* this.write(batch)
      }
      this.waiting.delete(organizationId)
    })
  }

  private write(batch: ReadonlyArray<Entry>): Effect.Effect<void> {
    const reach = { organizationId: batch[0]!.held.current.organizationId }
    for (const { held } of batch) held.begin()
    const finish = Effect.sync(() => {
      for (const { held, over, isWritten } of batch) {
        held.end()
        this.leases.release(held)
        Deferred.doneUnsafe(over, Effect.succeed(isWritten))
      }
    })
    const commit = (entries: ReadonlyArray<Entry>) =>
      Effect.tap(this.store.commit(reach, entries.flatMap(changesOf)), () =>
        Effect.sync(() => {
          for (const entry of entries) entry.isWritten = true
        })
      )
    return commit(batch).pipe(
      // one of them was somebody else's in the end: the others are as good as before
      Effect.catch(() =>
        batch.length === 1
          ? Effect.void
          : Effect.forEach(batch, (entry) => Effect.ignore(commit([entry])), { discard: true })
      ),
      Effect.catchCause((cause) => Effect.logError("ended work could not be written", Cause.pretty(cause))),
      Effect.ensuring(finish)
    )
  }
}
