import { Effect, Exit } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { company, runtime } from "../../../../test/authority.ts"
import { Actor, Condition, type Entity, Kernel, Mask, Policy, Stamp } from "../../../kernel/index.ts"
import { Incident } from "../../incidents/index.ts"
import {
  Authentication,
  Departments,
  Roles,
  TeamMembers,
  Teams,
  User,
  UserPermission,
  UserPermissions,
  UserRoles,
  Users
} from "../index.ts"

/** Administers people, teams, departments and permissions, and may do little beside it. */
const clerk = ["user", "user_role", "user_permission", "role", "team", "team_member", "department"].map(
  (resource) => `${resource}.*`
)
const coveted = ["incident.read", "incident.resolve", "incident.override_priority", "category.create", "user.read"]
/** The first is the clerk's to give. */
const patterns = ["team.read", ...coveted, "incident.*", "user.*", "*"]

/** A company with a clerk, people of every kind, and what lies around in one: old roles, denials, grants of teams. */
const busyCompany = Effect.gen(function* () {
  const { admin, manager, agent, user, department, team, roles, person, give, roleId } = yield* company
  const made = yield* Effect.gen(function* () {
    const sales = yield* Departments.use((service) => service.create({ name: "Sales" }))
    const salesDesk = yield* Teams.use((service) => service.create({ name: "Sales desk", departmentId: sales.id }))
    const [clerkId, former, seller] = [
      yield* person("clerk", clerk),
      yield* person("former", [], null),
      yield* person("seller", [], sales.id)
    ]
    const userRoles = yield* UserRoles
    const ended = yield* userRoles.create({
      userId: former,
      roleId: roleId("admin"),
      validTo: "2020-01-01T00:00:00.000Z" as never
    })
    const removed = yield* userRoles.create({ userId: former, roleId: roleId("manager") })
    yield* userRoles.delete(removed.id)
    const removedOfClerk = yield* userRoles.create({ userId: clerkId, roleId: roleId("admin") })
    yield* userRoles.delete(removedOfClerk.id)
    const lying = [
      yield* give("team", salesDesk.id, "category.create"),
      yield* give("team", team.id, "incident.resolve", { effect: "deny" }),
      yield* give("user", seller, "incident.read", { scope: "department" }),
      yield* give("user", agent.id!, "incident.read", { effect: "deny", scope: "team" }),
      yield* give("user", clerkId, "user.read", { effect: "deny", fields: ["vip", "phone"] })
    ]
    const custom = yield* Roles.use((service) =>
      service.create({ key: "helper", name: "Helper", permissions: [{ permission: "incident.read", scope: "team" }] })
    )
    // what anybody may give, and leave
    const guest = yield* Roles.use((service) => service.create({ key: "guest", name: "Guest", permissions: [] }))
    const club = yield* Teams.use((service) => service.create({ name: "Club" }))
    yield* TeamMembers.use((members) => members.create({ teamId: club.id, userId: former }))
    return {
      clerkId,
      people: [clerkId, former, seller, agent.id!, manager.id!, user.id!],
      departments: [department.id, sales.id],
      teams: [team.id, salesDesk.id, club.id],
      roles: [...roles.map(({ id }) => id), custom.id, guest.id],
      userRoles: [ended.id, removed.id, removedOfClerk.id],
      direct: lying.map(({ id }) => id)
    }
  }).pipe(Actor.provide(admin))
  return { admin, ...made }
})
type Company = Effect.Success<typeof busyCompany>

