import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import * as Itsm from "../../itsm.ts"
import { Actor, Condition, type Entity, Errors, Instant } from "../../kernel/index.ts"
import { scenario } from "../../testing/scenario.ts"
import {
  Authentication,
  Departments,
  Organizations,
  PasswordHasher,
  type PasswordHasherShape,
  Roles,
  TeamMembers,
  Teams,
  type UserPermission,
  UserPermissions,
  UserRoles,
  Users
} from "./index.ts"

const runtime = ManagedRuntime.make(Layer.provideMerge(Itsm.layer, MemoryStore.layer))
afterAll(() => runtime.dispose())

type Provided = Layer.Success<typeof Itsm.layer>
type Attempt = Effect.Effect<unknown, { readonly _tag: string }, Provided | Actor.CurrentActor>
const run = <A, E>(effect: Effect.Effect<A, E, Provided>) => runtime.runPromise(effect)

/** The tag of what an attempt fails with; `done` where it succeeds. */
const outcome = <A, E extends { readonly _tag: string }, R>(actor: Actor.Actor, attempt: Effect.Effect<A, E, R>) =>
  attempt.pipe(Actor.provide(actor), Effect.match({ onFailure: ({ _tag }): string => _tag, onSuccess: () => "done" }))

/** Why an attempt is not permitted. */
const reasonOf = <A, E, R>(actor: Actor.Actor, attempt: Effect.Effect<A, E, R>) =>
  attempt.pipe(
    Actor.provide(actor),
    Effect.match({
      onFailure: (error) => (error instanceof Errors.PermissionDenied ? error.reason : "another failure"),
      onSuccess: () => "done"
    })
  )

const actorFor = (id: string) => Authentication.use((authentication) => authentication.actorFor(id as never))
const inAnHour = Effect.map(Instant.now, (now) => Instant.plusMs(now, 3_600_000))

const hasher: PasswordHasherShape = {
  hash: (text) => Effect.succeed(`hash of ${text}`),
  verify: () => Effect.succeed(false),
  minimumLength: 15
}

let companies = 0
/** A company, and what its administrator does in it. */
const company = Effect.gen(function* () {
  const found = yield* scenario(`escalation-${++companies}`)
  const { admin, department } = found
  const as = <A, E, R>(effect: Effect.Effect<A, E, R>) => Actor.provide(admin)(effect)
  const person = Effect.fnUntraced(function* (name: string, permissions: ReadonlyArray<string> = []) {
    const email = `${name}@${found.organization.slug}.example`
    const { id } = yield* as(
      Users.use((users) => users.create({ email, displayName: name, departmentId: department.id }))
    )
    yield* as(Users.use((users) => users.enable(id)))
    for (const permission of permissions) yield* give("user", id, permission)
    return id
  })
  const give = (
    subjectType: "user" | "team" | "role",
    subjectId: string,
    permission: string,
    more: Partial<Entity.DraftOf<typeof UserPermission>> = {}
  ) =>
    as(
      UserPermissions.use((direct) =>
        direct.create({ subjectType, subjectId, permission, effect: "allow", scope: "organization", ...more })
      )
    )
  const roleId = (key: string) => found.roles.find((role) => role.key === key)!.id
  return { ...found, as, person, give, roleId }
})

describe("an account is changed by nobody who may do less than its user (T-AUTHZ-4)", () => {
  it("also where the user's role has not begun yet", () =>
    run(
      Effect.gen(function* () {
        const { as, person, roleId, manager } = yield* company
        const id = yield* person("heir")
        const phone = Users.use((users) => users.update(id, { phone: "1" }))
        expect(yield* outcome(manager, phone)).toBe("done")
        const validFrom = yield* inAnHour
        yield* as(UserRoles.use((roles) => roles.create({ userId: id, roleId: roleId("admin"), validFrom })))
        expect(yield* outcome(manager, phone)).toBe("PermissionDenied")
      })
    ))

  it("nor brought back, where a team gives the user something", () =>
    run(
      Effect.gen(function* () {
        const { as, person, give, team } = yield* company
        const id = yield* person("member")
        yield* as(TeamMembers.use((members) => members.create({ teamId: team.id, userId: id })))
        yield* as(Users.use((users) => users.delete(id)))
        const clerk = yield* actorFor(yield* person("clerk", ["user.*"]))
        const restore = Users.use((users) => users.restore(id))
        yield* give("team", team.id, "category.create")
        expect(yield* outcome(clerk, restore)).toBe("PermissionDenied")
      })
    ))

  it("and another address is another password: who may not set one does not change it", () =>
    run(
      Effect.gen(function* () {
        const { as, admin, manager, person, user } = yield* company
        const change = (id: string, email: string) => Users.use((users) => users.update(id as never, { email }))
        expect(yield* outcome(manager, change(user.id!, "mine@escalation.example"))).toBe("PermissionDenied")
        expect(yield* outcome(admin, change(user.id!, "typo@escalation.example"))).toBe("done")
        const invited = yield* as(
          Users.use((users) =>
            users.create({
              email: `invited-${companies}@escalation.example`,
              displayName: "I",
              departmentId: manager.departmentIds[0] as never
            })
          )
        )
        expect(yield* outcome(manager, change(invited.id, `other-${companies}@escalation.example`))).toBe("done")
        const other = yield* person("other")
        const key: Actor.Actor = { ...admin, limitedTo: ["*"], apiKeyId: "key" }
        expect(yield* outcome(key, change(other, "key@escalation.example"))).toBe("ReauthenticationRequired")
      })
    ))
})

