import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Itsm from "../../itsm.ts"
import { Actor, Condition, type Errors, Event, Instant, Kernel, Worker } from "../../kernel/index.ts"
import { scenario } from "../../testing/scenario.ts"
import { AuditLogs } from "../audit/index.ts"
import { Users } from "../identity/index.ts"
import { Categories, IncidentComments, IncidentRules, Incidents, PriorityMatrices } from "./index.ts"

const world = Itsm.layer.pipe(Layer.provide(MemoryStore.layer))
const play = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, world)
const monday = Date.UTC(2026, 0, 5, 9)
const begin = Effect.andThen(TestClock.setTime(monday), scenario("acme"))
const fixed = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const
const failure = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flip(effect)

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
          const error = yield* failure(incidents.open({ title: "x", ...beyond })).pipe(Actor.provide(user))
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
          const error = yield* failure(incidents.open({ title: "Disk full", alertKey: "disk-1" }))
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
          (yield* failure(incidents.acknowledge(id)).pipe(Actor.provide(admin)))._tag,
          "PermissionDenied"
        )
        assert.isNotNull((yield* incidents.acknowledge(id).pipe(Actor.provide(agent))).acknowledgedAt)
        assert.deepInclude(yield* failure(incidents.acknowledge(id)).pipe(Actor.provide(agent)), {
          _tag: "GuardFailed",
          guard: "notAcknowledged"
        })
      })
    )
  )
})

describe("waiting", () => {
  it.effect("resumes by itself on the follow-up date and books the time to its reason", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents
          .open({ title: "x", teamId: team.id, assigneeId: agent.id! })
          .pipe(Actor.provide(agent))
        const followUpAt = Instant.fromEpochMs(monday + 3_600_000)
        yield* incidents.hold(id, { pendingReason: "scheduled", followUpAt }).pipe(Actor.provide(agent))
        yield* Worker.drain
        assert.strictEqual((yield* incidents.get(id).pipe(Actor.provide(agent))).state, "pending")
        yield* TestClock.adjust("2 hours")
        yield* Worker.drain
        const resumed = yield* incidents.get(id).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          [resumed.state, resumed.pendingReason, resumed.pendingMs],
          ["in_progress", null, { scheduled: 7_200_000 }]
        )
      })
    )
  )

  it.effect("asks for a date in the future, for scheduled work always, and for a link where there is none", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", teamId: team.id })
          const past = Instant.fromEpochMs(monday - 1)
          assert.strictEqual(
            (yield* failure(incidents.hold(id, { pendingReason: "other", followUpAt: past })))._tag,
            "ValidationFailed"
          )
          assert.strictEqual(
            (yield* failure(incidents.hold(id, { pendingReason: "scheduled" })))._tag,
            "ValidationFailed"
          )
          assert.deepInclude(yield* failure(incidents.hold(id, { pendingReason: "awaiting_change" })), {
            _tag: "GuardFailed",
            guard: "hasLink"
          })
        }).pipe(Actor.provide(agent))
      })
    )
  )
})

describe("reminders", () => {
  it.effect("go to a caller who does not answer, and the last one resolves", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", teamId: team.id, requesterId: user.id! })
          const autoFollowUp = { everyBusinessDays: 2, max: 2, then: "resolve" } as const
          const misplaced = yield* failure(incidents.hold(id, { pendingReason: "other", autoFollowUp }))
          assert.strictEqual(misplaced._tag, "ValidationFailed")
          yield* incidents.hold(id, { pendingReason: "awaiting_caller", autoFollowUp })
          const after = (days: number) =>
            Effect.gen(function* () {
              yield* TestClock.adjust(`${days} days`)
              yield* Worker.drain
              return yield* incidents.get(id)
            })
          assert.strictEqual((yield* after(2)).autoFollowUp?.sent, 1)
          assert.strictEqual((yield* after(2)).autoFollowUp?.sent, 2)
          const resolved = yield* after(4)
          assert.deepStrictEqual([resolved.state, resolved.resolutionCode], ["resolved", "no_response"])
          assert.deepStrictEqual([resolved.autoFollowUp, resolved.nextReminderAt], [null, null])
        }).pipe(Actor.provide(agent))
      })
    )
  )

  it.effect("end when the caller answers", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents
          .open({ title: "x", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        const autoFollowUp = { everyBusinessDays: 1, max: 1, then: "none" } as const
        yield* incidents.hold(id, { pendingReason: "awaiting_caller", autoFollowUp }).pipe(Actor.provide(agent))
        yield* incidents.addComment(id, { body: "here" }).pipe(Actor.provide(user))
        yield* TestClock.adjust("5 days")
        yield* Worker.drain
        const incident = yield* incidents.get(id).pipe(Actor.provide(user))
        assert.deepStrictEqual([incident.state, incident.autoFollowUp], ["assigned", null])
      })
    )
  )

  it.effect("tell half way that a resolved incident will close", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(agent))
        const resolved = yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        assert.strictEqual(resolved.closingSoonAt, "2026-01-08T21:00:00.000Z")
        yield* TestClock.adjust("4 days")
        yield* Worker.drain
        const told = yield* incidents.get(id).pipe(Actor.provide(agent))
        assert.deepStrictEqual([told.state, told.closingSoonAt], ["resolved", null])
        const kernel = yield* Kernel.Kernel
        const events = yield* kernel.store.find("everywhere", Event.OutboxEvent, {
          where: Condition.eq("type", "incident.closing_soon.v1"),
          sort: [],
          limit: 10
        })
        assert.strictEqual(events.items.length, 1)
      })
    )
  )
})