/** What people reach: for each permission, the places where it lets them do something, and the fields it opens there. */
const powersOf = Effect.fnUntraced(function* (world: Company, userId: string) {
  const actor = yield* Authentication.use((authentication) => authentication.actorFor(userId as never))
  const places = [
    { teamId: world.teams[0], departmentId: world.departments[0] },
    { teamId: world.teams[1], departmentId: world.departments[1] },
    { teamId: null, departmentId: null },
    { teamId: null, departmentId: world.departments[0], priority: 1 },
    { teamId: null, departmentId: world.departments[1], priority: 1 }
  ]
  const powers = new Set<string>()
  for (const [at, place] of places.entries()) {
    const record = { ...place, id: "nothing", requesterId: null, createdById: null } as unknown as Entity.AnyRecord
    for (const permission of coveted.filter((name) => name.startsWith("incident.")))
      if (Policy.permits(actor, Incident, permission)(record)) powers.add(`${permission} ${at}`)
    const person = { ...record, id: "nobody" } as Entity.AnyRecord
    const mask = Mask.readingMask(actor, User)
    if (Policy.permits(actor, User, "user.read")(person))
      for (const name of ["phone", "vip", "passwordChangedAt"])
        if (mask === undefined || mask.on(person).has(name)) powers.add(`user.${name} ${at}`)
  }
  for (const permission of ["category.create", "audit_log.read"])
    if (Policy.mayEver(actor, permission)) powers.add(permission)
  return powers
})

const nat = fc.nat(20)
const command = fc.record({
  kind: fc.constantFrom(
    "giveRole",
    "changeRole",
    "takeRole",
    "returnRole",
    "grant",
    "lift",
    "returnGrant",
    "prolong",
    "makeRole",
    "editRole",
    "join",
    "leave",
    "moveTeam",
    "moveDepartment",
    "lead",
    "movePerson"
  ),
  a: nat,
  b: nat,
  c: nat,
  scope: fc.constantFrom(...Actor.scopes),
  permission: fc.constantFrom(...patterns),
  effect: fc.constantFrom("allow" as const, "allow" as const, "deny" as const),
  limit: fc.constantFrom("none", "none", "condition", "fields")
})
type Random = typeof command extends fc.Arbitrary<infer A> ? A : never

const pick = <A>(list: ReadonlyArray<A>, at: number): A => list[at % list.length]!

const run = (world: Company, { kind, a, b, c, scope, permission, effect, limit }: Random) =>
  Effect.gen(function* () {
    const userRoles = yield* UserRoles
    const direct = yield* UserPermissions
    const roles = yield* Roles
    const members = yield* TeamMembers
    const person = pick(world.people, a)
    const limits =
      limit === "condition" && permission.startsWith("incident.")
        ? { condition: Condition.eq("priority", 1) }
        : limit === "fields" && permission === "user.read"
          ? { fields: ["vip"] }
          : {}
    const place = pick([...world.teams, ...world.departments, null], c)
    const scopeType = place === null ? "organization" : world.teams.includes(place as never) ? "team" : "department"
    const memberships = (yield* members.list({ limit: 100 })).items
    switch (kind) {
      case "giveRole": {
        const made = yield* userRoles.create({
          userId: person,
          roleId: pick(world.roles, b),
          scopeType,
          scopeId: place
        })
        return void world.userRoles.push(made.id)
      }
      case "changeRole":
        return yield* userRoles.update(pick(world.userRoles, a), { validTo: null })
      case "takeRole":
        return yield* userRoles.delete(pick(world.userRoles, a))
      case "returnRole":
        return yield* userRoles.restore(pick(world.userRoles, a))
      case "grant": {
        const [subjectType, subjectId] = pick(
          [["user", person] as const, ["team", pick(world.teams, b)] as const, ["role", pick(world.roles, b)] as const],
          c
        )
        const made = yield* direct.create({ subjectType, subjectId, permission, effect, scope, ...limits })
        return void world.direct.push(made.id)
      }
      case "lift":
        return yield* direct.delete(pick(world.direct, a))
      case "returnGrant":
        return yield* direct.restore(pick(world.direct, a))
      case "prolong":
        return yield* direct.update(pick(world.direct, a), {
          expiresAt: pick([null, "2020-01-01T00:00:00.000Z" as never], b)
        })
      case "makeRole": {
        const made = yield* roles.create({
          key: `r${a}x${b}x${c}`,
          name: "R",
          permissions: [{ permission, scope, ...limits }]
        })
        return void world.roles.push(made.id)
      }
      case "editRole":
        return yield* roles.update(pick(world.roles.slice(4), a), { permissions: [{ permission, scope, ...limits }] })
      case "join":
        return yield* members.create({ teamId: pick(world.teams, b), userId: person })
      case "leave":
        return memberships.length === 0 ? undefined : yield* members.delete(pick(memberships, a).id)
      case "moveTeam":
        return yield* Teams.use((teams) =>
          teams.update(pick(world.teams, a), { departmentId: pick([...world.departments, null], b) })
        )
      case "moveDepartment":
        return yield* Departments.use((departments) =>
          departments.update(pick(world.departments, a), { parentId: pick([...world.departments, null], b) })
        )
      case "lead":
        return yield* Departments.use((departments) =>
          departments.update(pick(world.departments, b), { managerId: person })
        )
      case "movePerson":
        return yield* Users.use((users) =>
          users.update(person as never, { departmentId: pick([...world.departments, null], b) })
        )
    }
  })

