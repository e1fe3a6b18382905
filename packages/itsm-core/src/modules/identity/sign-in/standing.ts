import { Effect, Option } from "effect"
import type { Actor, Kernel } from "../../../kernel/index.ts"
import { Organization } from "../records/organization.ts"
import type { SecondFactorCheck } from "./second-factor-check.ts"
import type { User } from "../records/user.ts"

/** Whether an account may be used, and what for. */
export const make = (kernel: Kernel.KernelShape, factors: SecondFactorCheck) => {
  /** The organization, where it is at work. */
  const organizationOf = ({ organizationId }: Pick<User, "organizationId">) =>
    Effect.map(
      kernel.recent.get(organizationId, "itself", kernel.store.get({ organizationId }, Organization, organizationId)),
      Option.filter(({ status, deletedAt }) => status === "active" && deletedAt === null)
    )

  /** True where the organization of the user is at work. */
  const isAtWork = (user: User) => Effect.map(organizationOf(user), Option.isSome)

  const isActive = (user: User) =>
    user.state === "active" && user.deletedAt === null ? isAtWork(user) : Effect.succeed(false)

  /** What stands between the user and everything else. */
  const mustFirst = Effect.fnUntraced(function* (user: User) {
    if (user.mustChangePassword) return "change_password" as const
    const organization = yield* organizationOf(user)
    if (Option.isNone(organization) || !organization.value.mfaRequired) return undefined
    return Option.isNone(yield* factors.active(user)) ? ("enrol_second_factor" as const) : undefined
  }) satisfies (user: User) => Effect.Effect<Actor.Actor["mustFirst"]>

  /** True where the organization lets nobody go without a second factor. */
  const needsSecondFactor = (user: User) =>
    Effect.map(organizationOf(user), (found) => Option.isSome(found) && found.value.mfaRequired)

  /** The actor, who may do nothing else as long as something must be done first. */
  const held = (user: User, actor: Actor.Actor): Effect.Effect<Actor.Actor> =>
    Effect.map(mustFirst(user), (first) => (first === undefined ? actor : { ...actor, mustFirst: first, grants: [] }))

  return { organizationOf, isActive, isAtWork, needsSecondFactor, held }
}

export type Standing = ReturnType<typeof make>
