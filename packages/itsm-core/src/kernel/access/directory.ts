import type { Effect, Option } from "effect"
import type { Actor } from "./actor.ts"
import type { Id } from "../model/id.ts"
import type { KernelShape } from "../running/kernel.ts"

/** A user as other modules see one. */
export interface Person {
  readonly id: Id<"User">
  readonly displayName: string
  readonly departmentId: Id<"Department"> | null
  readonly isActive: boolean
  /** What the person may do and where they belong: read only where it is asked for. */
  readonly actor: Effect.Effect<Actor>
}

/** A support team as other modules see one. */
export interface TeamProfile {
  readonly id: Id<"Team">
  readonly name: string
  readonly departmentId: Id<"Department"> | null
  readonly isActive: boolean
}

export interface OrganizationProfile {
  readonly timeZone: string
}

/** Who is who: the identity module answers, every module may ask. */
export interface Directory {
  readonly person: (
    kernel: KernelShape,
    organizationId: Id<"Organization">,
    id: string
  ) => Effect.Effect<Option.Option<Person>>
  readonly team: (
    kernel: KernelShape,
    organizationId: Id<"Organization">,
    id: string
  ) => Effect.Effect<Option.Option<TeamProfile>>
  readonly organization: (kernel: KernelShape, organizationId: Id<"Organization">) => Effect.Effect<OrganizationProfile>
}
