import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Option } from "effect"
import { Organization } from "../../modules/identity/records/organization.ts"
import * as Factory from "../../testing/factories.ts"
import {
  Actor,
  Audit,
  Catalogue,
  Entity,
  Errors,
  Event,
  Kernel,
  Published,
  Reader,
  Service,
  Store,
  Text,
  Versioned
} from "../index.ts"

const Policy = Versioned.define("Policy", {
  plural: "policies",
  fields: { name: Text.Text(1, 100), hours: Entity.open(Text.Whole(0, 1000), 8) }
})

const PolicyEvents = Versioned.events(Published.view("Policy", {}))

class Policies extends Service.define(
  "Policies",
  Policy,
  Versioned.commands(Policy, {
    one: "a policy",
    events: PolicyEvents,
    errors: [Errors.GuardFailed],
    checkPublication: ({ hours }) =>
      hours === 0
        ? Effect.fail(new Errors.GuardFailed({ guard: "hasHours", reason: "A policy promises some hours." }))
        : Effect.void
  })
) {}

const catalogue = Catalogue.make(
  [{ name: "toys", services: [Policies], entities: [Organization, Audit.AuditLog], published: { PolicyEvents } }],
  [Event.OutboxEvent]
)
const world = Policies.layer.pipe(
  Layer.provideMerge(Kernel.Kernel.layer(catalogue)),
  Layer.provideMerge(MemoryStore.layer)
)
const play = <A, E>(
  run: (policies: Policies["Service"], read: Reader.Reader) => Effect.Effect<A, E, Actor.CurrentActor | Kernel.Kernel>
) =>
  Effect.gen(function* () {
    const organization = Factory.organization()
    const { id: organizationId } = organization
    yield* Store.Store.use((store) =>
      store.commit({ organizationId }, [{ kind: "insert", entity: Organization, record: organization }])
    )
    const actor = Actor.system(organizationId)
    const read = Reader.make(yield* Kernel.Kernel, actor)
    return yield* run(yield* Policies, read).pipe(Actor.provide(actor))
  }).pipe(Effect.provide(world))

describe("versioned configuration", () => {
  it.effect("changes as a draft, and never once it is published", () =>
    play((policies) =>
      Effect.gen(function* () {
        const { id, state, revision } = yield* policies.create({ key: "gold", name: "Gold" })
        assert.deepStrictEqual([state, revision], ["draft", 1])
        assert.strictEqual((yield* policies.update(id, { hours: 4 })).hours, 4)
        const published = yield* policies.publish(id)
        assert.strictEqual(published.state, "published")
        assert.isNotNull(published.publishedAt)
        for (const change of [policies.update(id, { hours: 1 }), policies.publish(id)])
          assert.deepInclude(yield* Effect.flip(change), {
            _tag: "StateConflict",
            currentState: "published",
            allowedActions: ["retire", "new_draft"]
          })
        const retired = yield* policies.retire(id)
        assert.deepInclude(retired, { state: "retired", hours: 4, publishedAt: published.publishedAt })
        assert.strictEqual((yield* Effect.flip(policies.update(id, { hours: 1 })))._tag, "StateConflict")
        assert.strictEqual((yield* Effect.flip(policies.retire(id)))._tag, "StateConflict")
      })
    )
  )

  it.effect("is drafted again from what was published, under the same key and the next number", () =>
    play((policies) =>
      Effect.gen(function* () {
        const first = yield* policies.create({ key: "gold", name: "Gold", hours: 4 })
        yield* policies.publish(first.id)
        const second = yield* policies.newDraft(first.id)
        assert.deepInclude(second, {
          key: "gold",
          name: "Gold",
          hours: 4,
          revision: 2,
          state: "draft",
          publishedAt: null
        })
        assert.strictEqual((yield* Effect.flip(policies.newDraft(first.id)))._tag, "Duplicate")
        yield* policies.update(second.id, { hours: 2 })
        yield* policies.publish(second.id)
        assert.strictEqual((yield* policies.get(first.id)).hours, 4)
        yield* policies.retire(first.id)
        assert.strictEqual((yield* policies.newDraft(first.id)).revision, 3)
        assert.strictEqual((yield* Effect.flip(policies.create({ key: "gold", name: "Another" })))._tag, "Duplicate")
      })
    )
  )

  it.effect("stays a draft where it is not complete, and has no next one until it is published", () =>
    play((policies) =>
      Effect.gen(function* () {
        const { id } = yield* policies.create({ key: "gold", name: "Gold", hours: 0 })
        assert.deepInclude(yield* Effect.flip(policies.publish(id)), { _tag: "GuardFailed", guard: "hasHours" })
        assert.strictEqual((yield* policies.get(id)).state, "draft")
        assert.strictEqual((yield* Effect.flip(policies.newDraft(id)))._tag, "Duplicate")
      })
    )
  )

  it.effect("is read as it was pinned, and by its key as it is in force", () =>
    play((policies, read) =>
      Effect.gen(function* () {
        const first = yield* policies.create({ key: "gold", name: "Gold" })
        assert.isTrue(Option.isNone(yield* Versioned.pinned(read, Policy, first.id)))
        assert.deepStrictEqual(yield* Versioned.published(read, Policy, "gold"), [])
        yield* policies.publish(first.id)
        const second = yield* policies.newDraft(first.id)
        yield* policies.publish(second.id)
        const inForce = () =>
          Effect.map(Versioned.published(read, Policy, "gold"), (all) => all.map(({ revision }) => revision))
        assert.deepStrictEqual(yield* inForce(), [2, 1])
        yield* policies.retire(first.id)
        assert.deepStrictEqual(yield* inForce(), [2])
        assert.strictEqual(Option.getOrThrow(yield* Versioned.pinned(read, Policy, first.id)).revision, 1)
      })
    )
  )

  it("has a permission for each of its operations", () => {
    assert.deepStrictEqual(
      catalogue.permissions.filter((name) => name.startsWith("policy.")),
      ["create", "new_draft", "publish", "read", "retire", "update"].map((name) => `policy.${name}`)
    )
  })
})
