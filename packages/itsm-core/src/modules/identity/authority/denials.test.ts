import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { actorFor, type Attempt, company, outcome, run } from "../../../../test/authority.ts"
import type { Actor } from "../../../kernel/index.ts"
import { Departments, TeamMembers, Teams, UserPermissions, Users } from "../index.ts"

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
