import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { actorFor, company, outcome, run } from "../../../../test/authority.ts"
import { Actor } from "../../../kernel/index.ts"
import { Organizations, Roles, UserRoles } from "../index.ts"

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
