import { Effect } from "effect"
import { Delivery, laneOf, placeOf } from "../commands/delivery.ts"
import { OutboxEvent } from "../commands/event.ts"
import * as C from "../model/condition.ts"
import { idSource } from "../model/id.ts"
import * as Instant from "../model/instant.ts"
import { stamp } from "../model/stamp.ts"
import type { Change } from "../storage/store.ts"
import type { KernelShape } from "./kernel.ts"
import { usualLeaseMs } from "./leases.ts"

const batch = 500

export const undispatched = C.isNull("processedAt")

/** The commit that marks these events dispatched holds a delivery to each of their reactions. */
const expand = Effect.fnUntraced(function* (
  kernel: KernelShape,
  events: ReadonlyArray<OutboxEvent>
): Effect.fn.Return<void> {
  const now = yield* Instant.now
  const freshId = yield* idSource
  const { organizationId } = events[0]!
  const actor = { id: null, organizationId }
  const drafts = events
    .map((event) => ({ event, place: placeOf(event) }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))
    .flatMap(({ event, place }) =>
      kernel.catalogue.after(event.type).map(({ name, ordered }) =>
        Delivery.make({
          eventId: event.id,
          type: event.type,
          reaction: name,
          aggregateType: event.aggregateType,
          aggregateId: event.aggregateId,
          aggregateVersion: event.aggregateVersion,
          occurredAt: event.occurredAt,
          actorId: event.actorId,
          requestId: event.requestId,
          causationId: event.causationId,
          correlationId: event.correlationId,
          depth: event.depth,
          onBehalfOfId: event.onBehalfOfId,
          eventData: event.data,
          lane: ordered ? laneOf(name, event) : null,
          place,
          dueAt: event.dueAt
        })
      )
    )
  // what is due in the same moment is claimed by id: in the order of the places
  const ids = drafts.map(() => freshId<"Delivery">()).toSorted()
  const changes: ReadonlyArray<Change> = [
    ...events.map((event): Change => {
      const record = { ...event, processedAt: now, leaseUntil: null, version: event.version + 1 }
      return { kind: "update", entity: OutboxEvent, record, expectedVersion: event.version }
    }),
    ...drafts.map((draft, at): Change => {
      return { kind: "insert", entity: Delivery, record: stamp(Delivery, { now, actor }, ids[at]!, draft) }
    })
  ]
  // a conflict says that another worker has dealt with some of them: the others do not wait for that
  yield* kernel.store
    .commit({ organizationId }, changes)
    .pipe(
      Effect.catch(() =>
        events.length === 1
          ? Effect.void
          : Effect.forEach(events, (event) => expand(kernel, [event]), { discard: true })
      )
    )
})

/** Makes deliveries of the events that wait; how many events there were. */
export const dispatch = Effect.fnUntraced(function* (kernel: KernelShape, leaseMs = usualLeaseMs) {
  const now = yield* Instant.now
  const due = yield* kernel.store.claim(OutboxEvent, undispatched, now, Instant.plusMs(now, leaseMs), batch)
  const groups = Map.groupBy(due, ({ organizationId }) => organizationId)
  yield* Effect.forEach(groups.values(), (events) => expand(kernel, events), { concurrency: 4, discard: true })
  return due.length
})
