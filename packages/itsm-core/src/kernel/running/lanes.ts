import { Effect } from "effect"
import { Delivery, placeOf } from "../commands/delivery.ts"
import { OutboxEvent } from "../commands/event.ts"
import type { Held } from "../commands/held.ts"
import * as C from "../model/condition.ts"
import * as Instant from "../model/instant.ts"
import type { KernelShape } from "./kernel.ts"
import { undispatched } from "./dispatching.ts"

type HeldDelivery = Held<Delivery>

/** A delivery that has to wait, and when it is worth looking at it again. */
export interface Blocked {
  readonly held: HeldDelivery
  readonly dueAt: Instant.Instant
}

interface Sorted {
  /** What may run now, one after another, of each lane. */
  readonly ready: ReadonlyArray<ReadonlyArray<HeldDelivery>>
  readonly blocked: ReadonlyArray<Blocked>
}

/** How soon to look again where another process is at work. */
const soonMs = 200
const pageSize = 1000

const byPlace = (a: HeldDelivery, b: HeldDelivery) => (a.current.place < b.current.place ? -1 : 1)

/** The deliveries after one that is not done wait for it, a millisecond apart, so that they are claimed in their order. */
export const behind = (waiting: ReadonlyArray<HeldDelivery>, dueAt: Instant.Instant): ReadonlyArray<Blocked> =>
  waiting.map((held, at) => ({ held, dueAt: Instant.plusMs(dueAt, at + 1) }))

/** All that wait of these lanes, by their places; of each lane as many as matter where they are too many for a page. */
const unfinished = Effect.fnUntraced(function* (kernel: KernelShape, lanes: ReadonlyMap<string, Array<HeldDelivery>>) {
  const { organizationId } = [...lanes.values()][0]![0]!.current
  const find = (names: ReadonlyArray<string>, limit: number) =>
    kernel.store.find({ organizationId }, Delivery, {
      where: C.all([{ field: "lane", op: "in", value: names }, C.eq("state", "waiting")]),
      sort: [{ field: "place", direction: "asc" }],
      limit
    })
  const page = yield* find([...lanes.keys()], pageSize)
  if (page.next === null) return Map.groupBy(page.items, ({ lane }) => lane)
  const pages = yield* Effect.forEach(
    lanes,
    ([lane, { length }]) =>
      Effect.map(find([lane], length + 1), ({ items }) => [lane as string | null, items] as const),
    { concurrency: 4 }
  )
  return new Map(pages)
})

/** Events that may come before these deliveries and have not been dispatched; `undefined` where they are too many. */
const waitingEvents = (kernel: KernelShape, deliveries: ReadonlyArray<HeldDelivery>) => {
  const { organizationId } = deliveries[0]!.current
  const each = <A>(of: (delivery: Delivery) => A) => [...new Set(deliveries.map(({ current }) => of(current)))]
  const lastVersion = Math.max(...each(({ aggregateVersion }) => aggregateVersion))
  return Effect.map(
    kernel.store.find({ organizationId }, OutboxEvent, {
      where: C.all([
        { field: "aggregateId", op: "in", value: each(({ aggregateId }) => aggregateId) },
        { field: "type", op: "in", value: each(({ type }) => type) },
        { field: "aggregateVersion", op: "lte", value: lastVersion },
        undispatched
      ]),
      sort: [],
      limit: pageSize
    }),
    ({ items, next }) => (next === null ? items : undefined)
  )
}

/** When it is worth looking again at what another process is at work on. */
export const lookAgainSoon = Effect.map(Instant.now, (now) => Instant.plusMs(now, soonMs))

const lookAgainAt = (blocker: Delivery, now: Instant.Instant): Instant.Instant =>
  blocker.leaseUntil !== null && blocker.leaseUntil > now ? Instant.plusMs(now, soonMs) : (blocker.dueAt ?? now)

/** Which deliveries of one organization may run: those before which none of their lane is left. */
const sortOrganization = Effect.fnUntraced(function* (kernel: KernelShape, claimed: ReadonlyArray<HeldDelivery>) {
  const now = yield* Instant.now
  const lanes = Map.groupBy(claimed.toSorted(byPlace), ({ current }) => current.lane!)
  // in this order: an event that is dispatched in between is among the deliveries then
  const events = yield* waitingEvents(kernel, claimed)
  if (events === undefined) return { ready: [], blocked: behind(claimed.toSorted(byPlace), yield* lookAgainSoon) }
  const stored = yield* unfinished(kernel, lanes)
  const ready: Array<ReadonlyArray<HeldDelivery>> = []
  const blocked: Array<Blocked> = []
  for (const [lane, deliveries] of lanes) {
    const { aggregateId, type } = deliveries[0]!.current
    const ahead = events.filter((event) => event.aggregateId === aggregateId && event.type === type).map(placeOf)
    const mine = new Map(deliveries.map((held) => [held.current.id, held]))
    const free: Array<HeldDelivery> = []
    let lookAgain = Instant.plusMs(now, soonMs)
    for (const delivery of stored.get(lane) ?? []) {
      const held = mine.get(delivery.id)
      if (held === undefined) {
        lookAgain = lookAgainAt(delivery, now)
        break
      }
      if (ahead.some((place) => place < delivery.place)) break
      free.push(held)
    }
    if (free.length > 0) ready.push(free)
    blocked.push(...behind(deliveries.slice(free.length), lookAgain))
  }
  return { ready, blocked } satisfies Sorted
})

/**
 * Sorts claimed deliveries that have lanes: an event of a record is delivered when all earlier ones are, by whatever
 * process. Earlier ones that are dead do not stand in the way.
 */
export const sortOut = (kernel: KernelShape, claimed: ReadonlyArray<HeldDelivery>): Effect.Effect<Sorted> =>
  Effect.map(
    Effect.forEach(
      Map.groupBy(claimed, ({ current }) => current.organizationId).values(),
      (deliveries) => sortOrganization(kernel, deliveries),
      { concurrency: 4 }
    ),
    (all) => ({ ready: all.flatMap(({ ready }) => ready), blocked: all.flatMap(({ blocked }) => blocked) })
  )
