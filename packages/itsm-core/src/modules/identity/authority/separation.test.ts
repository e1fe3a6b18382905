import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { actorFor, company, inAnHour, type Provided, reasonOf, run } from "../../../../test/authority.ts"
import type { Actor } from "../../../kernel/index.ts"
import { UserPermissions, UserRoles, Users } from "../index.ts"

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
