import { Effect } from "effect"
import * as ActorOf from "../access/actor.ts"
import { AuditLog, auditDraft } from "../commands/audit.ts"
import type { Cause } from "../commands/cause.ts"
import { raise } from "../commands/commit.ts"
import type { Event } from "../commands/event.ts"
import type { Held } from "../commands/held.ts"
import { idSource } from "../model/id.ts"
import * as Instant from "../model/instant.ts"
import { stamp } from "../model/stamp.ts"
import type { Change } from "../storage/store.ts"
import type { KernelShape } from "./kernel.ts"

/** What errors and the audit log call a chain that was cut off. */
export const depthExceeded = "automation.depth_exceeded"

interface End {
  readonly reason: string
  /** Beside the held record, what the chain is about. */
  readonly subjects: ReadonlyArray<string>
  /** Who listens to the end of chains is told of it, unless they are what went too deep. */
  readonly event: Event | undefined
}

/** An entry in the audit log, and an event, say that the held work would have gone on with a chain for too long. */
export const cutOff = Effect.fnUntraced(function* (
  kernel: KernelShape,
  { current, entity }: Held,
  cause: Cause,
  { reason, subjects, event }: End
): Effect.fn.Return<ReadonlyArray<Change>> {
  const freshId = yield* idSource
  const origin = yield* ActorOf.CurrentOrigin
  const moment = { now: yield* Instant.now, actor: ActorOf.system(current.organizationId) }
  const entry = auditDraft(moment.actor, origin, cause, {
    action: depthExceeded,
    entity,
    id: current.id,
    number: null,
    departmentId: null,
    outcome: "error",
    reason,
    changes: [],
    subjects: [current.id, ...subjects]
  })
  const told =
    event === undefined ? [] : [raise(kernel.catalogue, event, current, { moment, origin, cause, id: freshId() })]
  return [{ kind: "insert", entity: AuditLog, record: stamp(AuditLog, moment, freshId(), entry) }, ...told]
})
