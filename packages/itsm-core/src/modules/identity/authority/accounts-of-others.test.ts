import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { actorFor, type Attempt, company, hasher, inAnHour, outcome, run } from "../../../../test/authority.ts"
import type { Actor } from "../../../kernel/index.ts"
import { PasswordHasher, TeamMembers, UserRoles, Users } from "../index.ts"

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
        const { as, admin, manager, person, user, organization } = yield* company
        const change = (id: string, email: string) => Users.use((users) => users.update(id as never, { email }))
        expect(yield* outcome(manager, change(user.id!, "mine@escalation.example"))).toBe("PermissionDenied")
        expect(yield* outcome(admin, change(user.id!, "typo@escalation.example"))).toBe("done")
        const invited = yield* as(
          Users.use((users) =>
            users.create({
              email: `invited@${organization.slug}.example`,
              displayName: "I",
              departmentId: manager.departmentIds[0] as never
            })
          )
        )
        expect(yield* outcome(manager, change(invited.id, `elsewhere@${organization.slug}.example`))).toBe("done")
        const other = yield* person("other")
        const key: Actor.Actor = { ...admin, limitedTo: ["*"], apiKeyId: "key" }
        expect(yield* outcome(key, change(other, "key@escalation.example"))).toBe("ReauthenticationRequired")
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
