import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Option } from "effect"
import { all, Count, invoke, opened, play, Van, VanView } from "../../testing/garage.ts"
import { Actor, Audit, Catalogue, type Errors, Kernel, Published, Reader } from "../index.ts"

describe("a command of the system", () => {
  it.effect("is refused to everybody else, whatever they hold, and the refusal is on record", () =>
    play(
      MemoryStore.layer,
      []
    )(
      Effect.gen(function* () {
        const id = yield* opened
        const admin: Actor.Actor = { ...(yield* Actor.CurrentActor), kind: "user" }
        const error = yield* Effect.flip(invoke("van.scrap", id).pipe(Actor.provide(admin)))
        assert.strictEqual(error._tag, "PermissionDenied")
        const [denial] = (yield* all(Audit.AuditLog)).filter(({ outcome }) => outcome === "deny")
        assert.deepInclude(denial, { action: "van.scrap", entityId: id })
        assert.strictEqual((yield* invoke("van.scrap", id))["remark"], "scrapped")
        assert.notInclude((yield* Kernel.Kernel).catalogue.permissions, "van.scrap")
      })
    )
  )
})

describe("another module", () => {
  it.effect("reads a record by its view, and no field beyond it", () =>
    play(
      MemoryStore.layer,
      []
    )(
      Effect.gen(function* () {
        const id = yield* opened
        const face = yield* Reader.make(yield* Kernel.Kernel, yield* Actor.CurrentActor).published(VanView, id)
        assert.deepStrictEqual(Option.getOrThrow(face), {
          id: id as never,
          name: "Red",
          rating: null,
          remark: null,
          bookings: 0
        })
      })
    )
  )

  it.effect("calls a command by its name, through the shell", () =>
    play(
      MemoryStore.layer,
      []
    )(
      Effect.gen(function* () {
        const id = yield* opened
        const nobody: Actor.Actor = { ...(yield* Actor.CurrentActor), kind: "user", grants: [] }
        const denied = yield* Effect.flip(invoke("van.book", id, { by: "x" }).pipe(Actor.provide(nobody)))
        assert.strictEqual(denied._tag, "PermissionDenied")
        const invalid = yield* Effect.flip(invoke("van.book", id, { by: 1 }))
        assert.strictEqual(invalid._tag, "ValidationFailed")
        const unknown = yield* Effect.flip(invoke("van.fly", id))
        assert.deepInclude(unknown as Errors.UnknownOperation, { _tag: "UnknownOperation", name: "van.fly" })
      })
    )
  )

  it("is refused a view that the entity does not bear out", () => {
    const make = (view: Published.AnyView) => () =>
      Catalogue.make([{ name: "vans", published: { view }, services: [], entities: [Van] }], [])
    assert.throws(make(Published.view("Van", { wheels: Count })), /"wheels", which is no field/)
    assert.throws(make(Published.view("Van", { rating: Count })), /"rating" as something else/)
    assert.throws(make(Published.view("Lorry", {})), /"Lorry" shows an entity that there is not/)
    assert.doesNotThrow(make(VanView))
  })
})
