import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Itsm from "../../itsm.ts"
import { Actor, Condition, Instant, Kernel } from "../../kernel/index.ts"
import { scenario } from "../../testing/scenario.ts"
import { Incidents } from "../incidents/index.ts"
import {
  Authentication,
  Departments,
  Organizations,
  PasswordHasher,
  Roles,
  Session,
  TeamMembers,
  Teams,
  UserPermissions,
  UserRoles,
  Users
} from "./index.ts"

const world = Itsm.layer.pipe(Layer.provideMerge(MemoryStore.layer))

/** Tells passwords apart, and costs nothing. */
const plainHasher = {
  minimumLength: 15,
  hash: (password: string) => Effect.succeed(`plain:${password}`),
  verify: (hash: string, password: string) => Effect.succeed(hash === `plain:${password}`)
}
const play = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(Effect.provide(world), Effect.provideService(PasswordHasher, plainHasher))
const begin = Effect.andThen(TestClock.setTime(Date.UTC(2026, 0, 5)), scenario("acme"))
const password = "a long and quiet evening"

describe("structure", () => {
  it.effect("departments form a tree, and are not deleted from below others", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const departments = yield* Departments
        yield* Effect.gen(function* () {
          const top = yield* departments.create({ name: "Top" })
          const below = yield* departments.create({ name: "Below", parentId: top.id })
          assert.strictEqual((yield* Effect.flip(departments.update(top.id, { parentId: below.id })))._tag, "Cycle")
          assert.strictEqual((yield* Effect.flip(departments.update(top.id, { parentId: top.id })))._tag, "Cycle")
          assert.strictEqual((yield* Effect.flip(departments.delete(top.id)))._tag, "InUse")
          yield* departments.delete(below.id)
          assert.strictEqual((yield* departments.create({ name: "Below" })).name, "Below")
          assert.deepInclude(yield* Effect.flip(departments.restore(below.id)), { _tag: "Duplicate", fields: ["name"] })
        }).pipe(Actor.provide(admin))
      })
    )
  )

  it.effect("a user is a member of a team once, and a team with members stays", () =>
    play(
      Effect.gen(function* () {
        const { admin, agent, team } = yield* begin
        yield* Effect.gen(function* () {
          const again = yield* Effect.flip(
            TeamMembers.use((members) => members.create({ teamId: team.id, userId: agent.id! }))
          )
          assert.strictEqual(again._tag, "Duplicate")
          assert.strictEqual((yield* Effect.flip(Teams.use((teams) => teams.delete(team.id))))._tag, "InUse")
        }).pipe(Actor.provide(admin))
      })
    )
  )

  it.effect("an address belongs to one user of the whole installation, in any case of letters", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const globex = yield* scenario("globex")
        const create = (email: string) => Users.use((users) => users.create({ email, displayName: "Ann" }))
        yield* create("ann@acme.example").pipe(Actor.provide(admin))
        const taken = yield* Effect.flip(create("ANN@acme.example")).pipe(Actor.provide(globex.admin))
        assert.strictEqual(taken._tag, "Duplicate")
      })
    )
  )
})