describe("resolution", () => {
  it.effect("is taken up by whoever resolves, and closes by itself after five business days", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x", teamId: team.id }).pipe(Actor.provide(agent))
        const resolved = yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          [resolved.state, resolved.assigneeId, resolved.resolvedById],
          ["resolved", agent.id, agent.id]
        )
        assert.strictEqual(resolved.autoCloseAt, "2026-01-12T09:00:00.000Z")
        yield* TestClock.adjust("7 days")
        yield* Worker.drain
        const closed = yield* incidents.get(id).pipe(Actor.provide(agent))
        assert.deepStrictEqual(
          [closed.state, closed.closureMethod, closed.reopenUntil],
          ["closed", "auto", "2026-01-19T09:00:00.000Z"]
        )
      })
    )
  )

  it.effect("takes the children that follow with it, in the same commit", () =>
    play(
      Effect.gen(function* () {
        const { agent, team } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          const parent = yield* incidents.open({ title: "parent", teamId: team.id })
          const follows = yield* incidents.open({
            title: "child",
            teamId: team.id,
            parentId: parent.id,
            followsParent: true
          })
          const stays = yield* incidents.open({ title: "child", teamId: team.id, parentId: parent.id })
          yield* incidents.resolve(parent.id, fixed)
          const child = yield* incidents.get(follows.id)
          assert.deepStrictEqual(
            [child.state, child.resolutionCode, child.resolutionNotes],
            ["resolved", "fixed", `resolved with ${parent.number}`]
          )
          assert.strictEqual((yield* incidents.get(stays.id)).state, "assigned")
          const deeper = yield* failure(incidents.open({ title: "grandchild", parentId: stays.id }))
          assert.deepInclude(deeper, { _tag: "GuardFailed", guard: "oneLevelDeep" })
        }).pipe(Actor.provide(agent))
      })
    )
  )

  it.effect("can be reopened within the window, and keeps the resolution that did not last", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents.open({ title: "x" }).pipe(Actor.provide(user))
        const asAdmin = yield* incidents.get(id).pipe(Actor.provide(user))
        assert.strictEqual(asAdmin.teamId, null)
        const mine = yield* incidents
          .open({ title: "y", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        yield* incidents.resolve(mine.id, fixed).pipe(Actor.provide(agent))
        assert.strictEqual((yield* incidents.close(mine.id).pipe(Actor.provide(user))).closureMethod, "caller")
        yield* TestClock.adjust("6 days")
        const again = yield* incidents.reopen(mine.id, { reason: "still broken" }).pipe(Actor.provide(user))
        assert.deepStrictEqual(
          [again.state, again.reopenCount, again.resolvedAt, again.resolutionHistory.length],
          ["in_progress", 1, null, 1]
        )
        yield* incidents.resolve(mine.id, fixed).pipe(Actor.provide(agent))
        yield* incidents.close(mine.id).pipe(Actor.provide(agent))
        yield* TestClock.adjust("8 days")
        assert.deepInclude(yield* failure(incidents.reopen(mine.id, { reason: "late" })).pipe(Actor.provide(user)), {
          guard: "withinReopenWindow"
        })
      })
    )
  )

  it.effect("cancels, but neither chains of duplicates nor, for a caller, what is in work", () =>
    play(
      Effect.gen(function* () {
        const { agent, user, team } = yield* begin
        const incidents = yield* Incidents
        const [a, b, c] = yield* Effect.all(
          [1, 2, 3].map((n) => incidents.open({ title: `${n}`, teamId: team.id }))
        ).pipe(Actor.provide(agent))
        yield* Effect.gen(function* () {
          yield* incidents.cancel(b!.id, { cancelReason: "duplicate", duplicateOfId: a!.id })
          assert.deepInclude(
            yield* failure(incidents.cancel(c!.id, { cancelReason: "duplicate", duplicateOfId: b!.id })),
            { guard: "noDuplicateChain" }
          )
          assert.strictEqual(
            (yield* failure(incidents.cancel(c!.id, { cancelReason: "duplicate", duplicateOfId: c!.id })))._tag,
            "ValidationFailed"
          )
        }).pipe(Actor.provide(agent))
        yield* Effect.gen(function* () {
          const mine = yield* incidents.open({ title: "mine" })
          assert.strictEqual((yield* incidents.cancel(mine.id, { cancelReason: "withdrawn" })).state, "cancelled")
        }).pipe(Actor.provide(user))
        const worked = yield* incidents
          .open({ title: "w", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        assert.strictEqual(
          (yield* failure(incidents.cancel(worked.id, { cancelReason: "withdrawn" })).pipe(Actor.provide(user)))._tag,
          "PermissionDenied"
        )
      })
    )
  )
})

