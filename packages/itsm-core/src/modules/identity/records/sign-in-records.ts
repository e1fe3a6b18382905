import { Effect, Option } from "effect"
import {
  Actor,
  Commit,
  Condition,
  Entity,
  type Event,
  Id,
  Instant,
  type Kernel,
  Shell,
  Stamp,
  type Store
} from "../../../kernel/index.ts"
import * as Seldom from "./seldom.ts"
import { User } from "./user.ts"

/** The user as whoever changes the records of their own sign-in; it may do nothing else. */
export const asUser = (user: User): Actor.Actor => ({
  ...Actor.system(user.organizationId),
  kind: "user",
  id: user.id,
  grants: []
})

/** Whoever is not known yet, in the organization that they ask something of; it may do nothing. */
export const nobody = (organizationId: Id.Id<"Organization">): Actor.Actor => ({
  ...Actor.system(organizationId),
  grants: []
})

/** The change that puts an event about a record into the outbox. */
export const raised = Effect.fnUntraced(function* (
  kernel: Kernel.KernelShape,
  actor: Actor.Actor,
  now: Instant.Instant,
  record: Pick<Entity.AnyRecord, "version">,
  event: Event.Event
) {
  const origin = yield* Actor.CurrentOrigin
  const fresh = yield* Id.idSource
  return Commit.raise(kernel.catalogue, event, record, { moment: { now, actor }, origin, id: fresh() })
})

/** The change of a record to a version on, which fails where another came first. */
export const revised = <E extends Entity.AnyEntity>(
  entity: E,
  by: Actor.Actor,
  now: Instant.Instant,
  record: Entity.RecordOf<E>,
  patch: Partial<Entity.RecordOf<E>>
): Store.Change => {
  const before = record as Entity.AnyRecord
  return {
    kind: "update",
    entity,
    record: Stamp.restamp(entity, { now, actor: by }, before, patch),
    expectedVersion: before.version
  }
}

/** The record with this value in a field that is unique in the whole installation. */
export const first = <E extends Entity.AnyEntity>(
  kernel: Kernel.KernelShape,
  entity: E,
  field: string,
  value: string
) =>
  Effect.map(
    kernel.store.find("everywhere", entity, {
      where: Condition.all([Condition.eq(field, value), Entity.notDeleted(entity)]),
      sort: [],
      limit: 1
    }),
    (page) => Option.fromNullishOr(page.items[0])
  )

/** The change that puts on record what happened at a sign-in, and from where: for the commit in which it happens. */
export const recorded = Effect.fnUntraced(function* (
  user: User,
  action: string,
  outcome: "allow" | "deny",
  reason: string | null
) {
  const origin = yield* Actor.CurrentOrigin
  return yield* Shell.auditChange(asUser(user), origin, {
    action,
    entity: User,
    id: user.id,
    number: null,
    departmentId: user.departmentId,
    outcome,
    reason,
    changes: []
  })
})

/** Puts a refusal on record, in a commit of its own. */
export const denier = (kernel: Kernel.KernelShape) => (user: User, action: string, reason: string) =>
  Effect.flatMap(recorded(user, action, "deny", reason), (change) =>
    Effect.orDie(kernel.store.commit({ organizationId: user.organizationId }, [change]))
  )

/** As `denier`, for what may be refused any number of times: each kind once a minute, of a user or of what else is named. */
export const seldomDenier = (kernel: Kernel.KernelShape) => {
  const denied = denier(kernel)
  const isDue = Seldom.make()
  return (user: User, action: string, reason: string, about: string = user.id) =>
    Effect.flatMap(Instant.now, (now) =>
      isDue(`${about} ${action} ${reason}`, now) ? denied(user, action, reason) : Effect.void
    )
}
