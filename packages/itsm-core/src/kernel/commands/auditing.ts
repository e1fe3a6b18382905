import { Effect } from "effect"
import type { Actor, Origin } from "../access/actor.ts"
import { idSource } from "../model/id.ts"
import * as Instant from "../model/instant.ts"
import { stamp } from "../model/stamp.ts"
import type { KernelShape } from "../running/kernel.ts"
import type { Change } from "../storage/store.ts"
import { type AuditActor, type AuditFacts, AuditLog, auditDraft } from "./audit.ts"
import { CurrentCause } from "./cause.ts"

type By = AuditActor & Pick<Actor, "organizationId">

/** Writes one audit entry in a commit of its own: for what is not part of a command's. */
export const audit = Effect.fnUntraced(function* (kernel: KernelShape, actor: By, origin: Origin, facts: AuditFacts) {
  const change = yield* auditChange(actor, origin, facts)
  yield* Effect.orDie(kernel.store.commit({ organizationId: actor.organizationId }, [change]))
})

/** The change that puts an entry into the audit log, for a commit that holds what it speaks of. */
export const auditChange = Effect.fnUntraced(function* (actor: By, origin: Origin, facts: AuditFacts) {
  const now = yield* Instant.now
  const freshId = yield* idSource
  const entry = auditDraft(actor, origin, yield* CurrentCause, facts)
  return {
    kind: "insert",
    entity: AuditLog,
    record: stamp(AuditLog, { now, actor }, freshId(), entry)
  } satisfies Change
})
