import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { begin, play } from "../../../test/incident-desk.ts"
import { Actor, type Errors } from "../../kernel/index.ts"
import { Users } from "../identity/index.ts"
import { Incidents } from "./index.ts"

describe("assignment", () => {
  it.effect("needs an active member who may work, and something new", () =>
    play(
      Effect.gen(function* () {
        const { admin, agent, user, manager, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x" })
          const guardOf = (effect: ReturnType<typeof incidents.assign>) =>
            Effect.map(Effect.flip(effect), (error) => (error as Errors.GuardFailed).guard)
          assert.strictEqual(
            yield* guardOf(incidents.assign(id, { teamId: team.id, assigneeId: manager.id! })),
            "assigneeInTeam"
          )
          assert.strictEqual(yield* guardOf(incidents.assign(id, { assigneeId: user.id! })), "assigneeMayWork")
          const assigned = yield* incidents.assign(id, { teamId: team.id, assigneeId: agent.id! })
          assert.strictEqual(assigned.reassignmentCount, 0)
          assert.strictEqual(yield* guardOf(incidents.assign(id, { teamId: team.id })), "notSameAssignment")
          const moved = yield* incidents
            .assign(id, { teamId: team.id, assigneeId: agent.id! })
            .pipe(Effect.catch(() => incidents.get(id)))
          assert.strictEqual(moved.version, assigned.version)
          yield* Users.use((users) => users.disable(agent.id!))
          const other = yield* incidents.open({ title: "y" })
          assert.strictEqual(yield* guardOf(incidents.assign(other.id, { assigneeId: agent.id! })), "assigneeActive")
        }).pipe(Actor.provide(admin))
      })
    )
  )

  it.effect("is acknowledged by the assignee or a member of the team, once", () =>
    play(
      Effect.gen(function* () {
        const { admin, agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(admin))
        assert.strictEqual(
          (yield* Effect.flip(incidents.acknowledge(id)).pipe(Actor.provide(admin)))._tag,
          "PermissionDenied"
        )
        assert.isNotNull((yield* incidents.acknowledge(id).pipe(Actor.provide(agent))).acknowledgedAt)
        assert.deepInclude(yield* Effect.flip(incidents.acknowledge(id)).pipe(Actor.provide(agent)), {
          _tag: "GuardFailed",
          guard: "notAcknowledged"
        })
      })
    )
  )
})
