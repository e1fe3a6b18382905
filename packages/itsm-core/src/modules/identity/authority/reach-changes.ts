import { Effect, Option, Stream } from "effect"
import { Actor, type Command, Condition, type Errors, type Reader } from "../../../kernel/index.ts"
import { checkHolds, lasting } from "./delegation.ts"
import { belongingTo, directLines, inTeam, lineOf, roleLines } from "./grant-lines.ts"
import { Role, UserPermission, UserRole } from "../records/role.ts"

type Checked = Effect.Effect<void, Errors.PermissionDenied>

const scoped = (grants: ReadonlyArray<Actor.Grant>, effect: Actor.Grant["effect"], ...wanted: ReadonlyArray<string>) =>
  grants.filter((grant) => grant.effect === effect && grant.within === undefined && wanted.includes(grant.scope))

/** Nobody brings a person nearer to records than they are themselves: what the person may do there, they may do as well. */
const checkArrival = Effect.fnUntraced(function* (
  read: Reader.Reader,
  actor: Actor.Actor,
  userId: string,
  place: Actor.Belonging,
  scopes: ReadonlyArray<Actor.Scope>
) {
  const person = yield* read.person(userId)
  if (Option.isNone(person)) return
  const { grants } = yield* person.value.actor
  const lines = scoped(grants, "allow", ...scopes)
  yield* checkHolds(actor, userId === actor.id ? lines.map((line) => lasting(line.endsAt ?? null)(line)) : lines, place)
})

/** Where a person leaves, denials that follow their place stay behind: only who holds the permission may do that. */
const checkDeparture = Effect.fnUntraced(function* (
  read: Reader.Reader,
  actor: Actor.Actor,
  userId: string,
  scopes: ReadonlyArray<Actor.Scope>
) {
  const person = yield* read.person(userId)
  if (Option.isNone(person)) return
  const { grants } = yield* person.value.actor
  yield* checkHolds(actor, scoped(grants, "deny", ...scopes))
})

/** A person joins a team: they get what is granted to it, and reach what is the team's. */
export const checkJoining = Effect.fnUntraced(function* (
  read: Reader.Reader,
  { actor, now }: Command.Moment,
  userId: string,
  teamId: string
) {
  const person = yield* read.person(userId)
  const belonging = Option.isNone(person) ? Actor.nowhere : yield* person.value.actor
  const given = yield* directLines(read, "allow", "team", teamId, now)
  yield* checkHolds(actor, given.map(lasting(userId === actor.id ? null : undefined)), {
    ...belonging,
    teamIds: [...belonging.teamIds, teamId]
  })
  yield* checkArrival(read, actor, userId, inTeam(teamId), ["team", "department"])
})

/** A person leaves a team: what is denied to it is denied to them no longer. */
export const checkLeaving = Effect.fnUntraced(function* (
  read: Reader.Reader,
  { actor, now }: Command.Moment,
  userId: string,
  teamId: string
) {
  yield* checkHolds(actor, yield* directLines(read, "deny", "team", teamId, now))
  yield* checkDeparture(read, actor, userId, ["team", "department"])
})

/** A person comes to belong to a department, or to lead it. */
export const checkEntering = (
  read: Reader.Reader,
  { actor }: Command.Moment,
  userId: string,
  departmentId: string
): Checked =>
  Effect.flatMap(belongingTo(read, departmentId), (place) => checkArrival(read, actor, userId, place, ["department"]))

/** A person no longer belongs to a department, or no longer leads it. */
export const checkQuitting = (read: Reader.Reader, { actor }: Command.Moment, userId: string): Checked =>
  checkDeparture(read, actor, userId, ["department"])

/** Everything that anybody may do by belonging to a department, or to one above it. */
const departmentLines = Effect.fnUntraced(function* (read: Reader.Reader, { now }: Command.Moment) {
  const roles = yield* Stream.runCollect(read.each(Role, Condition.always))
  const given = yield* Stream.runCollect(read.each(UserRole, Condition.eq("scopeType", "department")))
  const direct = yield* Stream.runCollect(read.each(UserPermission, Condition.eq("scope", "department")))
  const listed = yield* Effect.forEach(roles, (role) =>
    Effect.map(roleLines(read, role.id, now), (lines) => {
      const isGivenInside = given.some(({ roleId }) => roleId === role.id)
      return lines.listed
        .filter(({ scope }) => scope === "department" || (isGivenInside && scope === "organization"))
        .map((line) => ({ ...line, scope: "department" as const }))
    })
  )
  const ofEffect = (effect: UserPermission["effect"]) => direct.filter((line) => line.effect === effect).map(lineOf)
  return { allowed: [...listed.flat(), ...ofEffect("allow")], denied: ofEffect("deny") }
})

/** A department, or a team, comes under another department: its people reach it from now on, and others no longer. */
const checkMoving = Effect.fnUntraced(function* (read: Reader.Reader, moment: Command.Moment, place: Actor.Belonging) {
  const { allowed, denied } = yield* departmentLines(read, moment)
  yield* checkHolds(moment.actor, allowed, place)
  yield* checkHolds(moment.actor, denied)
})

export const checkDepartmentMove = (read: Reader.Reader, moment: Command.Moment, departmentId: string): Checked =>
  Effect.flatMap(belongingTo(read, departmentId), (place) => checkMoving(read, moment, place))

/** A department is no more: what was denied within it is denied no longer. */
export const checkDissolving = (read: Reader.Reader, moment: Command.Moment): Checked =>
  Effect.flatMap(departmentLines(read, moment), ({ denied }) => checkHolds(moment.actor, denied))

export const checkTeamMove = (read: Reader.Reader, moment: Command.Moment, teamId: string): Checked =>
  checkMoving(read, moment, inTeam(teamId))
