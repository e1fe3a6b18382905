import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { begin, fixed, play } from "../../../test/incident-desk.ts"
import { Actor, Condition } from "../../kernel/index.ts"
import { IncidentComments, Incidents } from "./index.ts"

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
          (yield* Effect.flip(incidents.addComment(id, { body: "x", visibility: "internal" })).pipe(
            Actor.provide(user)
          ))._tag,
          "PermissionDenied"
        )
      })
    )
  )

  it.effect("are found and changed by nobody who does not see the incident, whatever they may see of comments", () =>
    play(
      Effect.gen(function* () {
        const { incidents, agent, user, manager } = yield* start
        const hidden = yield* incidents.open({ title: "Salary" }).pipe(Actor.provide(manager))
        const { id } = yield* incidents.addComment(hidden.id, { body: "public words" }).pipe(Actor.provide(manager))
        const comments = yield* IncidentComments
        assert.strictEqual((yield* comments.get(id).pipe(Actor.provide(manager))).body, "public words")
        for (const stranger of [agent, user]) {
          const read = yield* Effect.flip(comments.get(id)).pipe(Actor.provide(stranger))
          const changed = yield* Effect.flip(comments.update(id, { body: "x" })).pipe(Actor.provide(stranger))
          assert.deepStrictEqual([read._tag, changed._tag], ["NotFound", "NotFound"])
          const where = Condition.eq("incidentId", hidden.id)
          assert.deepStrictEqual((yield* comments.list({ where }).pipe(Actor.provide(stranger))).items, [])
        }
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
        assert.deepInclude(
          yield* Effect.flip(incidents.addComment(id, { body: "public" })).pipe(Actor.provide(agent)),
          {
            guard: "commentOnClosed"
          }
        )
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
          (yield* Effect.flip(comments.update(comment.id, { body: "x" })).pipe(Actor.provide(agent)))._tag,
          "PermissionDenied"
        )
        assert.deepInclude(yield* Effect.flip(comments.update(comment.id, { body: "x" })).pipe(Actor.provide(admin)), {
          guard: "isAuthor"
        })
        yield* TestClock.adjust("15 minutes")
        assert.deepInclude(yield* Effect.flip(comments.update(comment.id, { body: "x" })).pipe(Actor.provide(user)), {
          guard: "withinEditWindow"
        })
      })
    )
  )
})
