import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { begin, fixed, play } from "../../../test/incident-desk.ts"
import { Actor } from "../../kernel/index.ts"
import { Categories, Incidents } from "./index.ts"

describe("opening", () => {
  it.effect("gives number, priority by the matrix, and the department of the requester", () =>
    play(
      Effect.gen(function* () {
        const { user, department } = yield* begin
        const incidents = yield* Incidents
        const incident = yield* incidents.open({ title: "Mail is down", urgency: 1 }).pipe(Actor.provide(user))
        assert.deepStrictEqual(
          [
            incident.number,
            incident.state,
            incident.impact,
            incident.priority,
            incident.requesterId,
            incident.departmentId
          ],
          ["INC-000001", "new", 3, 3, user.id, department.id]
        )
      })
    )
  )

  it.effect("is assigned at once where a team is named", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const incident = yield* incidents
          .open({ title: "VPN", teamId: team.id, assigneeId: agent.id! })
          .pipe(Actor.provide(agent))
        assert.strictEqual(incident.state, "assigned")
        assert.strictEqual(incident.firstAssignedAt, incident.createdAt)
      })
    )
  )

  it.effect("refuses what an end user may not say", () =>
    play(
      Effect.gen(function* () {
        const { user, agent, team } = yield* begin
        const incidents = yield* Incidents
        for (const beyond of [{ impact: 1 }, { teamId: team.id }, { requesterId: agent.id! }]) {
          const error = yield* Effect.flip(incidents.open({ title: "x", ...beyond })).pipe(Actor.provide(user))
          assert.strictEqual(error._tag, "PermissionDenied")
        }
      })
    )
  )

  it.effect("takes one open incident for an alert", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const first = yield* incidents.open({ title: "Disk full", alertKey: "disk-1", teamId: team.id })
          const error = yield* Effect.flip(incidents.open({ title: "Disk full", alertKey: "disk-1" }))
          assert.deepInclude(error, { _tag: "Duplicate", existingId: first.id })
          yield* incidents.resolve(first.id, fixed)
          assert.strictEqual(
            (yield* incidents.open({ title: "Disk full again", alertKey: "disk-1" })).alertKey,
            "disk-1"
          )
        }).pipe(Actor.provide(agent))
      })
    )
  )
})

describe("categories", () => {
  it.effect("have names of their own, at the root and below a parent", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        yield* Effect.gen(function* () {
          const categories = yield* Categories
          const root = yield* categories.create({ name: "Network" })
          yield* categories.create({ name: "Network", parentId: root.id })
          assert.strictEqual((yield* Effect.flip(categories.create({ name: "Network" })))._tag, "Duplicate")
          assert.strictEqual(
            (yield* Effect.flip(categories.create({ name: "Network", parentId: root.id })))._tag,
            "Duplicate"
          )
          const other = yield* categories.create({ name: "Software" })
          const incidents = yield* Incidents
          const misplaced = yield* Effect.flip(
            incidents.open({ title: "x", categoryId: root.id, subcategoryId: other.id })
          )
          assert.deepInclude(misplaced, { guard: "subcategoryOfCategory" })
        }).pipe(Actor.provide(admin))
      })
    )
  )
})