describe("comments", () => {
  const start = Effect.gen(function* () {
    const all = yield* begin
    const incidents = yield* Incidents
    const { id } = yield* incidents
      .open({ title: "x", teamId: all.team.id, requesterId: all.user.id!, assigneeId: all.agent.id! })
      .pipe(Actor.provide(all.agent))
    return { ...all, incidents, id }
  })

  it.effect("of the agent count as the first response; internal ones stay hidden from callers", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, user, agent } = yield* start
        yield* incidents.addComment(id, { body: "a note", visibility: "internal" }).pipe(Actor.provide(agent))
        assert.isNull((yield* incidents.get(id).pipe(Actor.provide(user))).firstRespondedAt)
        yield* incidents.addComment(id, { body: "we are on it" }).pipe(Actor.provide(agent))
        assert.isNotNull((yield* incidents.get(id).pipe(Actor.provide(user))).firstRespondedAt)
        const comments = yield* IncidentComments
        const where = Condition.eq("incidentId", id)
        assert.strictEqual((yield* comments.list({ where }).pipe(Actor.provide(agent))).items.length, 2)
        assert.deepStrictEqual(
          (yield* comments.list({ where }).pipe(Actor.provide(user))).items.map((comment) => comment.body),
          ["we are on it"]
        )
        assert.deepStrictEqual(
          (yield* comments.list({}).pipe(Actor.provide(user))).items.map((comment) => comment.body),
          ["we are on it"]
        )
        assert.strictEqual(
          (yield* failure(incidents.addComment(id, { body: "x", visibility: "internal" })).pipe(Actor.provide(user)))
            ._tag,
          "PermissionDenied"
        )
      })
    )
  )

  it.effect("of the caller resume what waits for them, and reopen what is resolved", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, user, agent } = yield* start
        yield* incidents.hold(id, { pendingReason: "awaiting_caller" }).pipe(Actor.provide(agent))
        yield* incidents.addComment(id, { body: "here you are" }).pipe(Actor.provide(user))
        assert.strictEqual((yield* incidents.get(id).pipe(Actor.provide(user))).state, "in_progress")
        yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        yield* incidents.addComment(id, { body: "no, it is not" }).pipe(Actor.provide(user))
        const reopened = yield* incidents.get(id).pipe(Actor.provide(user))
        assert.deepStrictEqual([reopened.state, reopened.reopenCount], ["in_progress", 1])
      })
    )
  )

  it.effect("of the caller after the window open a follow-up", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, user, agent } = yield* start
        yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        yield* incidents.close(id).pipe(Actor.provide(agent))
        assert.deepInclude(yield* failure(incidents.addComment(id, { body: "public" })).pipe(Actor.provide(agent)), {
          guard: "commentOnClosed"
        })
        yield* incidents.addComment(id, { body: "for the record", visibility: "internal" }).pipe(Actor.provide(agent))
        yield* TestClock.adjust("8 days")
        const comment = yield* incidents.addComment(id, { body: "it is back" }).pipe(Actor.provide(user))
        const followUp = yield* incidents.get(comment.incidentId).pipe(Actor.provide(user))
        assert.deepStrictEqual([followUp.followUpOfId, followUp.state, followUp.number], [id, "new", "INC-000002"])
        assert.strictEqual((yield* incidents.get(id).pipe(Actor.provide(user))).state, "closed")
      })
    )
  )

  it.effect("are edited by their author, for a quarter of an hour", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, user, agent, admin } = yield* start
        const comments = yield* IncidentComments
        const comment = yield* incidents.addComment(id, { body: "helo" }).pipe(Actor.provide(user))
        const edited = yield* comments.update(comment.id, { body: "hello" }).pipe(Actor.provide(user))
        assert.deepStrictEqual([edited.body, edited.editHistory.map((past) => past.body)], ["hello", ["helo"]])
        assert.strictEqual(
          (yield* failure(comments.update(comment.id, { body: "x" })).pipe(Actor.provide(agent)))._tag,
          "PermissionDenied"
        )
        assert.deepInclude(yield* failure(comments.update(comment.id, { body: "x" })).pipe(Actor.provide(admin)), {
          guard: "isAuthor"
        })
        yield* TestClock.adjust("15 minutes")
        assert.deepInclude(yield* failure(comments.update(comment.id, { body: "x" })).pipe(Actor.provide(user)), {
          guard: "withinEditWindow"
        })
      })
    )
  )
})

