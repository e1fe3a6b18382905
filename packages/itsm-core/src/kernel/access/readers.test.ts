import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { furnished, type Furnished, somebody } from "../../testing/furnished.ts"
import * as Maintenance from "../../testing/maintenance.ts"
import * as Actor from "./actor.ts"
import { Kernel } from "../running/kernel.ts"
import { explain, subjectOf } from "./explain.ts"
import { readingMask, shown } from "./mask.ts"
import { can, mayEver, mayRead, visible } from "./policy.ts"
import { count, seen } from "./visible.ts"

const { Step, Steps, Window, Windows } = Maintenance
const reading = "maintenance_window.read"
const play = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, Maintenance.layer.pipe(Layer.provideMerge(MemoryStore.layer)))
/** The windows that name the third person as a reader, and whoever that is. */
const invited = (world: Furnished) => {
  const id = world.users[2]!.id
  const windows = world.windows.filter(
    ({ participantIds, deletedAt }) => participantIds.includes(id) && deletedAt === null
  )
  return {
    id,
    windows,
    window: windows[0]!,
    other: world.windows.find(({ participantIds }) => !participantIds.includes(id))!
  }
}
const idsOf = (records: ReadonlyArray<{ readonly id: string }>) => records.map(({ id }) => id).toSorted()
const isThere = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.isSuccess(effect)

describe("whom a record names among its readers", () => {
  it.effect("reads it without any grant: by id, in lists, counts and references", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const kernel = yield* Kernel
        const { id, windows, window, other } = invited(world)
        const reader = somebody(world, id, [])
        const service = yield* Windows
        assert.isAbove(windows.length, 1)
        assert.isTrue(mayRead(reader, Window))
        assert.isFalse(mayEver(reader, reading))
        assert.deepStrictEqual(yield* service.get(window.id).pipe(Actor.provide(reader)), window)
        assert.isFalse(yield* isThere(service.get(other.id).pipe(Actor.provide(reader))))
        const listed = yield* service.list({ limit: 100 }).pipe(Actor.provide(reader))
        assert.deepStrictEqual(idsOf(listed.items), idsOf(windows))
        assert.strictEqual(yield* count(kernel, reader, Window, {}, 100), windows.length)
        const where = visible(reader, Window)
        assert.deepStrictEqual(
          yield* kernel.store.exists({ organizationId: world.organizationId }, [
            { entity: Window, id: window.id, where },
            { entity: Window, id: other.id, where }
          ]),
          [true, false]
        )
      })
    )
  )

  it.effect("may do nothing more with it", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { id, window } = invited(world)
        const service = yield* Windows
        for (const grants of [[], [{ permission: "maintenance_window.update", scope: "own" as const }]]) {
          const reader = somebody(world, id, grants)
          for (const call of [service.update(window.id, { title: "x" }), service.delete(window.id)])
            assert.strictEqual((yield* Effect.flip(call).pipe(Actor.provide(reader)))._tag, "PermissionDenied")
        }
      })
    )
  )

  it.effect("sees of its parts what their grants allow, and no more", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { id, windows, window } = invited(world)
        const steps = yield* Steps
        const of = (grants: Parameters<typeof somebody>[2]) =>
          Effect.map(steps.list({ limit: 100 }).pipe(Actor.provide(somebody(world, id, grants))), ({ items }) => items)
        const parts = world.steps.filter(
          (step) => step.deletedAt === null && windows.some((each) => each.id === step.windowId)
        )
        assert.deepStrictEqual(yield* of([]), [])
        assert.deepStrictEqual(yield* of([{ permission: "maintenance_step.read", scope: "department" }]), [])
        const all = yield* of([{ permission: "maintenance_step.read", scope: "organization" }])
        assert.deepStrictEqual(idsOf(all), idsOf(parts))
        assert.isTrue(parts.some(({ windowId }) => windowId === window.id))
        assert.deepStrictEqual(Step.readers, [])
      })
    )
  )

  it.effect(
    "does not read it where that is denied, beyond the scopes of an API key, or from another organization",
    () =>
      play(
        Effect.gen(function* () {
          const world = yield* furnished
          const other = yield* furnished
          const kernel = yield* Kernel
          const { id, window } = invited(world)
          const denial = { permission: reading, effect: "deny" as const, scope: "organization" as const }
          const denied = somebody(world, id, [denial])
          assert.isFalse(mayRead(denied, Window))
          const barred = [
            denied,
            somebody(world, id, [{ ...denial, scope: "team" }], { teamIds: [window.teamId!] }),
            somebody(world, id, [], { limitedTo: ["maintenance_step.read"] }),
            somebody(world, null, []),
            somebody(other, id, [])
          ]
          assert.isNotNull(window.teamId)
          for (const actor of barred) assert.isFalse(yield* isThere(seen(kernel, actor, Window, window.id)))
          assert.isTrue(
            yield* isThere(seen(kernel, somebody(world, id, [], { limitedTo: [reading] }), Window, window.id))
          )
        })
      )
  )

  it.effect("reads the fields that their grants open wherever they reach, and all of them without a grant", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const { id, window } = invited(world)
        const names = (grants: Parameters<typeof somebody>[2]) =>
          ["title", "ownerId", "teamId"].filter((name) => name in shown(somebody(world, id, grants), Window, window))
        assert.deepStrictEqual(names([]), ["title", "ownerId", "teamId"])
        assert.deepStrictEqual(names([{ permission: reading, scope: "team", fields: ["title"] }]), ["title"])
        const denial = {
          permission: reading,
          effect: "deny" as const,
          scope: "organization" as const,
          fields: ["teamId"]
        }
        assert.deepStrictEqual(names([denial]), ["title", "ownerId"])
        assert.isFalse(readingMask(somebody(world, id, [denial]), Window)!.everywhere.has("teamId"))
        assert.isTrue(readingMask(somebody(world, id, [denial]), Window)!.everywhere.has("title"))
      })
    )
  )

  it.effect("is told so by the explanation", () =>
    play(
      Effect.gen(function* () {
        const world = yield* furnished
        const kernel = yield* Kernel
        const { id, window, other } = invited(world)
        const reader = somebody(world, id, [])
        const subject = subjectOf(kernel.catalogue, Window.resource, "read")!
        const of = (record: Maintenance.Window) =>
          explain(reader, subject, { record, whole: undefined, isVisible: true }, "")
        assert.deepInclude(of(window), {
          allow: true,
          reason: "Allowed to the readers that a record names.",
          matchedGrant: null,
          scope: null
        })
        assert.isFalse(of(other).allow)
        assert.isTrue(can(reader, Window, reading).allow)
        assert.isFalse(can(reader, Window, "maintenance_window.update", window).allow)
      })
    )
  )
})
