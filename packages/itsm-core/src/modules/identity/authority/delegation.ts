import { Effect } from "effect"
import { type Actor, Errors, type Instant, Policy } from "../../../kernel/index.ts"

/** A permission as somebody would give it away. */
export interface Held extends Pick<Actor.Grant, "permission" | "scope" | "condition" | "fields" | "within"> {
  /** Until when whoever gives it would have it by that, `null` without an end: only where it comes back to them. */
  readonly until?: Instant.Instant | null
}

/** The permission as its giver would have it until then. */
export const lasting =
  (until: Instant.Instant | null | undefined) =>
  (line: Held): Held =>
    until === undefined ? line : { ...line, until }

/** How far something given reaches: for everyone wherever they belong, or for one person where they belong. */
type Receiver = Actor.Belonging | "everyone"

/** The records that something given reaches. */
type Place = Actor.Belonging | "own" | "everywhere"

const placeOf = ({ scope, within }: Held, receiver: Receiver): Place => {
  if (scope === "own") return "own"
  const place = within ?? (scope === "organization" || receiver === "everyone" ? "everywhere" : receiver)
  if (place === "everywhere" || scope !== "team") return place
  return { teamIds: place.teamIds, departmentIds: [], departmentTeamIds: [] }
}

const reaches = (actor: Actor.Actor, { scope, within }: Actor.Grant, place: Place): boolean => {
  if (place === "own" || (scope === "organization" && within === undefined)) return true
  if (place === "everywhere" || scope === "own") return false
  const { teamIds, departmentIds, departmentTeamIds } = within ?? actor
  const teams = scope === "team" ? teamIds : [...teamIds, ...departmentTeamIds]
  const departments = scope === "team" ? [] : departmentIds
  return (
    [...place.teamIds, ...place.departmentTeamIds].every((id) => teams.includes(id)) &&
    place.departmentIds.every((id) => departments.includes(id))
  )
}

/** A grant that is limited to some records, or some fields, gives away no more than those. */
const isAsWide = (own: Actor.Grant, wanted: Held): boolean =>
  (own.condition === undefined || JSON.stringify(own.condition) === JSON.stringify(wanted.condition)) &&
  (own.fields === undefined || (wanted.fields?.every((name) => own.fields!.includes(name)) ?? false))

/** Nobody prolongs what they hold for a time. */
const isAsLong = (own: Actor.Grant, { until }: Held): boolean =>
  until === undefined || own.endsAt === undefined || (until !== null && until <= own.endsAt)

const concerns = (denial: Actor.Grant, wanted: Held): boolean =>
  (Policy.covers(denial.permission, wanted.permission) || Policy.covers(wanted.permission, denial.permission)) &&
  (denial.fields === undefined ||
    wanted.fields === undefined ||
    denial.fields.some((name) => wanted.fields!.includes(name)))

const holds = (actor: Actor.Actor, wanted: Held, receiver: Receiver): boolean =>
  !actor.grants.some((grant) => grant.effect === "deny" && concerns(grant, wanted)) &&
  Policy.matching(actor, wanted.permission, "allow").some(
    (own) => isAsWide(own, wanted) && isAsLong(own, wanted) && reaches(actor, own, placeOf(wanted, receiver))
  )

/** Fails where someone would give away a permission that they do not hold themselves, at least as far. */
export const checkHolds = (
  actor: Actor.Actor,
  wanted: ReadonlyArray<Held>,
  receiver: Receiver = "everyone"
): Effect.Effect<void, Errors.PermissionDenied> => {
  const beyond = wanted.find((permission) => !holds(actor, permission, receiver))
  return beyond === undefined
    ? Effect.void
    : Effect.fail(
        new Errors.PermissionDenied({
          permission: beyond.permission,
          reason: `You do not hold "${beyond.permission}" (${beyond.scope}) yourself.`
        })
      )
}
