import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { Department } from "../../modules/identity/records/department.ts"
import { Team } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import * as Factory from "../factories.ts"
import { allOf, assertDies, commit, insert, newOrganization, stored, type StoreIt, update } from "./fixture.ts"

export const references = (it: StoreIt) =>
  describe("a reference", () => {
    it.effect("to a record that does not exist dies, in a new record and in a changed one", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const team = Factory.team(organizationId)
        yield* commit(organizationId, insert(Team, team))
        yield* assertDies(
          commit(organizationId, insert(Team, Factory.team(organizationId, { leadId: Factory.freshId() })))
        )
        yield* assertDies(commit(organizationId, update(Team, team, { departmentId: Factory.freshId() })))
        assert.deepStrictEqual(yield* allOf(organizationId, Team), [team])
      })
    )

    it.effect("to a record of another organization dies", () =>
      Effect.gen(function* () {
        const [own, other] = [yield* newOrganization, yield* newOrganization]
        const theirs = Factory.user(other)
        yield* commit(other, insert(User, theirs))
        yield* assertDies(commit(own, insert(Team, Factory.team(own, { leadId: theirs.id }))))
        assert.deepStrictEqual(yield* allOf(own, Team), [])
      })
    )

    it.effect("to a record of another kind dies", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const department = Factory.department(organizationId)
        yield* commit(organizationId, insert(Department, department))
        yield* assertDies(
          commit(
            organizationId,
            insert(Team, Factory.team(organizationId, { leadId: Factory.freshId(), departmentId: department.id }))
          )
        )
        yield* assertDies(
          commit(
            organizationId,
            insert(Department, Factory.department(organizationId, { managerId: department.id as never }))
          )
        )
      })
    )

    it.effect("from an organization that does not exist dies", () =>
      Effect.gen(function* () {
        const nowhere = Factory.freshId<"Organization">()
        yield* assertDies(commit(nowhere, insert(Department, Factory.department(nowhere))))
      })
    )

    it.effect("may name a record of the same commit, in either order, or the record itself", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId)
        const team = Factory.team(organizationId, { leadId: user.id })
        yield* commit(organizationId, insert(Team, team), insert(User, user))
        const other = Factory.user(organizationId, { managerId: user.id })
        yield* commit(organizationId, insert(User, other), update(Team, team, { leadId: other.id }))
        const own = Factory.freshId<"Department">()
        yield* commit(
          organizationId,
          insert(Department, Factory.department(organizationId, { id: own, parentId: own }))
        )
        assert.strictEqual((yield* stored(Team, team))?.leadId, other.id)
      })
    )

    it.effect("may name a deleted record", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId, { deletedAt: Factory.epoch })
        yield* commit(organizationId, insert(User, user))
        yield* commit(organizationId, insert(Team, Factory.team(organizationId, { leadId: user.id })))
      })
    )

    it.effect("keeps the record that it names from being deleted for good", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const user = Factory.user(organizationId)
        const team = Factory.team(organizationId, { leadId: user.id })
        yield* commit(organizationId, insert(User, user), insert(Team, team))
        const consume = { kind: "consume", entity: User, id: user.id, expectedVersion: 1 } as const
        yield* assertDies(commit(organizationId, consume))
        assert.deepStrictEqual(yield* stored(User, user), user)
        yield* commit(organizationId, update(Team, team, { leadId: null }))
        yield* commit(organizationId, consume)
        assert.isUndefined(yield* stored(User, user))
      })
    )

    it.effect("who wrote a record is no reference", () =>
      Effect.gen(function* () {
        const organizationId = yield* newOrganization
        const nobody = Factory.freshId<"User">()
        const department = Factory.department(organizationId, {
          createdById: nobody,
          updatedById: nobody,
          deletedById: nobody
        })
        yield* commit(organizationId, insert(Department, department))
        assert.deepStrictEqual(yield* stored(Department, department), department)
      })
    )
  })