describe("what was deleted comes back with what it gives, and to nobody else", () => {
  it("a role of a user does not come back without its role", () =>
    run(
      Effect.gen(function* () {
        const { as, admin, person } = yield* company
        const id = yield* person("holder")
        const role = yield* as(Roles.use((roles) => roles.create({ key: "gone", name: "Gone", permissions: [] })))
        const held = yield* as(UserRoles.use((roles) => roles.create({ userId: id, roleId: role.id })))
        yield* as(UserRoles.use((roles) => roles.delete(held.id)))
        yield* as(Roles.use((roles) => roles.delete(role.id)))
        const restore = UserRoles.use((roles) => roles.restore(held.id))
        expect(yield* outcome(admin, restore)).toBe("GuardFailed")
        yield* as(Roles.use((roles) => roles.restore(role.id)))
        expect(yield* outcome(admin, restore)).toBe("done")
      })
    ))

  it("a role comes back only by who holds what it was given directly", () =>
    run(
      Effect.gen(function* () {
        const { as, person, give } = yield* company
        const role = yield* as(Roles.use((roles) => roles.create({ key: "gone", name: "Gone", permissions: [] })))
        yield* give("role", role.id, "category.create")
        yield* as(Roles.use((roles) => roles.delete(role.id)))
        const clerk = yield* actorFor(yield* person("clerk", ["role.*"]))
        expect(
          yield* outcome(
            clerk,
            Roles.use((roles) => roles.restore(role.id))
          )
        ).toBe("PermissionDenied")
      })
    ))
})

describe("a condition asks nothing that its author may not read (T-AUTHZ-5)", () => {
  const condition = Condition.eq("vip", true)

  it("neither in a direct grant or denial, nor in a role", () =>
    run(
      Effect.gen(function* () {
        const { admin, person, give } = yield* company
        const id = yield* person("clerk", ["user.read", "user_permission.*", "role.*"])
        const deny = (subjectId: string) =>
          UserPermissions.use((direct) =>
            direct.create({
              subjectType: "user",
              subjectId,
              permission: "user.read",
              effect: "deny",
              scope: "organization",
              condition
            })
          )
        const role = (key: string) =>
          Roles.use((roles) =>
            roles.create({ key, name: "R", permissions: [{ permission: "user.read", scope: "own", condition }] })
          )
        const other = yield* person("other")
        expect(yield* outcome(yield* actorFor(id), deny(other))).toBe("done")
        yield* give("user", id, "user.read", { effect: "deny", fields: ["vip"] })
        const clerk = yield* actorFor(id)
        expect(yield* outcome(clerk, deny(id))).toBe("ValidationFailed")
        expect(yield* outcome(clerk, role("a"))).toBe("ValidationFailed")
        expect(yield* outcome(admin, role("b"))).toBe("done")
      })
    ))
})