describe("permission", () => {
  it.effect("reaches as far as the scope that a role was given in", () =>
    play(
      Effect.gen(function* () {
        const { admin, user, roles, team } = yield* begin
        const incidents = yield* Incidents
        const other = yield* Teams.use((teams) => teams.create({ name: "Network" })).pipe(Actor.provide(admin))
        const mine = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(admin))
        const theirs = yield* incidents.open({ title: "y", teamId: other.id }).pipe(Actor.provide(admin))
        const roleId = roles.find((role) => role.key === "agent")!.id
        yield* UserRoles.use((service) =>
          service.create({ userId: user.id!, roleId, scopeType: "team", scopeId: team.id })
        ).pipe(Actor.provide(admin))
        const helper = yield* Authentication.use((authentication) => authentication.actorFor(user.id!))
        assert.strictEqual((yield* incidents.get(mine.id).pipe(Actor.provide(helper))).id, mine.id)
        assert.strictEqual((yield* Effect.flip(incidents.get(theirs.id)).pipe(Actor.provide(helper)))._tag, "NotFound")
      })
    )
  )

  it.effect("ends with its time, and a denial wins over every grant", () =>
    play(
      Effect.gen(function* () {
        const { admin, agent, team } = yield* begin
        const incidents = yield* Incidents
        const permissions = yield* UserPermissions
        const { id } = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(admin))
        const expiresAt = Instant.plusMs(yield* Instant.now, Instant.dayMs)
        const subject = { subjectType: "user", subjectId: agent.id!, scope: "organization", expiresAt } as const
        yield* permissions
          .create({ ...subject, permission: "incident.resolve", effect: "deny" })
          .pipe(Actor.provide(admin))
        yield* permissions
          .create({ ...subject, permission: "incident.delete", effect: "allow" })
          .pipe(Actor.provide(admin))
        const present = Authentication.use((authentication) => authentication.actorFor(agent.id!))
        const fixed = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const
        const refused = yield* Effect.flip(incidents.resolve(id, fixed)).pipe(Actor.provide(yield* present))
        assert.strictEqual(refused._tag, "PermissionDenied")
        yield* TestClock.adjust("25 hours")
        const later = yield* present
        assert.strictEqual(
          (yield* Effect.flip(incidents.delete(id)).pipe(Actor.provide(later)))._tag,
          "PermissionDenied"
        )
        assert.strictEqual((yield* incidents.resolve(id, fixed).pipe(Actor.provide(later))).state, "resolved")
      })
    )
  )

  it.effect("of a session begins and ends at its moment, while nothing is written", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const [users, roles, userRoles] = [yield* Users, yield* Roles, yield* UserRoles]
        const email = "ann@acme.example"
        const start = yield* Instant.now
        const at = (hours: number) => Instant.plusMs(start, hours * 3_600_000)
        const ann = yield* Effect.gen(function* () {
          const user = yield* users.create({ email, displayName: "Ann", password })
          const [auditor, agent] = [
            yield* roles.create({
              key: "auditor",
              name: "Auditor",
              permissions: [{ permission: "incident.read", scope: "organization" }]
            }),
            (yield* roles.list({ where: Condition.eq("key", "agent") })).items[0]!
          ]
          yield* userRoles.create({ userId: user.id, roleId: auditor.id, validFrom: at(1), validTo: at(2) })
          yield* userRoles.create({ userId: user.id, roleId: agent.id, validTo: at(3) })
          yield* UserPermissions.use((permissions) =>
            permissions.create({
              subjectType: "user",
              subjectId: user.id,
              permission: "team.update",
              effect: "allow",
              scope: "organization",
              expiresAt: at(4)
            })
          )
          return user
        }).pipe(Actor.provide(admin))
        const authentication = yield* Authentication
        const { session } = yield* authentication.login({ email, password })
        const known = authentication.actor(ann.organizationId, session.id, ann.id)
        const holds = Effect.map(known, ({ roles: held, grants }) => ({
          roles: held.toSorted(),
          personal: grants.filter(({ source }) => source === "user:allow").length
        }))
        const moments = [
          [0, ["agent"], 1],
          [1, ["agent", "auditor"], 1],
          [2, ["agent"], 1],
          [3, [], 1],
          [4, [], 0]
        ] as const
        for (const [hours, held, personal] of moments) {
          if (hours > 0) {
            yield* TestClock.setTime(Date.parse(at(hours)) - 1)
            assert.notDeepEqual(yield* holds, { roles: [...held], personal })
          }
          yield* TestClock.setTime(Date.parse(at(hours)))
          assert.deepStrictEqual(yield* holds, { roles: [...held], personal })
        }
        yield* TestClock.setTime(Date.parse(session.expiresAt) - 1)
        yield* known
        yield* TestClock.setTime(Date.parse(session.expiresAt))
        assert.strictEqual((yield* Effect.flip(known))._tag, "SessionRevoked")
      })
    )
  )

  it.effect("is not given away by those who do not hold it, nor to reach a stronger account", () =>
    play(
      Effect.gen(function* () {
        const { admin, manager, agent, department, roles } = yield* begin
        const auditor = {
          key: "auditor",
          name: "Auditor",
          permissions: [{ permission: "audit_log.read", scope: "organization" }]
        } as const
        yield* Roles.use((service) => service.create(auditor)).pipe(Actor.provide(admin))
        const beyond = {
          ...manager,
          grants: [...manager.grants, { permission: "*", effect: "allow", scope: "team", source: "test" } as const]
        }
        const stronger = yield* Effect.flip(Roles.use((service) => service.create({ ...auditor, key: "second" }))).pipe(
          Actor.provide(beyond)
        )
        assert.strictEqual(stronger._tag, "PermissionDenied")
        const adminRole = roles.find((role) => role.key === "admin")!.id
        const elevated = yield* Effect.flip(
          UserRoles.use((service) => service.create({ userId: manager.id!, roleId: adminRole }))
        ).pipe(Actor.provide(beyond))
        assert.strictEqual(elevated._tag, "PermissionDenied")
        const users = yield* Users
        yield* users.update(admin.id!, { departmentId: department.id }).pipe(Actor.provide(admin))
        const takeover = yield* Effect.flip(users.update(admin.id!, { email: "mine@acme.example" })).pipe(
          Actor.provide(manager)
        )
        assert.strictEqual(takeover._tag, "PermissionDenied")
        assert.strictEqual((yield* users.update(agent.id!, { phone: "1" }).pipe(Actor.provide(manager))).phone, "1")
        const elsewhere = yield* Effect.flip(users.create({ email: "new@acme.example", displayName: "New" })).pipe(
          Actor.provide(manager)
        )
        assert.strictEqual(elsewhere._tag, "PermissionDenied")
      })
    )
  )

  it.effect("is written short or long, and must exist", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const roles = yield* Roles
        yield* Effect.gen(function* () {
          const short = ["incident.read:team", "user.read"] as never
          const role = yield* roles.create({ key: "reader", name: "Reader", permissions: short })
          assert.deepStrictEqual(role.permissions, [
            { permission: "incident.read", scope: "team" },
            { permission: "user.read", scope: "organization" }
          ])
          const unknown = yield* Effect.flip(
            roles.create({ key: "typo", name: "Typo", permissions: ["incident.rezolve"] as never })
          )
          assert.strictEqual(unknown._tag, "ValidationFailed")
        }).pipe(Actor.provide(admin))
      })
    )
  )

  it.effect("of a manager reaches the memberships of their own teams, and nobody joins another by themselves", () =>
    play(
      Effect.gen(function* () {
        const { admin, manager, user, team } = yield* begin
        const other = yield* Teams.use((teams) => teams.create({ name: "Network" })).pipe(Actor.provide(admin))
        const join = (teamId: typeof team.id, userId: NonNullable<typeof user.id>) =>
          TeamMembers.use((members) => members.create({ teamId, userId })).pipe(Actor.provide(manager))
        assert.strictEqual((yield* join(team.id, user.id!)).userId, user.id)
        assert.strictEqual((yield* Effect.flip(join(other.id, manager.id!)))._tag, "PermissionDenied")
      })
    )
  )

  it.effect("of a built-in role cannot be changed", () =>
    play(
      Effect.gen(function* () {
        const { admin, roles } = yield* begin
        const role = roles.find((each) => each.key === "agent")!
        const refused = yield* Effect.flip(Roles.use((service) => service.update(role.id, { name: "x" }))).pipe(
          Actor.provide(admin)
        )
        assert.strictEqual(refused._tag, "InUse")
      })
    )
  )
})

