import { Effect } from "effect"
import { type Actor, Condition, Id, type Instant, type Kernel, Stamp } from "../../../kernel/index.ts"
import { Role, UserRole } from "../records/role.ts"

/** The change that gives somebody who has just arrived the role of everybody; `undefined` where there is no such role. */
export const firstRole = Effect.fnUntraced(function* (
  kernel: Kernel.KernelShape,
  by: Actor.Actor,
  userId: Id.Id<"User">,
  now: Instant.Instant
) {
  const [role] = (yield* kernel.store.find({ organizationId: by.organizationId }, Role, {
    where: Condition.eq("key", "end_user"),
    sort: [],
    limit: 1
  })).items
  if (role === undefined) return undefined
  const fresh = yield* Id.idSource
  const record = Stamp.stamp(UserRole, { now, actor: by }, fresh(), UserRole.make({ userId, roleId: role.id }))
  return { kind: "insert", entity: UserRole, record } as const
})
