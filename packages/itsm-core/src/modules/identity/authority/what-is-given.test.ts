import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { actorFor, type Attempt, company, inAnHour, outcome, run } from "../../../../test/authority.ts"
import { Condition, type Entity, Instant } from "../../../kernel/index.ts"
import { Roles, TeamMembers, Teams, type UserPermission, UserPermissions, UserRoles } from "../index.ts"

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
