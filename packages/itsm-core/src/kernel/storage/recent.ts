import { Clock, Deferred, Effect, Exit, type Scope } from "effect"
import type { StoreShape, Touched, Watch } from "./store.ts"

/** How long something may be seen as it was before another process changed it, where the store does not tell of changes. */
export const recentMs = 800
/** Also where the store tells of every change. */
const longestMs = 300_000
/** Values, and records that something is remembered about. */
const maxSize = 20_000

/** What the watch of a store that cannot tell would say. */
const unheard: Watch = { behindMs: () => Number.POSITIVE_INFINITY }

export interface Options<A> {
  /** The one record that the value is about, besides what the whole organization shares. */
  readonly about?: string
  /** When the value changes of itself, in milliseconds since the epoch. */
  readonly endsAt?: (value: A) => number
}

/**
 * Remembers what nearly every command reads and hardly any changes: who may do what, roles, teams, settings. What
 * another process changed is seen within a second: the store tells of it, and where it has not been heard for
 * `recentMs`, nothing that was read longer ago is used.
 */
export interface Recent {
  /** The value as it is remembered, or as `load` reads it now; of many that miss it at once, one reads it. A failure is not remembered. */
  readonly get: <A, E, R>(
    organizationId: string,
    key: string,
    load: Effect.Effect<A, E, R>,
    options?: Options<A>
  ) => Effect.Effect<A, E, R>
  /** Everything that was read before is read again, also what is being read now. */
  readonly forget: (touched: Touched | "everywhere") => void
}

interface Entry {
  /** When the reading of the value began. */
  readonly readAt: number
  readonly endsAt: number
  readonly value: unknown
}

interface Loading {
  readonly since: number
  readonly done: Deferred.Deferred<unknown, unknown>
}

/** What is remembered about one record. A slot that is no longer in its place was forgotten: nobody looks into it again. */
interface Slot {
  readonly organizationId: string
  readonly about: string
  readonly entries: Map<string, Entry>
  readonly loading: Map<string, Loading>
  wasUsed: boolean
}

class Memory implements Recent {
  private readonly organizations = new Map<string, Map<string, Slot>>()
  /** In the order in which they are looked at when room is needed. */
  private readonly slots = new Set<Slot>()
  private size = 0
  watch: Watch = unheard

  get<A, E, R>(
    organizationId: string,
    key: string,
    load: Effect.Effect<A, E, R>,
    options: Options<A> = {}
  ): Effect.Effect<A, E, R> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const slot = this.slot(organizationId, options.about ?? "")
      const known = slot.entries.get(key)
      if (known !== undefined && this.isGood(known, now)) return Effect.succeed(known.value as A)
      const loading = slot.loading.get(key)
      if (loading !== undefined && isYoung(loading.since, now))
        return this.join(loading, () => this.get(organizationId, key, load, options))
      return this.load(slot, key, now, load, options)
    })
  }

  forget(touched: Touched | "everywhere"): void {
    if (touched === "everywhere") {
      for (const slot of this.slots) this.drop(slot)
      return
    }
    const slots = this.organizations.get(touched.organizationId)
    if (slots === undefined) return
    if (touched.about === "everything") for (const slot of slots.values()) this.drop(slot)
    else for (const about of touched.about) this.drop(slots.get(about))
  }

  private isGood({ readAt, endsAt }: Entry, now: number): boolean {
    if (now >= endsAt || now < readAt) return false
    return now - readAt < (this.watch.behindMs() < recentMs ? longestMs : recentMs)
  }

  /** The outcome of a reading that another fiber began; where that fiber was interrupted, `again`. */
  private join<A, E, R>({ done }: Loading, again: () => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.flatMap(Effect.exit(Deferred.await(done as Deferred.Deferred<A, E>)), (exit) =>
      Exit.isFailure(exit) && Exit.hasInterrupts(exit) ? again() : exit
    )
  }

  private load<A, E, R>(
    slot: Slot,
    key: string,
    since: number,
    load: Effect.Effect<A, E, R>,
    { endsAt }: Options<A>
  ): Effect.Effect<A, E, R> {
    const loading: Loading = { since, done: Deferred.makeUnsafe() }
    const begun = Effect.suspend(() => {
      slot.loading.set(key, loading)
      return load
    })
    return Effect.onExit(begun, (exit) =>
      Effect.sync(() => {
        if (slot.loading.get(key) === loading) slot.loading.delete(key)
        if (Exit.isSuccess(exit))
          this.remember(slot, key, {
            readAt: since,
            endsAt: endsAt?.(exit.value) ?? Number.POSITIVE_INFINITY,
            value: exit.value
          })
        Deferred.doneUnsafe(loading.done, exit)
      })
    )
  }

  private slot(organizationId: string, about: string): Slot {
    let slots = this.organizations.get(organizationId)
    if (slots === undefined) this.organizations.set(organizationId, (slots = new Map()))
    const known = slots.get(about)
    if (known !== undefined) {
      known.wasUsed = true
      return known
    }
    const slot: Slot = { organizationId, about, entries: new Map(), loading: new Map(), wasUsed: false }
    slots.set(about, slot)
    this.slots.add(slot)
    this.grow(slot)
    return slot
  }

  private remember(slot: Slot, key: string, entry: Entry): void {
    if (!this.slots.has(slot)) return
    const isNew = !slot.entries.has(key)
    slot.entries.set(key, entry)
    if (isNew) this.grow(slot)
  }

  private grow(slot: Slot): void {
    if (++this.size > maxSize) this.makeRoom(slot)
  }

  /** Drops the slots that nobody has used since they were last looked at, but not the one that was just written. */
  private makeRoom(latest: Slot): void {
    for (const slot of this.slots) {
      if (this.size <= maxSize) return
      if (slot !== latest && !slot.wasUsed) {
        this.drop(slot)
        continue
      }
      // to the end of the row, where this very loop comes by again
      slot.wasUsed = false
      this.slots.delete(slot)
      this.slots.add(slot)
      if (this.slots.size === 1) return this.drop(slot)
    }
  }

  private drop(slot: Slot | undefined): void {
    if (slot === undefined || !this.slots.delete(slot)) return
    this.size -= slot.entries.size + 1
    const slots = this.organizations.get(slot.organizationId)!
    slots.delete(slot.about)
    if (slots.size === 0) this.organizations.delete(slot.organizationId)
  }
}

const isYoung = (since: number, now: number) => now >= since && now - since < recentMs

/** Remembers what is read from the store, as long as the scope is open. */
export const make = (store: Pick<StoreShape, "watch">): Effect.Effect<Recent, never, Scope.Scope> =>
  Effect.gen(function* () {
    const memory = new Memory()
    if (store.watch !== undefined) memory.watch = yield* store.watch((touched) => memory.forget(touched))
    return memory
  })