describe("an id in an input (T-AUTHZ-3)", () => {
  it("that is the caller's own names no record of another kind", () =>
    run(
      Effect.gen(function* () {
        const { admin, user } = yield* company
        const own = admin.id as never
        const move = Users.use((users) => users.update(user.id!, { departmentId: own }))
        expect(yield* outcome(admin, move)).toBe("ValidationFailed")
        expect(
          yield* outcome(
            admin,
            Teams.use((teams) => teams.create({ name: "T", departmentId: own }))
          )
        ).toBe("ValidationFailed")
      })
    ))

  it("of several kinds is unknown, too, where the caller may not see the record", () =>
    run(
      Effect.gen(function* () {
        const { as, person, give, roleId } = yield* company
        const secret = yield* as(Teams.use((teams) => teams.create({ name: "Secret" })))
        const id = yield* person("clerk", ["*"])
        const receiver = yield* person("receiver")
        const scoped = UserRoles.use((roles) =>
          roles.create({ userId: receiver, roleId: roleId("end_user"), scopeType: "team", scopeId: secret.id })
        )
        const grant = UserPermissions.use((direct) =>
          direct.create({
            subjectType: "team",
            subjectId: secret.id,
            permission: "category.read",
            effect: "allow",
            scope: "organization"
          })
        )
        expect(yield* outcome(yield* actorFor(id), grant)).toBe("done")
        yield* give("user", id, "team.read", { effect: "deny", condition: Condition.eq("name", "Secret") })
        const clerk = yield* actorFor(id)
        expect(yield* outcome(clerk, scoped)).toBe("ValidationFailed")
        expect(yield* outcome(clerk, grant)).toBe("ValidationFailed")
      })
    ))
})

describe("what somebody holds for a time (T-AUTHZ-4)", () => {
  it("they prolong for themselves by no role and no team of theirs, and use as long as they have it", () =>
    run(
      Effect.gen(function* () {
        const { as, person, roleId, team } = yield* company
        const validTo = yield* inAnHour
        const deputy = yield* person("deputy")
        yield* as(UserRoles.use((roles) => roles.create({ userId: deputy, roleId: roleId("admin"), validTo })))
        yield* as(TeamMembers.use((members) => members.create({ teamId: team.id, userId: deputy })))
        const custom = yield* as(Roles.use((roles) => roles.create({ key: "own", name: "Own", permissions: [] })))
        yield* as(UserRoles.use((roles) => roles.create({ userId: deputy, roleId: custom.id })))
        const other = yield* person("other")
        const actor = yield* actorFor(deputy)
        const grant = (subjectType: "user" | "team", subjectId: string, expiresAt: Instant.Instant | null) =>
          UserPermissions.use((direct) =>
            direct.create({
              subjectType,
              subjectId,
              permission: "*",
              effect: "allow",
              scope: "organization",
              expiresAt
            })
          )
        const role = UserRoles.use((roles) => roles.create({ userId: other, roleId: roleId("agent") }))
        expect(yield* outcome(actor, grant("team", team.id, null))).toBe("PermissionDenied")
        expect(yield* outcome(actor, grant("team", team.id, Instant.plusMs(validTo, 1)))).toBe("PermissionDenied")
        expect(yield* outcome(actor, grant("team", team.id, validTo))).toBe("done")
        expect(
          yield* outcome(
            actor,
            Roles.use((roles) => roles.update(custom.id, { permissions: [{ permission: "*", scope: "organization" }] }))
          )
        ).toBe("PermissionDenied")
        const desk = yield* as(Teams.use((teams) => teams.create({ name: "Desk" })))
        yield* as(UserRoles.use((roles) => roles.create({ userId: deputy, roleId: roleId("agent") })))
        const join = (userId: typeof other) => TeamMembers.use((members) => members.create({ teamId: desk.id, userId }))
        expect(yield* outcome(yield* actorFor(deputy), join(deputy))).toBe("PermissionDenied")
        expect(yield* outcome(yield* actorFor(deputy), join(other))).toBe("done")
        expect(yield* outcome(actor, role)).toBe("done")
      })
    ))
})

