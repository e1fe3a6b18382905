import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { actorFor, company, outcome, run } from "../../../../test/authority.ts"
import { Condition } from "../../../kernel/index.ts"
import { Departments, Teams, UserPermissions, UserRoles, Users } from "../index.ts"

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
