import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Itsm from "../../itsm.ts"
import { AuditLogs } from "../../modules/audit/index.ts"
import { Incident, Incidents } from "../../modules/incidents/index.ts"
import { scenario } from "../../testing/scenario.ts"
import { Actor, Condition, Event, type Idempotency, Kernel, Shell, Store, Worker } from "../index.ts"

const world = Itsm.layer.pipe(Layer.provideMerge(MemoryStore.layer))
const play = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, world)
const fixed = { resolutionCode: "fixed", resolutionNotes: "Restarted the relay" } as const
const begin = Effect.gen(function* () {
  const people = yield* scenario("acme")
  const incidents = yield* Incidents
  const { id } = yield* incidents
    .open({ title: "Mail is down", teamId: people.team.id })
    .pipe(Actor.provide(people.agent))
  return { ...people, incidents, id }
})

const auditOf = (id: string) =>
  Effect.map(
    AuditLogs.use((logs) => logs.list({ where: Condition.eq("entityId", id), limit: 1000 })),
    (page) => page.items
  )

describe("the shell", () => {
  it.effect("lets one of fifty writers win, and tells the others what state it is in", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, agent, admin } = yield* begin
        const attempts = yield* Effect.all(
          Array.from({ length: 50 }, () => Effect.result(incidents.resolve(id, fixed))),
          { concurrency: "unbounded" }
        ).pipe(Actor.provide(agent))
        assert.strictEqual(attempts.filter(Result.isSuccess).length, 1)
        for (const attempt of attempts.filter(Result.isFailure))
          assert.deepInclude(attempt.failure, { _tag: "StateConflict", currentState: "resolved" })
        const resolutions = (yield* auditOf(id).pipe(Actor.provide(admin))).filter(
          (entry) => entry.action === "incident.resolve"
        )
        assert.strictEqual(resolutions.length, 1)
      })
    )
  )

  it.effect("decides a dry run and stores nothing of it", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, agent, admin } = yield* begin
        const before = yield* incidents.get(id).pipe(Actor.provide(agent))
        const preview = yield* incidents.resolve(id, fixed, { dryRun: true }).pipe(Actor.provide(agent))
        assert.strictEqual(preview.state, "resolved")
        assert.deepStrictEqual(yield* incidents.get(id).pipe(Actor.provide(agent)), before)
        assert.strictEqual((yield* auditOf(id).pipe(Actor.provide(admin))).length, 1)
      })
    )
  )

  it.effect("refuses a caller who read another version", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, agent } = yield* begin
        const stale = yield* Effect.flip(incidents.start(id, {}, { expectedVersion: 7 })).pipe(Actor.provide(agent))
        assert.deepInclude(stale, { _tag: "PreconditionFailed", expectedVersion: 7, currentVersion: 1 })
        assert.strictEqual(
          (yield* incidents.start(id, {}, { expectedVersion: 1 }).pipe(Actor.provide(agent))).version,
          2
        )
      })
    )
  )

  it.effect("checks permission and visibility before it looks at the input", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id, user } = yield* begin
        const nonsense = { resolutionCode: "nonsense" } as never
        assert.strictEqual(
          (yield* Effect.flip(incidents.resolve(id, nonsense)).pipe(Actor.provide(user)))._tag,
          "PermissionDenied"
        )
        assert.strictEqual(
          (yield* Effect.flip(incidents.addComment(id, {} as never)).pipe(Actor.provide(user)))._tag,
          "NotFound"
        )
      })
    )
  )

  it.effect("sees nothing of another organization, in paths and in references", () =>
    play(
      Effect.gen(function* () {
        const { incidents, id } = yield* begin
        const globex = yield* scenario("globex")
        const { open, get, assign } = incidents
        yield* Effect.gen(function* () {
          assert.strictEqual((yield* Effect.flip(get(id)))._tag, "NotFound")
          assert.strictEqual((yield* Effect.flip(assign(id, { teamId: globex.team.id })))._tag, "NotFound")
          const own = yield* open({ title: "x" })
          const foreign = yield* Effect.flip(open({ title: "x", parentId: id }))
          const random = yield* Effect.flip(
            open({ title: "x", parentId: "0192f5e7-7b1a-7cc0-8000-000000000001" as never })
          )
          assert.deepStrictEqual(foreign, random)
          assert.strictEqual((yield* incidents.list({})).items.length, 1)
          assert.strictEqual(own.number, "INC-000001")
        }).pipe(Actor.provide(globex.admin))
      })
    )
  )

  it.effect("gives the first answer again for the same key, and refuses the key with another input", () =>
    play(
      Effect.gen(function* () {
        const { agent } = yield* begin
        const open = Incidents.commands.open
        const ask = (title: string, fingerprint: string) =>
          Shell.execute(open, {
            input: Effect.succeed({ title }),
            idempotency: {
              key: "POST /incidents/ k1",
              fingerprint,
              render: ({ record }) => ({
                status: 201,
                body: JSON.stringify(record),
                headers: { etag: `"${record.version}"` }
              })
            }
          }).pipe(Actor.provide(agent))
        const first = (yield* ask("once", "a")) as Shell.Outcome
        const again = (yield* ask("once", "a")) as Idempotency.Answer
        assert.strictEqual(JSON.parse(again.body).id, first.record.id)
        assert.strictEqual((yield* Effect.flip(ask("twice", "b")))._tag, "IdempotencyKeyReused")
        yield* TestClock.adjust("25 hours")
        assert.property(yield* ask("later", "b"), "record")
        assert.strictEqual(yield* Worker.tidy, 0)
        yield* TestClock.adjust("25 hours")
        assert.strictEqual(yield* Worker.tidy, 1)
      })
    )
  )

  it.effect("leaves nothing behind when the commit fails", () =>
    play(
      Effect.gen(function* () {
        const { id, agent, organization } = yield* begin
        const kernel = yield* Kernel.Kernel
        const reach = { organizationId: organization.id }
        const broken = Kernel.Kernel.of({
          ...kernel,
          store: { ...kernel.store, commit: () => Effect.die(new Store.StorageUnavailable({ cause: "down" })) }
        })
        const exit = yield* Effect.exit(
          Shell.execute(Incidents.commands.resolve, { id, input: Effect.succeed(fixed) }).pipe(
            Effect.provideService(Kernel.Kernel, broken),
            Actor.provide(agent)
          )
        )
        assert.strictEqual(exit._tag, "Failure")
        const events = yield* kernel.store.find(reach, Event.OutboxEvent, {
          where: Condition.eq("aggregateId", id),
          sort: [],
          limit: 10
        })
        assert.deepStrictEqual(
          events.items.map((event) => event.type),
          ["incident.created.v1"]
        )
        assert.strictEqual(yield* kernel.store.count(reach, Incident, Condition.eq("state", "resolved"), 10), 0)
      })
    )
  )
})