describe("priority", () => {
  it.effect("follows the matrix of the organization, unless it is overridden", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const incidents = yield* Incidents
        const matrices = yield* PriorityMatrices
        yield* Effect.gen(function* () {
          const { id } = yield* incidents.open({ title: "x", impact: 2, urgency: 2 })
          const overridden = yield* incidents.overridePriority(id, { priority: 1, reason: "the board is waiting" })
          assert.deepStrictEqual([overridden.priority, overridden.computedPriority], [1, 3])
          const reassessed = yield* incidents.update(id, { urgency: 3 })
          assert.deepStrictEqual([reassessed.priority, reassessed.computedPriority], [1, 4])
          assert.strictEqual((yield* incidents.clearOverride(id)).priority, 4)
          assert.deepInclude(yield* failure(incidents.clearOverride(id)), { guard: "isOverridden" })
          const falling = yield* failure(
            matrices.replace({
              size: 3,
              cells: [
                [1, 2, 3],
                [2, 1, 4],
                [3, 4, 5]
              ]
            })
          )
          assert.strictEqual(falling._tag, "ValidationFailed")
          const cells = [1, 2, 3, 4, 5].map((impact) =>
            [1, 2, 3, 4, 5].map((urgency) => Math.ceil((impact + urgency) / 2))
          )
          assert.strictEqual((yield* matrices.replace({ size: 5, cells })).version, 2)
          assert.strictEqual((yield* incidents.open({ title: "five steps", impact: 5, urgency: 4 })).priority, 5)
        }).pipe(Actor.provide(admin))
      })
    )
  )
})

describe("the rules of the organization", () => {
  it.effect("decide how long a closed incident can come back, and whether it closes at all", () =>
    play(
      Effect.gen(function* () {
        const { admin } = yield* begin
        const incidents = yield* Incidents
        yield* Effect.gen(function* () {
          yield* IncidentRules.use((rules) => rules.replace({ reopenWindowDays: 0, autoCloseBusinessDays: null }))
          const { id } = yield* incidents.open({ title: "x" })
          assert.isNull((yield* incidents.resolve(id, fixed)).autoCloseAt)
          yield* incidents.close(id)
          assert.deepInclude(yield* failure(incidents.reopen(id, { reason: "never" })), { guard: "withinReopenWindow" })
        }).pipe(Actor.provide(admin))
      })
    )
  )
})

describe("the audit log", () => {
  it.effect("has one entry for each accepted command and each denied one", () =>
    play(
      Effect.gen(function* () {
        const { admin, user, agent, team } = yield* begin
        const incidents = yield* Incidents
        const { id } = yield* incidents
          .open({ title: "x", teamId: team.id, requesterId: user.id! })
          .pipe(Actor.provide(agent))
        yield* incidents.resolve(id, fixed).pipe(Actor.provide(agent))
        yield* failure(incidents.resolve(id, fixed)).pipe(Actor.provide(user))
        yield* failure(incidents.hold(id, { pendingReason: "other" })).pipe(Actor.provide(agent))
        const entries = yield* AuditLogs.use((logs) =>
          logs.list({ where: Condition.eq("entityId", id), sort: [{ field: "createdAt", direction: "asc" }] })
        ).pipe(Actor.provide(admin))
        const seen = entries.items.map((entry) => [entry.action, entry.outcome, entry.actorId]).toSorted()
        assert.deepStrictEqual(seen, [
          ["incident.create", "allow", agent.id],
          ["incident.resolve", "allow", agent.id],
          ["incident.resolve", "deny", user.id]
        ])
        const resolve = entries.items.find((entry) => entry.outcome === "allow" && entry.action === "incident.resolve")!
        assert.deepInclude(resolve.changes, { field: "state", old: "assigned", new: "resolved" })
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
          assert.strictEqual((yield* failure(categories.create({ name: "Network" })))._tag, "Duplicate")
          assert.strictEqual(
            (yield* failure(categories.create({ name: "Network", parentId: root.id })))._tag,
            "Duplicate"
          )
          const other = yield* categories.create({ name: "Software" })
          const incidents = yield* Incidents
          const misplaced = yield* failure(incidents.open({ title: "x", categoryId: root.id, subcategoryId: other.id }))
          assert.deepInclude(misplaced, { guard: "subcategoryOfCategory" })
        }).pipe(Actor.provide(admin))
      })
    )
  )
})
