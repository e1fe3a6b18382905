import { Effect } from "effect"
import { Actor, type Entity, type Id, Store } from "../kernel/index.ts"
import { Department } from "../modules/identity/records/department.ts"
import { Organization } from "../modules/identity/records/organization.ts"
import { Team } from "../modules/identity/records/team.ts"
import { User } from "../modules/identity/records/user.ts"
import * as Factory from "./factories.ts"
import { Note, Step, Window } from "./maintenance.ts"

const insert = (entity: Entity.AnyEntity, records: ReadonlyArray<Entity.AnyRecord>): ReadonlyArray<Store.Change> =>
  records.map((record) => ({ kind: "insert", entity, record }))

const three = [0, 1, 2] as const

/**
 * An organization with windows of all owners, teams, departments and participants, some of them deleted; each has two
 * steps, one of which is deleted in some, and each step two notes, by different authors.
 */
export const furnished = Effect.gen(function* () {
  const store = yield* Store.Store
  const organization = Factory.organization()
  const at = organization.id
  const users = three.map(() => Factory.user(at))
  const teams = three.map(() => Factory.team(at))
  const departments = three.map(() => Factory.department(at))
  const deleted = { deletedAt: Factory.epoch }
  const windows = Array.from({ length: 24 }, (_, n): Window =>
    Factory.recordOf(Window, at, {
      title: n % 2 === 0 ? "even" : "odd",
      ownerId: [users[0]!.id, users[1]!.id, null][n % 3]!,
      teamId: [teams[0]!.id, null, teams[1]!.id, null][n % 4]!,
      departmentId: [null, departments[0]!.id, departments[1]!.id, null, null][n % 5]!,
      participantIds: n % 7 === 0 ? [users[2]!.id, users[0]!.id] : n % 7 === 1 ? [users[1]!.id] : [],
      ...(n % 11 === 10 ? deleted : {})
    })
  )
  const steps = windows.flatMap((window, n) =>
    ["even", "odd"].map((title, k): Step =>
      Factory.recordOf(Step, at, { title, windowId: window.id, ...((n + k) % 9 === 8 ? deleted : {}) })
    )
  )
  const notes = steps.flatMap((step, n) =>
    ["even", "odd"].map((title, k): Note =>
      Factory.recordOf(Note, at, { title, stepId: step.id, authorId: [users[n % 3]!.id, null][k]! })
    )
  )
  yield* store.commit({ organizationId: at }, [
    ...insert(Organization, [organization]),
    ...insert(User, users),
    ...insert(Team, teams),
    ...insert(Department, departments),
    ...insert(Window, windows),
    ...insert(Step, steps),
    ...insert(Note, notes)
  ])
  return { organizationId: at, users, teams, departments, windows, steps, notes }
})
export type Furnished = Effect.Success<typeof furnished>

/** Somebody with these grants, who belongs to no team and no department where nothing is said. */
export const somebody = (
  { organizationId }: Pick<Furnished, "organizationId">,
  id: string | null,
  grants: ReadonlyArray<Omit<Actor.Grant, "source" | "effect"> & Partial<Actor.Grant>>,
  more: Partial<Actor.Actor> = {}
): Actor.Actor => ({
  ...Actor.system(organizationId),
  ...Actor.nowhere,
  kind: "user",
  id: id as Id.Id<"User"> | null,
  grants: grants.map((grant) => ({ effect: "allow", source: "test", ...grant })),
  ...more
})