describe("separation of duties (T-AUTHZ-7)", () => {
  it("keeps people from what concerns themselves, however they came in", () =>
    run(
      Effect.gen(function* () {
        const { as, person, give, roleId } = yield* company
        const id = yield* person("second")
        const soon = yield* inAnHour
        yield* as(UserRoles.use((roles) => roles.create({ userId: id, roleId: roleId("admin") })))
        const held = yield* as(
          UserRoles.use((roles) => roles.create({ userId: id, roleId: roleId("agent"), validTo: soon }))
        )
        const gone = yield* as(UserRoles.use((roles) => roles.create({ userId: id, roleId: roleId("manager") })))
        yield* as(UserRoles.use((roles) => roles.delete(gone.id)))
        const given = yield* give("user", id, "category.read", { expiresAt: soon })
        const removed = yield* give("user", id, "category.update")
        yield* as(UserPermissions.use((direct) => direct.delete(removed.id)))
        const denied = yield* give("user", id, "category.delete", { effect: "deny" })
        const signedIn = yield* actorFor(id)
        const withKey: Actor.Actor = { ...signedIn, limitedTo: ["*"], apiKeyId: "key" }
        for (const actor of [signedIn, withKey]) {
          const attempts: ReadonlyArray<Effect.Effect<unknown, unknown, Provided | Actor.CurrentActor>> = [
            Users.use((users) => users.disable(id)),
            Users.use((users) => users.delete(id)),
            UserRoles.use((roles) => roles.create({ userId: id, roleId: roleId("end_user") })),
            UserRoles.use((roles) => roles.update(held.id, { validTo: null })),
            UserRoles.use((roles) => roles.restore(gone.id)),
            UserPermissions.use((direct) =>
              direct.create({
                subjectType: "user",
                subjectId: id,
                permission: "category.create",
                effect: "allow",
                scope: "organization"
              })
            ),
            UserPermissions.use((direct) => direct.update(given.id, { expiresAt: null })),
            UserPermissions.use((direct) => direct.restore(removed.id)),
            UserPermissions.use((direct) => direct.update(denied.id, { expiresAt: soon })),
            UserPermissions.use((direct) => direct.delete(denied.id))
          ]
          for (const [at, attempt] of attempts.entries())
            expect([at, yield* reasonOf(actor, attempt)]).toEqual([at, expect.stringMatching(/^Nobody /)])
        }
      })
    ))
})

describe("what is limited is given with its limits (T-AUTHZ-4)", () => {
  it("to the same records, and to the same fields or fewer", () =>
    run(
      Effect.gen(function* () {
        const { person, give } = yield* company
        const condition = Condition.eq("priority", 1)
        const id = yield* person("clerk", ["user_permission.*", "role.*", "incident.create"])
        yield* give("user", id, "incident.read", { condition })
        yield* give("user", id, "user.read", { fields: ["displayName", "phone"] })
        const other = yield* person("other")
        const clerk = yield* actorFor(id)
        const grant = (permission: string, more: Partial<Entity.DraftOf<typeof UserPermission>> = {}) =>
          UserPermissions.use((direct) =>
            direct.create({
              subjectType: "user",
              subjectId: other,
              permission,
              effect: "allow",
              scope: "organization",
              ...more
            })
          )
        const role = (key: string, line: object) =>
          Roles.use((roles) =>
            roles.create({ key, name: key, permissions: [{ permission: "incident.read", scope: "team", ...line }] })
          )
        const cases: ReadonlyArray<readonly [Attempt, string]> = [
          [grant("incident.read"), "PermissionDenied"],
          [grant("incident.read", { condition: Condition.eq("priority", 2) }), "PermissionDenied"],
          [grant("incident.read", { condition }), "done"],
          [role("wide", {}), "PermissionDenied"],
          [role("narrow", { condition }), "done"],
          [grant("user.read"), "PermissionDenied"],
          [grant("user.read", { fields: ["phone", "vip"] }), "PermissionDenied"],
          [grant("user.read", { fields: ["phone"] }), "done"]
        ]
        for (const [attempt, expected] of cases) expect(yield* outcome(clerk, attempt)).toBe(expected)
      })
    ))
})

describe("what is remembered of references", () => {
  it("is remembered for each caller, who may see others", () =>
    run(
      Effect.gen(function* () {
        const { as, admin, person, give } = yield* company
        const secret = yield* as(Departments.use((each) => each.create({ name: "Secret" })))
        const team = (name: string) => Teams.use((teams) => teams.create({ name, departmentId: secret.id }))
        const id = yield* person("clerk", ["team.*", "department.*"])
        yield* give("user", id, "department.read", { effect: "deny", condition: Condition.eq("name", "Secret") })
        expect(yield* outcome(admin, team("A"))).toBe("done")
        expect(yield* outcome(yield* actorFor(id), team("B"))).toBe("ValidationFailed")
        expect(yield* outcome(admin, team("C"))).toBe("done")
      })
    ))
})

