import { Effect } from "effect"
import { Actor, Condition, type Id } from "@itsm/core/kernel"
import {
  Authentication,
  Departments,
  Organizations,
  Roles,
  TeamMembers,
  Teams,
  UserRoles,
  Users
} from "@itsm/core/identity"
import { Categories } from "@itsm/core/incidents"
import { type Account, type Category, categories, departments, people, type TeamName, teams } from "./cast.ts"

/** A demo organization with everyone in place, before anything has happened. */
export interface Scene {
  readonly organizationId: Id.Id<"Organization">
  readonly actor: (account: Account) => Actor.Actor
  readonly team: (name: TeamName) => Id.Id<"Team">
  readonly members: (name: TeamName) => ReadonlyArray<Account>
  readonly category: (name: Category) => Id.Id<"Category">
  readonly subcategory: (name: Category, below: string) => Id.Id<"Category">
}

export interface Company {
  readonly name: string
  readonly slug: string
  readonly timeZone: string
}

const inOrder = <A, B, E, R>(list: ReadonlyArray<A>, run: (item: A) => Effect.Effect<readonly [string, B], E, R>) =>
  Effect.map(Effect.forEach(list, run), (entries) => new Map(entries))

const some = <A>(map: ReadonlyMap<string, A>, name: string): A => {
  const found = map.get(name)
  if (found === undefined) throw new Error(`The demo has no "${name}".`)
  return found
}

const hire = (slug: string, password: string) =>
  Effect.gen(function* () {
    const users = yield* Users
    const userRoles = yield* UserRoles
    const roles = new Map((yield* (yield* Roles).list()).items.map(({ key, id }) => [key, id]))
    const [admin] = (yield* users.list({ where: Condition.eq("email", `admin@${slug}.example`) })).items
    const hired = yield* Effect.forEach(
      people.slice(1),
      ({ account, name, role }) =>
        Effect.gen(function* () {
          const user = yield* users.create({ email: `${account}@${slug}.example`, displayName: name, password })
          yield* userRoles.create({ userId: user.id, roleId: some(roles, role), scopeType: "organization" })
          return [account, user.id] as const
        }),
      { concurrency: 8 }
    )
    return new Map<string, Id.Id<"User">>([["admin", admin!.id], ...hired])
  })

const arrange = Effect.fnUntraced(function* (userIds: ReadonlyMap<string, Id.Id<"User">>) {
  const [departmentService, teamService, memberService, users] = yield* Effect.all([
    Departments,
    Teams,
    TeamMembers,
    Users
  ])
  const departmentIds = new Map<string, Id.Id<"Department">>()
  for (const { name, parent, leader } of departments) {
    const parentId = parent === null ? null : some(departmentIds, parent)
    const { id } = yield* departmentService.create({
      name,
      parentId,
      managerId: leader === null ? null : some(userIds, leader)
    })
    departmentIds.set(name, id)
  }
  yield* Effect.forEach(people, ({ account, department }) =>
    users.update(some(userIds, account), { departmentId: some(departmentIds, department) })
  )
  const teamIds = yield* inOrder(teams, ({ name, department, supportLevel }) =>
    Effect.map(
      teamService.create({ name, departmentId: some(departmentIds, department), supportLevel }),
      ({ id }) => [name, id] as const
    )
  )
  yield* Effect.forEach(people, ({ account, teams: memberOf }) =>
    Effect.forEach(memberOf, (team) =>
      memberService.create({ teamId: some(teamIds, team), userId: some(userIds, account) })
    )
  )
  return teamIds
})

const classify = Effect.gen(function* () {
  const service = yield* Categories
  return yield* inOrder(Object.entries(categories), ([name, below]) =>
    Effect.gen(function* () {
      const { id } = yield* service.create({ name })
      const subcategories = yield* inOrder(below, (child) =>
        Effect.map(service.create({ name: child, parentId: id }), (made) => [child, made.id] as const)
      )
      return [name, { id, subcategories }] as const
    })
  )
})

/** Founds the company, and brings its people, teams and categories into place. */
export const setScene = Effect.fnUntraced(function* ({ name, slug, timeZone }: Company, password: string) {
  const administrator = { email: `admin@${slug}.example`, displayName: people[0].name, password }
  const organization = yield* Organizations.use((organizations) =>
    organizations.create({ name, slug, timeZone, domains: [`${slug}.example`], administrator })
  ).pipe(Actor.provide(Actor.platform))
  const { userIds, teamIds, classes } = yield* Effect.gen(function* () {
    const hired = yield* hire(slug, password)
    return { userIds: hired, teamIds: yield* arrange(hired), classes: yield* classify }
  }).pipe(Actor.provide(Actor.system(organization.id)))
  const authentication = yield* Authentication
  const actors = yield* inOrder([...userIds], ([account, id]) =>
    Effect.map(authentication.actorFor(id), (actor) => [account, actor] as const)
  )
  return {
    organizationId: organization.id,
    actor: (account) => some(actors, account),
    team: (team) => some(teamIds, team),
    members: (team) =>
      people
        .filter((person) => person.role === "agent" && (person.teams as ReadonlyArray<string>).includes(team))
        .map(({ account }) => account),
    category: (category) => some(classes, category).id,
    subcategory: (category, below) => some(some(classes, category).subcategories, below)
  } satisfies Scene
})
