import { Effect } from "effect"
import type { Actor } from "../access/actor.ts"
import * as C from "../model/condition.ts"
import * as Instant from "../model/instant.ts"
import { stamp } from "../model/stamp.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Change } from "../storage/store.ts"
import type { Moment } from "./command.ts"
import { type Answer, IdempotencyKeyReused, IdempotencyRecord, type IdempotencyRequest } from "./idempotency.ts"

/** The answer that the caller's key stands for already, if there is one. */
export const replay = Effect.fnUntraced(function* (
  kernel: KernelShape,
  actor: Actor,
  request: Pick<IdempotencyRequest<never>, "key" | "fingerprint">,
  now: Instant.Instant
) {
  const reach = { organizationId: actor.organizationId }
  const page = yield* kernel.store.find(reach, IdempotencyRecord, {
    where: C.all([actor.id === null ? C.isNull("actorId") : C.eq("actorId", actor.id), C.eq("key", request.key)]),
    sort: [],
    limit: 1
  })
  const known = page.items[0]
  if (known === undefined) return undefined
  if (known.expiresAt <= now) {
    // whoever else clears the way for the key has done the same
    yield* Effect.ignore(
      kernel.store.commit(reach, [
        { kind: "consume", entity: IdempotencyRecord, id: known.id, expectedVersion: known.version }
      ])
    )
    return undefined
  }
  if (known.fingerprint !== request.fingerprint) return yield* new IdempotencyKeyReused({})
  return { status: known.status, body: known.body, headers: known.headers } satisfies Answer
})

/** Keeps the answer for the caller's key, in the command's own commit. */
export const kept = <O>(
  request: IdempotencyRequest<O> | undefined,
  outcome: O,
  moment: Moment,
  freshId: () => string
): ReadonlyArray<Change> => {
  if (request === undefined) return []
  const { key, fingerprint, render } = request
  const draft = IdempotencyRecord.make({
    actorId: moment.actor.id,
    key,
    fingerprint,
    ...render(outcome),
    expiresAt: Instant.plusMs(moment.now, Instant.dayMs)
  })
  return [{ kind: "insert", entity: IdempotencyRecord, record: stamp(IdempotencyRecord, moment, freshId(), draft) }]
}