describe("what is denied by a place (T-AUTHZ-4)", () => {
  it("stays denied where the person leaves, or the place is moved, by who does not hold it", () =>
    run(
      Effect.gen(function* () {
        const { as, person, give, team, department } = yield* company
        const clerkId = yield* person("clerk", ["*"])
        yield* give("user", clerkId, "category.read", { effect: "deny" })
        const [clerk, holder] = [yield* actorFor(clerkId), yield* actorFor(yield* person("holder", ["*"]))]
        const id = yield* person("kept")
        const member = yield* as(TeamMembers.use((members) => members.create({ teamId: team.id, userId: id })))
        const leave = TeamMembers.use((members) => members.delete(member.id))
        const quit = Users.use((users) => users.update(id, { departmentId: null }))
        const moveTeam = Teams.use((teams) => teams.update(team.id, { departmentId: null }))
        const above = yield* as(Departments.use((each) => each.create({ name: "Above" })))
        const moveDepartment = Departments.use((each) => each.update(department.id, { parentId: above.id }))
        const kept = (kind: "user" | "team", subject: string, scope: Actor.Scope) =>
          give(kind, subject, "category.read", { effect: "deny", scope })
        const lift = (denied: { readonly id: string }) =>
          as(UserPermissions.use((direct) => direct.delete(denied.id as never)))
        const cases: ReadonlyArray<readonly [ReturnType<typeof kept>, ReadonlyArray<Attempt>]> = [
          [kept("team", team.id, "organization"), [leave]],
          [kept("user", id, "team"), [leave]],
          [kept("user", id, "department"), [leave, quit, moveTeam, moveDepartment]]
        ]
        for (const [denial, attempts] of cases) {
          const denied = yield* denial
          for (const [at, attempt] of attempts.entries())
            expect([at, yield* outcome(clerk, attempt)]).toEqual([at, "PermissionDenied"])
          yield* lift(denied)
        }
        yield* kept("user", id, "department")
        const all: ReadonlyArray<Attempt> = [moveDepartment, moveTeam, quit, leave]
        for (const attempt of all) expect(yield* outcome(holder, attempt)).toBe("done")
      })
    ))
})

describe("the account of a person who may do more (T-AUTHZ-4)", () => {
  it("is not touched by any command, and that of one who may not is", () =>
    run(
      Effect.gen(function* () {
        const { as, admin, person, roleId, organization } = yield* company
        const clerk = yield* actorFor(yield* person("clerk", ["user.*"]))
        const users = yield* Users
        const account = Effect.fnUntraced(function* (
          name: string,
          isStrong: boolean,
          state: "active" | "disabled" | "invited"
        ) {
          const id =
            state === "invited"
              ? (yield* as(users.create({ email: `${name}@${organization.slug}.example`, displayName: name }))).id
              : yield* person(name)
          if (isStrong) yield* as(UserRoles.use((roles) => roles.create({ userId: id, roleId: roleId("admin") })))
          if (state === "disabled") yield* as(users.disable(id))
          return id
        })
        for (const isStrong of [true, false]) {
          const expected = isStrong ? "PermissionDenied" : "done"
          const at = (name: string) => `${name}-${String(isStrong)}`
          const [active, disabled, invited] = [
            yield* account(at("active"), isStrong, "active"),
            yield* account(at("disabled"), isStrong, "disabled"),
            yield* account(at("invited"), isStrong, "invited")
          ]
          const attempts: ReadonlyArray<Attempt> = [
            users.update(active, { phone: "1" }),
            users.update(active, { email: `${at("new")}@${organization.slug}.example` }),
            users.endSessions(active),
            users.setPassword(active, { password: "a long password of nobody" }),
            users.resetMfa(active),
            users.invite(invited),
            users.enable(disabled),
            users.disable(active),
            users.delete(active)
          ]
          for (const [nth, attempt] of attempts.entries())
            expect([nth, yield* outcome(clerk, Effect.provideService(attempt, PasswordHasher, hasher))]).toEqual([
              nth,
              expected
            ])
        }
        const gone = yield* account("gone", true, "active")
        yield* as(users.delete(gone))
        expect(yield* outcome(clerk, users.restore(gone))).toBe("PermissionDenied")
        expect(yield* outcome(admin, users.restore(gone))).toBe("done")
      })
    ))
})

describe("a denial that follows a department", () => {
  it("is not lifted by deleting the department", () =>
    run(
      Effect.gen(function* () {
        const { as, person, give } = yield* company
        const id = yield* person("clerk", ["department.*", "incident.read"])
        const sales = yield* as(Departments.use((each) => each.create({ name: "Sales", managerId: id })))
        yield* give("user", id, "incident.read", { effect: "deny", scope: "department" })
        expect(
          yield* outcome(
            yield* actorFor(id),
            Departments.use((each) => each.delete(sales.id))
          )
        ).toBe("PermissionDenied")
      })
    ))
})

describe("an actor whom a host application has signed in", () => {
  it("is none while the organization is suspended", () =>
    run(
      Effect.gen(function* () {
        const { organization, user } = yield* company
        yield* Organizations.use((each) => each.suspend(organization.id)).pipe(Actor.provide(Actor.platform))
        const attempt = actorFor(user.id!)
        expect(yield* outcome(Actor.platform, attempt)).toBe("SessionRevoked")
      })
    ))
})
