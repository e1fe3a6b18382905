import { Effect, Option } from "effect"
import { Actor, Condition, Entity, type Instant, type Kernel, Shell, Stamp, type Store } from "../../kernel/index.ts"
import { User } from "./user.ts"

/** The user as whoever changes the records of their own sign-in; it may do nothing else. */
export const asUser = (user: User): Actor.Actor => ({
  ...Actor.system(user.organizationId),
  kind: "user",
  id: user.id,
  grants: []
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
    record: Stamp.restamp({ now, actor: by }, before, patch),
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
      where: Condition.all([Condition.eq(field, value), Entity.notDeleted]),
      sort: [],
      limit: 1
    }),
    (page) => Option.fromNullishOr(page.items[0])
  )

/** Puts on record what happened at a sign-in, and from where. */
export const auditor = (kernel: Kernel.KernelShape) =>
  Effect.fnUntraced(function* (user: User, action: string, outcome: "allow" | "deny", reason: string | null) {
    const origin = yield* Actor.CurrentOrigin
    yield* Shell.audit(kernel, asUser(user), origin, {
      action,
      entity: User,
      id: user.id,
      number: null,
      outcome,
      reason,
      changes: []
    })
  })
