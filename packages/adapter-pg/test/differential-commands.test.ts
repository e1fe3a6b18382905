import { assert, layer } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Incident, IncidentComment, Incidents, Itsm, Roles } from "@itsm/core"
import {
  Actor,
  Audit,
  Condition,
  type Entity,
  Event,
  Instant,
  Kernel,
  type Store,
  Timer,
  Worker
} from "@itsm/core/kernel"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { scenario } from "../../itsm-core/src/testing/scenario.ts"
import { freshStore } from "./database.ts"

interface Step {
  readonly name: string
  readonly by: "admin" | "agent" | "user"
  readonly input?: object
  readonly hours?: number
}

const by = fc.constantFrom("admin" as const, "agent" as const, "user" as const)
const called = (name: string, input: fc.Arbitrary<object> = fc.constant({})): fc.Arbitrary<Step> =>
  fc.record({ name: fc.constant(name), by, input })

const text = fc.constantFrom("The relay is down again", "  It works for me ", "Äpfel & 東京 – 100%")
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .constantFrom("acknowledge", "start", "resume", "close", "clearOverride", "delete", "restore")
    .chain((name) => called(name)),
  called("assign"),
  called("hold", fc.record({ pendingReason: fc.constantFrom("other", "awaiting_caller", "scheduled") })),
  called("resolve", fc.record({ resolutionCode: fc.constantFrom("fixed", "nonsense"), resolutionNotes: text })),
  called("reopen", fc.record({ reason: text })),
  called("cancel", fc.record({ cancelReason: fc.constantFrom("invalid", "withdrawn") })),
  called("addComment", fc.record({ body: text, visibility: fc.constantFrom("public", "internal") })),
  called("overridePriority", fc.record({ priority: fc.integer({ min: 1, max: 5 }), reason: text })),
  called(
    "update",
    fc.record(
      { impact: fc.integer({ min: 1, max: 3 }), urgency: fc.integer({ min: 1, max: 3 }), title: text },
      { requiredKeys: [] }
    )
  ),
  fc.integer({ min: 1, max: 14 * 24 }).map((hours): Step => ({ name: "wait", by: "admin", hours }))
)

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** The value without the ids, which no two runs have in common; those of `names` under their names. */
const anonymous = (value: unknown, names: ReadonlyMap<string, string>): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(uuid, (id) => names.get(id) ?? "an id"))

type Methods = Readonly<
  Record<string, (id: string, input: object) => Effect.Effect<unknown, object, Actor.CurrentActor>>
>

/** What each step came to, and everything that is stored in the end. */
const play = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>, slug: string) {
  yield* TestClock.setTime(Date.UTC(2026, 0, 5, 9))
  const world = yield* scenario(slug)
  const incidents = yield* Incidents
  const { store } = yield* Kernel.Kernel
  const { id } = yield* Actor.provide(world.agent)(
    incidents.open({ title: "Mail is down", teamId: world.team.id, requesterId: world.user.id!, alertKey: "mail" })
  )
  const inputOf = (now: Instant.Instant, each: Step) => {
    if (each.name === "assign") return { teamId: world.team.id, assigneeId: world.agent.id }
    return each.name === "hold" ? { ...each.input, followUpAt: Instant.plusMs(now, 36e5) } : each.input!
  }
  const results: Array<unknown> = []
  for (const each of steps) {
    if (each.name === "wait") {
      yield* TestClock.adjust(each.hours! * 36e5)
      results.push(yield* Worker.drain)
      continue
    }
    const call = (incidents as unknown as Methods)[each.name]!(id, inputOf(yield* Instant.now, each))
    results.push(yield* Effect.result(Actor.provide(world[each.by])(call)))
  }
  const names = new Map(
    [
      [world.organization.id, "the organization"],
      [world.team.id, "the team"],
      [id, "the incident"],
      [world.admin.id, "the admin"],
      [world.agent.id, "the agent"],
      [world.user.id, "the user"]
    ].map(([key, name]) => [String(key), String(name)])
  )
  const stored = yield* Effect.forEach(
    [Incident, IncidentComment, Audit.AuditLog, Event.OutboxEvent, Timer.Timer] as ReadonlyArray<Entity.AnyEntity>,
    (entity) =>
      Effect.map(
        store.find({ organizationId: world.organization.id }, entity, {
          where: Condition.always,
          sort: [],
          limit: 1000
        }),
        ({ items }) => items.map((item) => anonymous(item, names))
      )
  )
  return {
    results: anonymous(results, names),
    stored: stored.map((items) => items.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1)))
  }
})

/** The same text for the same value, whatever the order of its keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part
  )

/** What the audit log says of a role that was saved with a new name and the same permissions. */
const renamedRole = (slug: string) =>
  Effect.gen(function* () {
    const { admin, organization } = yield* scenario(slug)
    const roles = yield* Roles
    const { store } = yield* Kernel.Kernel
    const permissions = [{ permission: "incident.read", scope: "own" as const }]
    yield* Effect.gen(function* () {
      const { id, version } = yield* roles.create({ key: "auditor", name: "Auditor", permissions })
      yield* roles.update(id, { name: "Reviewer", permissions }, { expectedVersion: version })
    }).pipe(Actor.provide(admin))
    const where = Condition.eq("action", "role.update")
    const { items } = yield* store.find({ organizationId: organization.id }, Audit.AuditLog, {
      where,
      sort: [],
      limit: 2
    })
    return items.map(({ changes }) => changes)
  })

const domains = Effect.forEach(
  [MemoryStore.layer, freshStore] as ReadonlyArray<Layer.Layer<Store.Store, unknown>>,
  (store) => Layer.build(Layer.provideMerge(Itsm.layer, store))
)

let runs = 0

layer(Layer.empty, { excludeTestServices: true })("the domain on memory and on PostgreSQL", (it) => {
  it.effect(
    "does the same, whatever the commands",
    () =>
      Effect.gen(function* () {
        const contexts = yield* domains
        const compare = (steps: ReadonlyArray<Step>) => {
          const slug = `run-${++runs}`
          return Effect.gen(function* () {
            const [memory, database] = yield* Effect.forEach(contexts, (context) =>
              play(steps, slug).pipe(Effect.provideContext(context), Effect.provide(TestClock.layer()), Effect.scoped)
            )
            assert.deepStrictEqual(database, memory)
          })
        }
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) =>
              Effect.runPromise(compare(steps))
            ),
            { numRuns: 30 }
          )
        )
      }),
    120_000
  )

  it.effect("finds a JSON value unchanged that was sent again as it is", () =>
    Effect.gen(function* () {
      for (const context of yield* domains) {
        const changes = yield* Effect.provideContext(renamedRole("again"), context)
        assert.deepStrictEqual(changes, [[{ field: "name", old: "Auditor", new: "Reviewer" }]])
      }
    })
  )
})