describe("nobody gives away, or comes by, what they do not hold (T-AUTHZ-4)", () => {
  it("by no sequence of commands", async () => {
    const succeeded = new Map<string, number>()
    const held = fc.subarray(coveted, { maxLength: 3 })
    const start = fc.record({
      held,
      scope: fc.constantFrom(...Actor.scopes),
      steps: fc.array(command, { minLength: 5, maxLength: 25 })
    })
    await fc.assert(
      fc.asyncProperty(start, ({ held: own, scope, steps }) =>
        runtime.runPromise(
          Effect.gen(function* () {
            const world = yield* busyCompany
            const direct = yield* UserPermissions
            for (const permission of own)
              yield* direct
                .create({ subjectType: "user", subjectId: world.clerkId, permission, effect: "allow", scope })
                .pipe(Actor.provide(world.admin))
            const before = new Map<string, ReadonlySet<string>>()
            for (const id of world.people) before.set(id, yield* powersOf(world, id))
            const ofClerk = before.get(world.clerkId)!
            const story: Array<string> = []
            for (const step of steps) {
              const actor = yield* Authentication.use((authentication) => authentication.actorFor(world.clerkId))
              const exit = yield* Effect.exit(run(world, step).pipe(Actor.provide(actor)))
              if (Exit.hasDies(exit)) throw new Error(`${JSON.stringify(step)}: ${String(exit)}`)
              if (Exit.isFailure(exit)) continue
              succeeded.set(step.kind, (succeeded.get(step.kind) ?? 0) + 1)
              story.push(JSON.stringify(step))
              for (const [at, id] of world.people.entries()) {
                const gained = [...(yield* powersOf(world, id))].filter(
                  (power) => !before.get(id)!.has(power) && !ofClerk.has(power)
                )
                expect(gained, `person ${at} after ${story.join("\n")}`).toEqual([])
              }
            }
          })
        )
      ),
      { numRuns: 120 }
    )
    // every way was really tried
    for (const kind of ["giveRole", "grant", "makeRole", "editRole", "join", "leave", "lead", "movePerson", "moveTeam"])
      expect(succeeded.get(kind) ?? 0, kind).toBeGreaterThan(0)
  }, 60_000)
})

describe("a direct grant (T-AUTHZ-6)", () => {
  it("is for its kind of subject alone, though another kind had the same id", () =>
    runtime.runPromise(
      Effect.gen(function* () {
        const { admin, people } = yield* busyCompany
        const { store } = yield* Kernel.Kernel
        const { organizationId } = admin
        const [subjectId] = people.slice(-1)
        const mayCreate = Effect.map(
          Authentication.use((authentication) => authentication.actorFor(subjectId as never)),
          (actor) => Policy.mayEver(actor, "category.create")
        )
        const insert = (subjectType: "user" | "team" | "role", id: string) =>
          store.commit({ organizationId }, [
            {
              kind: "insert",
              entity: UserPermission,
              record: Stamp.stamp(
                UserPermission,
                { now: "2026-01-01T00:00:00.000Z" as never, actor: admin },
                id,
                UserPermission.make({
                  subjectType,
                  subjectId: subjectId!,
                  permission: "category.create",
                  effect: "allow",
                  scope: "organization"
                })
              )
            }
          ])
        yield* insert("team", "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a01")
        yield* insert("role", "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a02")
        expect(yield* mayCreate).toBe(false)
        yield* insert("user", "0192f0c1-7d2a-7c3e-8a4b-5c6d7e8f9a03")
        expect(yield* mayCreate).toBe(true)
      })
    ))
})
