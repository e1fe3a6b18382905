import { Context, Effect } from "effect"
import type { Condition } from "../model/condition.ts"
import type { Id } from "../model/id.ts"
import type { Instant } from "../model/instant.ts"

/** How far a permission reaches; each scope includes the ones before it. */
export const scopes = ["own", "team", "department", "organization"] as const
export type Scope = (typeof scopes)[number]

/** Where an actor, or a grant, belongs. */
export interface Belonging {
  readonly teamIds: ReadonlyArray<string>
  /** Departments with all below them. */
  readonly departmentIds: ReadonlyArray<string>
  /** The teams of those departments. */
  readonly departmentTeamIds: ReadonlyArray<string>
}

/** One permission that an actor has, or is denied. */
export interface Grant {
  /** `incident.resolve`, `incident.*` or `*` */
  readonly permission: string
  readonly effect: "allow" | "deny"
  readonly scope: Scope
  /** The grant holds only for records that satisfy this. */
  readonly condition?: Condition
  /**
   * Of a `read` or `update`: the fields that it speaks of, all where it is left out. A grant opens these fields of the
   * record alone; a denial takes them away and leaves the record.
   */
  readonly fields?: ReadonlyArray<string>
  /** The grant was given inside these teams or departments only, not in the whole organization. */
  readonly within?: Belonging
  /** When it ends by itself. */
  readonly endsAt?: Instant
  /** Where it comes from, as `can` explains it: `role:agent`. */
  readonly source: string
}

/** Who acts, in which organization, and what they may do: what authorization and the audit log need, and nothing else. */
export interface Actor extends Belonging {
  readonly kind: "user" | "service" | "system" | "ai"
  readonly id: Id<"User"> | null
  readonly organizationId: Id<"Organization">
  readonly isSuperuser: boolean
  readonly roles: ReadonlyArray<string>
  readonly grants: ReadonlyArray<Grant>
  readonly sessionId: string | null
  /** Patterns beyond which no grant counts: those of the API key that the actor came with. */
  readonly limitedTo?: ReadonlyArray<string>
  readonly apiKeyId?: string
  /** What the user has to do before anything else is open to them. */
  readonly mustFirst?: "change_password" | "enrol_second_factor"
}

export class CurrentActor extends Context.Service<CurrentActor, Actor>()("@itsm/core/CurrentActor") {}

/** Where a request came from: goes to the audit log beside the actor. */
export interface Origin {
  readonly requestId: string | null
  readonly address: string | null
  readonly userAgent: string | null
}

export const CurrentOrigin = Context.Reference<Origin>("@itsm/core/CurrentOrigin", {
  defaultValue: () => ({ requestId: null, address: null, userAgent: null })
})

/** The platform itself, acting in one organization: timers, reactions, seeds. It may do everything there. */
export const system = (organizationId: Id<"Organization">): Actor => ({
  kind: "system",
  id: null,
  organizationId,
  isSuperuser: false,
  roles: [],
  grants: [{ permission: "*", effect: "allow", scope: "organization", source: "system" }],
  teamIds: [],
  departmentIds: [],
  departmentTeamIds: [],
  sessionId: null
})

/** What the platform operator may do: found organizations and administer them, and see nothing inside them. */
export const operatorGrants: ReadonlyArray<Grant> = ["platform.*", "organization.*"].map((permission) => ({
  permission,
  effect: "allow",
  scope: "organization",
  source: "platform"
}))

/** A place without anything in it. */
export const nowhere: Belonging = { teamIds: [], departmentIds: [], departmentTeamIds: [] }

const noOrganization = "00000000-0000-7000-8000-000000000000" as Id<"Organization">

/** True for an actor that stands outside all organizations: nothing can be recorded for one. */
export const isOutside = (actor: Actor): boolean => actor.organizationId === noOrganization

/** The platform operator without an account. */
export const platform: Actor = {
  ...system(noOrganization),
  isSuperuser: true,
  grants: operatorGrants
}

/** Somebody of whom nothing is known: stands outside all organizations, and holds nothing. */
export const nobody: Actor = { ...system(noOrganization), kind: "service", grants: [] }

/** The actor in another organization: what the platform operator becomes for one record. */
export const inOrganization = (actor: Actor, organizationId: Id<"Organization">): Actor =>
  actor.organizationId === organizationId ? actor : { ...actor, organizationId }

/** Runs an effect as this actor. */
export const provide =
  (actor: Actor) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, CurrentActor, actor)