describe("the platform operator", () => {
  it.effect("founds organizations and sees them all, but nothing inside; others see their own", () =>
    play(
      Effect.gen(function* () {
        const { admin, organization } = yield* begin
        yield* scenario("globex")
        const organizations = yield* Organizations
        const all = yield* organizations.list({}).pipe(Actor.provide(Actor.platform))
        assert.deepStrictEqual(all.items.map((each) => each.slug).toSorted(), ["acme", "globex"])
        const renamed = yield* organizations
          .update(organization.id, { name: "Acme Ltd" })
          .pipe(Actor.provide(Actor.platform))
        assert.strictEqual(renamed.name, "Acme Ltd")
        assert.deepStrictEqual(
          (yield* organizations.list({}).pipe(Actor.provide(admin))).items.map((each) => each.slug),
          ["acme"]
        )
        const incidents = yield* Incidents
        assert.strictEqual((yield* incidents.list({}).pipe(Actor.provide(Actor.platform))).items.length, 0)
        const refused = yield* Effect.flip(organizations.create({ name: "Mine", slug: "mine" })).pipe(
          Actor.provide(admin)
        )
        assert.strictEqual(refused._tag, "PermissionDenied")
      })
    )
  )
})

describe("signing in", () => {
  const withPassword = Effect.gen(function* () {
    const people = yield* begin
    const user = yield* Users.use((users) =>
      users.create({ email: "ann@acme.example", displayName: "Ann", password })
    ).pipe(Actor.provide(people.admin))
    const authentication = yield* Authentication
    return {
      ...people,
      ann: user,
      authentication,
      login: authentication.login({ email: "Ann@acme.example", password })
    }
  })

  it.effect("needs a strong password, and tells why one is weak", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const weak = yield* Effect.flip(
          Users.use((users) => users.create({ email: "b@acme.example", displayName: "B", password: "password" }))
        ).pipe(Actor.provide(admin))
        assert.strictEqual(weak._tag, "PasswordTooWeak")
        if (weak._tag === "PasswordTooWeak")
          assert.deepStrictEqual(
            weak.errors.map((error) => error.code),
            ["too_short", "too_common"]
          )
      })
    )
  )

  it.effect("rotates refresh tokens: the second use of one ends the session", () =>
    play(
      Effect.gen(function* () {
        const { authentication, login, organization, ann } = yield* withPassword
        const first = yield* login
        const second = yield* authentication.refresh(first.refreshToken)
        assert.notStrictEqual(second.refreshToken, first.refreshToken)
        assert.strictEqual((yield* authentication.actor(organization.id, first.session.id, ann.id)).id, ann.id)
        assert.strictEqual((yield* Effect.flip(authentication.refresh(first.refreshToken)))._tag, "RefreshTokenReused")
        assert.strictEqual(
          (yield* Effect.flip(authentication.refresh(second.refreshToken)))._tag,
          "RefreshTokenInvalid"
        )
        assert.strictEqual(
          (yield* Effect.flip(authentication.actor(organization.id, first.session.id, ann.id)))._tag,
          "SessionRevoked"
        )
      })
    )
  )

  it.effect("ends for good with a logout, with the account, and with the absolute time", () =>
    play(
      Effect.gen(function* () {
        const { authentication, login, organization, ann, admin } = yield* withPassword
        const session = yield* login
        yield* authentication.logout(organization.id, session.session.id, false)
        yield* authentication.logout(organization.id, session.session.id, false)
        assert.strictEqual(
          (yield* Effect.flip(authentication.refresh(session.refreshToken)))._tag,
          "RefreshTokenInvalid"
        )
        const next = yield* login
        yield* Users.use((users) => users.disable(ann.id)).pipe(Actor.provide(admin))
        const { store } = yield* Kernel.Kernel
        const open = yield* store.count({ organizationId: organization.id }, Session, Condition.isNull("endedAt"), 10)
        assert.strictEqual(open, 0)
        assert.strictEqual((yield* Effect.flip(authentication.refresh(next.refreshToken)))._tag, "RefreshTokenInvalid")
        assert.strictEqual((yield* Effect.flip(login))._tag, "InvalidCredentials")
        yield* Users.use((users) => users.enable(ann.id)).pipe(Actor.provide(admin))
        let token = (yield* login).refreshToken
        yield* TestClock.adjust("13 days")
        token = (yield* authentication.refresh(token)).refreshToken
        yield* TestClock.adjust("13 days")
        token = (yield* authentication.refresh(token)).refreshToken
        yield* TestClock.adjust("5 days")
        assert.strictEqual((yield* Effect.flip(authentication.refresh(token)))._tag, "RefreshTokenInvalid")
      })
    )
  )

  it.effect("slows down guessing, for accounts that do not exist as well", () =>
    play(
      Effect.gen(function* () {
        const { authentication } = yield* withPassword
        for (const email of ["ann@acme.example", "nobody@acme.example"]) {
          const guess = Effect.flip(authentication.login({ email, password: "wrong" }))
          for (let attempt = 0; attempt < 5; attempt++) assert.strictEqual((yield* guess)._tag, "InvalidCredentials")
          assert.strictEqual((yield* guess)._tag, "LoginThrottled")
          yield* TestClock.adjust("1 seconds")
          assert.strictEqual((yield* guess)._tag, "InvalidCredentials")
          assert.deepInclude(yield* guess, { _tag: "LoginThrottled", retryAfterSeconds: 2 })
        }
      })
    )
  )

  it.effect("tries five of 64 guesses at once, one when the wait is over, and never locks an account for good", () =>
    play(
      Effect.gen(function* () {
        const { authentication, login } = yield* withPassword
        const guess = Effect.flip(authentication.login({ email: "ann@acme.example", password: "wrong" }))
        const tried = Effect.map(
          Effect.all(
            Array.from({ length: 64 }, () => guess),
            { concurrency: "unbounded" }
          ),
          (errors) => errors.filter(({ _tag }) => _tag === "InvalidCredentials").length
        )
        assert.strictEqual(yield* tried, 5)
        for (let wait = 1; wait <= 2048; wait *= 2) {
          const refused = yield* guess
          assert.deepInclude(refused, { _tag: "LoginThrottled", retryAfterSeconds: Math.min(wait, 900) })
          yield* TestClock.adjust(Math.min(wait, 900) * 1000)
          assert.strictEqual(yield* tried, 1)
        }
        yield* TestClock.adjust("15 minutes")
        yield* login
        assert.strictEqual(yield* tried, 5)
      })
    )
  )

  it.effect("lets all in who know the password, however many at once", () =>
    play(
      Effect.gen(function* () {
        const { login } = yield* withPassword
        const sessions = yield* Effect.all(
          Array.from({ length: 64 }, () => login),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(sessions.map(({ session }) => session.id)).size, 64)
      })
    )
  )
})
