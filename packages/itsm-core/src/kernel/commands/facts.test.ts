import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Option, Result, Schema } from "effect"
import { Organization } from "../../modules/identity/index.ts"
import * as Factory from "../../testing/factories.ts"
import {
  Actor,
  Audit,
  Catalogue,
  Cause,
  Change,
  Command,
  Condition,
  Entity,
  type Errors,
  Event,
  type Id as IdModule,
  Invoke,
  Kernel,
  Published,
  Reaction,
  Reader,
  Store,
  Text,
  Timer
} from "../index.ts"

const Count = Text.Whole(0, 1000)

/** A van that is booked; others count its bookings, rate it and watch its mileage. */
const Van = Entity.define("Van", {
  plural: "vans",
  fields: {
    name: Text.Text(1, 100),
    state: Entity.managed(Schema.Literals(["free", "booked"]), "free"),
    rating: Entity.managed(Schema.NullOr(Count)),
    remark: Entity.managed(Schema.NullOr(Schema.String)),
    bookings: Entity.managed(Count, 0)
  }
})
const Garage = Entity.define("Garage", {
  plural: "garages",
  fields: {
    seats: Entity.managed(Count, 0),
    visits: Entity.managed(Count, 0),
    last: Entity.managed(Schema.NullOr(Schema.String))
  }
})

const VanView = Published.view("Van", {
  name: Text.Text(1, 100),
  rating: Schema.NullOr(Count),
  remark: Schema.NullOr(Schema.String),
  bookings: Count
})
const VanCreated = Event.define(VanView, "created")
const VanBooked = Event.define(VanView, "booked", { by: Schema.String })
const VanRated = Event.define(VanView, "rated")
const VanCounted = Event.define(VanView, "counted", { left: Schema.Int })
const published = { VanView, VanCreated, VanBooked, VanRated, VanCounted }

const open = Command.create(Van, {
  description: "A van is there.",
  input: Van.create,
  decide: (input, { freshId }) => Result.succeed({ create: input, events: [VanCreated.make({ id: freshId })] })
})
const book = Command.action(Van, "book", {
  description: "A van is booked.",
  input: Schema.Struct({ by: Schema.String }),
  decide: (van, { by }) =>
    Result.succeed({ change: { state: "booked" }, events: [VanBooked.make(van, { by })], reason: by })
})
const inspect = Command.action(Van, "inspect", {
  description: "A van is looked at, and nothing changes.",
  input: Command.Nothing,
  decide: (van) => Result.succeed({ change: van, events: [VanRated.make(van)] })
})
const scrap = Command.system(Van, "scrap", {
  description: "The platform scraps a van.",
  input: Command.Nothing,
  decide: () => Result.succeed({ change: { remark: "scrapped" } })
})

const play =
  (inside: ReadonlyArray<Reaction.InsideReaction>, after: ReadonlyArray<Reaction.AfterReaction<Kernel.Kernel>> = []) =>
  <A, E>(effect: Effect.Effect<A, E, Kernel.Kernel | Store.Store>) => {
    const module: Catalogue.Module = {
      name: "vans",
      published,
      entities: [Garage],
      services: [{ serviceName: "Vans", entity: Van, commands: { open, book, inspect, scrap } }],
      inside,
      after
    }
    const catalogue = Catalogue.make([module], [Organization, Event.OutboxEvent, Timer.Timer, Audit.AuditLog])
    const settled = Effect.gen(function* () {
      const store = yield* Store.Store
      const organization = Factory.organization()
      yield* store.commit({ organizationId: organization.id }, [
        { kind: "insert", entity: Organization, record: organization }
      ])
      reach = { organizationId: organization.id }
      system = Actor.system(organization.id)
      return yield* effect
    })
    return Effect.provide(settled, Kernel.Kernel.layer(catalogue).pipe(Layer.provideMerge(MemoryStore.layer)))
  }

let reach: { readonly organizationId: IdModule.Id<"Organization"> }
let system: Actor.Actor

const invoke = (name: string, id: string | null, input: unknown = {}) =>
  Effect.suspend(() => Invoke.command(name, id, input).pipe(Actor.provide(system)))
const opened = Effect.map(invoke("van.create", null, { name: "Red" }), ({ id }) => id)
const read = <E extends Entity.AnyEntity>(entity: E, id: string) =>
  Effect.flatMap(Store.Store, (store) => Effect.map(store.get(reach, entity, id), Option.getOrThrow))
const all = <E extends Entity.AnyEntity>(entity: E) =>
  Effect.flatMap(Store.Store, (store) =>
    Effect.map(store.find(reach, entity, { where: Condition.always, sort: [], limit: 1000 }), (page) => page.items)
  )
const garage = Effect.gen(function* () {
  const store = yield* Store.Store
  const record = Factory.recordOf(Garage, reach.organizationId, {})
  yield* store.commit(reach, [{ kind: "insert", entity: Garage, record }])
  return record
})

describe("an inside reaction", () => {
  it.effect("knows a new record as it will be stored, and may change it in the same commit", () => {
    const seen: Array<unknown> = []
    const rate = Reaction.inside(VanCreated, {
      name: "rating.first",
      decide: ({ before, after }) => {
        seen.push(before, after.name)
        return { change: { rating: after.name.length } }
      }
    })
    return play([rate])(
      Effect.gen(function* () {
        const van = yield* read(Van, yield* opened)
        assert.deepStrictEqual(seen, [undefined, "Red"])
        assert.deepInclude(van, { rating: 3, version: 1 })
      })
    )
  })

  it.effect("knows a changed record before and after, and joins its one update", () => {
    const seen: Array<unknown> = []
    const count = Reaction.inside(VanBooked, {
      name: "counting.bookings",
      gather: ({ data }) => Effect.succeed(data.by.length),
      decide: ({ before, after }, length) => {
        seen.push(before?.bookings, after.bookings, length)
        return { change: { bookings: after.bookings + 1 } }
      }
    })
    const remark = Reaction.inside(VanBooked, {
      name: "remarks.last",
      decide: ({ data }) => ({ change: { remark: data.by } })
    })
    return play([count, remark])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.book", id, { by: "Ada" })
        assert.deepStrictEqual(seen, [0, 0, 3])
        assert.deepInclude(yield* read(Van, id), { state: "booked", bookings: 1, remark: "Ada", version: 2 })
      })
    )
  })

  it.effect("that changes nothing leaves the record at its version", () =>
    play([Reaction.inside(VanRated, { name: "rating.none", decide: () => ({ change: { rating: null } }) })])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.inspect", id)
        assert.strictEqual((yield* read(Van, id)).version, 1)
      })
    )
  )

  it.effect("is named with the other one where the two want different values, and nothing is stored", () => {
    const reaction = (name: string, remark: string) =>
      Reaction.inside(VanBooked, { name, decide: () => ({ change: { remark } }) })
    return play([reaction("first.remark", "a"), reaction("second.remark", "b")])(
      Effect.gen(function* () {
        const id = yield* opened
        const error = yield* Effect.flip(invoke("van.book", id, { by: "Ada" }))
        assert.deepInclude(error as Errors.ChangesDisagree, {
          _tag: "ChangesDisagree",
          entity: "Van",
          field: "remark",
          between: ["first.remark", "second.remark"]
        })
        assert.include(error.message, "first.remark")
        assert.deepInclude(yield* read(Van, id), { state: "free", version: 1 })
      })
    )
  })

  it.effect("may want the value that another one wants", () => {
    const reaction = (name: string) =>
      Reaction.inside(VanBooked, { name, decide: () => ({ change: { remark: "same" } }) })
    return play([reaction("first.remark"), reaction("second.remark")])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.book", id, { by: "Ada" })
        assert.strictEqual((yield* read(Van, id)).remark, "same")
      })
    )
  })

  it.effect("meets another one at a third record: both patches are in its one update", () =>
    Effect.gen(function* () {
      let place: Entity.RecordOf<typeof Garage> | undefined
      const patch = (name: string, fields: (g: Entity.RecordOf<typeof Garage>) => object) =>
        Reaction.inside(VanBooked, {
          name,
          decide: () => ({ also: [Change.update(Garage, place!, fields(place!))] })
        })
      const reactions = [
        patch("garage.seats", (g) => ({ ...g, seats: 7 })),
        patch("garage.last", () => ({ last: "red" }))
      ]
      yield* play(reactions)(
        Effect.gen(function* () {
          place = yield* garage
          yield* invoke("van.book", yield* opened, { by: "Ada" })
          assert.deepInclude(yield* read(Garage, place.id), { seats: 7, last: "red", version: 2 })
        })
      )
    })
  )

  it.effect("counts what others count too, and refuses the whole command where the condition fails", () =>
    Effect.gen(function* () {
      let place: Entity.RecordOf<typeof Garage> | undefined
      const seat = Reaction.inside(VanBooked, {
        name: "garage.seat",
        decide: () => ({
          also: [
            Change.add(
              Garage,
              place!.id,
              "seats",
              1,
              { field: "seats", op: "lt", value: 2 },
              { guard: "seatLeft", reason: "All seats are taken." }
            )
          ]
        })
      })
      const visit = Reaction.inside(VanBooked, {
        name: "garage.visit",
        decide: () => ({ also: [Change.add(Garage, place!.id, "visits", 1)] })
      })
      yield* play([seat, visit])(
        Effect.gen(function* () {
          place = yield* garage
          const vans = yield* Effect.all(Array.from({ length: 40 }, () => opened))
          const booked = yield* Effect.all(
            vans.map((id) => Effect.result(invoke("van.book", id, { by: "Ada" }))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(booked.filter(Result.isSuccess).length, 2)
          for (const { failure } of booked.filter(Result.isFailure))
            assert.deepInclude(failure as Errors.GuardFailed, { _tag: "GuardFailed", guard: "seatLeft" })
          assert.deepInclude(yield* read(Garage, place.id), { seats: 2, visits: 2 })
          const states = (yield* all(Van)).filter(({ state }) => state === "booked")
          assert.strictEqual(states.length, 2)
        })
      )
    })
  )

  it.effect("counts a record that is changed as well by its version", () =>
    Effect.gen(function* () {
      let place: Entity.RecordOf<typeof Garage> | undefined
      const both = Reaction.inside(VanBooked, {
        name: "garage.both",
        decide: () => ({
          also: [
            Change.update(Garage, place!, { last: "red" }),
            Change.add(Garage, place!.id, "visits", 2),
            Change.add(Garage, place!.id, "visits", 3)
          ]
        })
      })
      yield* play([both])(
        Effect.gen(function* () {
          place = yield* garage
          yield* invoke("van.book", yield* opened, { by: "Ada" })
          assert.deepInclude(yield* read(Garage, place.id), { last: "red", visits: 5, version: 2 })
        })
      )
    })
  )

  it.effect("is refused a count whose condition fails for a record that is changed as well", () =>
    Effect.gen(function* () {
      let place: Entity.RecordOf<typeof Garage> | undefined
      const none: Condition.Condition = { field: "visits", op: "gt", value: 0 }
      const both = Reaction.inside(VanBooked, {
        name: "garage.both",
        decide: () => ({
          also: [
            Change.update(Garage, place!, { last: "red" }),
            Change.add(Garage, place!.id, "visits", -1, none, { guard: "visitLeft", reason: "Nobody has come." })
          ]
        })
      })
      yield* play([both])(
        Effect.gen(function* () {
          place = yield* garage
          const error = yield* Effect.flip(invoke("van.book", yield* opened, { by: "Ada" }))
          assert.deepInclude(error as Errors.GuardFailed, { _tag: "GuardFailed", guard: "visitLeft" })
          assert.deepInclude(yield* read(Garage, place.id), { last: null, visits: 0, version: 1 })
        })
      )
    })
  )

  it.effect("reads again where another one has seen a later version of the same record", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      let place: Entity.RecordOf<typeof Garage> | undefined
      const late = Reaction.inside(VanBooked, {
        name: "garage.late",
        // the first time it has the garage as it was before somebody else came
        gather: (_, from) =>
          seen.length > 0 ? Effect.map(from.get(Garage, place!.id), Option.getOrThrow) : Effect.succeed(place!),
        decide: (_, found) => {
          seen.push(found.version)
          return { also: [Change.update(Garage, found, { seats: found.seats + 1 })] }
        }
      })
      const current = Reaction.inside(VanBooked, {
        name: "garage.current",
        gather: (_, from) => Effect.map(from.get(Garage, place!.id), Option.getOrThrow),
        decide: (_, found) => ({ also: [Change.update(Garage, found, { last: "red" })] })
      })
      yield* play([late, current])(
        Effect.gen(function* () {
          place = yield* garage
          const store = yield* Store.Store
          const id = yield* opened
          const record = { ...place, version: 2, seats: 5 }
          yield* store.commit(reach, [{ kind: "update", entity: Garage, record, expectedVersion: 1 }])
          yield* invoke("van.book", id, { by: "Ada" })
          assert.deepStrictEqual(seen, [1, 2])
          assert.deepInclude(yield* read(Garage, place.id), { seats: 6, last: "red", version: 3 })
        })
      )
    })
  )

  it.effect("raises events, which are reacted to in turn and know what led to them", () => {
    const rate = Reaction.inside(VanBooked, {
      name: "rating.raise",
      decide: (facts) => ({ change: { rating: 1 }, events: [VanRated.make(facts.after)] })
    })
    const seen: Array<unknown> = []
    const follow = Reaction.inside(VanRated, {
      name: "rating.follow",
      decide: ({ after }) => {
        seen.push(after.rating)
        return { timers: [{ kind: "van.check", ref: after.id, at: "2027-01-01T00:00:00.000Z" as never }] }
      }
    })
    return play([rate, follow])(
      Effect.gen(function* () {
        const id = yield* opened
        yield* invoke("van.book", id, { by: "Ada" })
        const events = (yield* all(Event.OutboxEvent)).filter(({ type }) => type !== "van.created.v1")
        const [booked, rated] = events.toSorted((a, b) => a.depth - b.depth)
        assert.deepInclude(booked, { type: "van.booked.v1", depth: 0, causationId: null })
        assert.deepInclude(rated, { type: "van.rated.v1", depth: 1, causationId: booked!.id })
        assert.strictEqual(rated!.correlationId, booked!.correlationId)
        assert.deepStrictEqual(seen, [1])
        assert.strictEqual((yield* all(Timer.Timer)).length, 1)
      })
    )
  })

  it.effect("that would go on for ever ends at depth 10, and nothing of it is stored", () => {
    let rounds = 0
    const forever = Reaction.inside(VanRated, {
      name: "rating.forever",
      decide: ({ after }) => {
        rounds++
        return { events: [VanRated.make(after)] }
      }
    })
    return play([forever])(
      Effect.gen(function* () {
        const id = yield* opened
        const before = (yield* all(Event.OutboxEvent)).length
        const error = yield* Effect.flip(invoke("van.inspect", id))
        assert.deepInclude(error as Errors.DepthExceeded, { _tag: "DepthExceeded", event: "van.rated.v1", depth: 11 })
        assert.include(error.message, "automation.depth_exceeded")
        assert.strictEqual(rounds, 11)
        assert.strictEqual((yield* all(Event.OutboxEvent)).length, before)
      })
    )
  })

  it.effect("goes on from the depth of what its command answers", () =>
    play([])(
      Effect.gen(function* () {
        const id = yield* opened
        const cause = { causationId: id, correlationId: "chain", depth: 10, onBehalfOfId: null }
        yield* invoke("van.inspect", id).pipe(Effect.provideService(Cause.CurrentCause, cause))
        const told = (yield* all(Event.OutboxEvent)).find(({ type }) => type === "van.rated.v1")
        assert.deepInclude(told, { depth: 10, causationId: id, correlationId: "chain" })
        const deeper = { ...cause, depth: 11 }
        const error = yield* Effect.flip(
          invoke("van.inspect", id).pipe(Effect.provideService(Cause.CurrentCause, deeper))
        )
        assert.strictEqual(error._tag, "DepthExceeded")
      })
    )
  )

  it.effect("gathers side by side with the others of its round", () => {
    let waiting = 0
    let most = 0
    const slow = (name: string) =>
      Reaction.inside(VanBooked, {
        name,
        gather: () =>
          Effect.gen(function* () {
            most = Math.max(most, ++waiting)
            yield* Effect.yieldNow
            waiting--
          }),
        decide: () => ({})
      })
    return play(["one.slow", "two.slow", "three.slow"].map(slow))(
      Effect.gen(function* () {
        yield* invoke("van.book", yield* opened, { by: "Ada" })
        assert.strictEqual(most, 3)
      })
    )
  })
})

describe("an event", () => {
  it.effect("about another record than the command's stands under that record, with its version", () =>
    Effect.gen(function* () {
      let other: Entity.RecordOf<typeof Van> | undefined
      const spread = Reaction.inside(VanBooked, {
        name: "spreading.count",
        decide: ({ data }) =>
          data.by === "Ada" && other !== undefined
            ? {
                also: [Change.update(Van, other, { bookings: 9 })],
                events: [VanCounted.make(other, { left: 1 })]
              }
            : {}
      })
      yield* play([spread])(
        Effect.gen(function* () {
          const id = yield* opened
          other = yield* read(Van, yield* opened)
          yield* invoke("van.book", id, { by: "Ada" })
          const told = (yield* all(Event.OutboxEvent)).find(({ type }) => type === "van.counted.v1")
          assert.deepInclude(told, { aggregateId: other.id, aggregateVersion: 2, aggregateType: "van" })
        })
      )
    })
  )

  it.effect("that no module publishes is a defect, and nothing is stored", () =>
    Effect.gen(function* () {
      const Unknown = Event.define(VanView, "unknown")
      const stray = Reaction.inside(VanBooked, {
        name: "stray.raise",
        decide: ({ after }) => ({ events: [Unknown.make(after)] })
      })
      yield* play([stray])(
        Effect.gen(function* () {
          const id = yield* opened
          const exit = yield* Effect.exit(invoke("van.book", id, { by: "Ada" }))
          assert.include(String(exit), "van.unknown.v1")
          assert.strictEqual((yield* read(Van, id)).version, 1)
        })
      )
    })
  )
})

describe("an audit entry", () => {
  it.effect("names every record that its command changed, with what changed in each", () =>
    Effect.gen(function* () {
      let place: Entity.RecordOf<typeof Garage> | undefined
      const touch = Reaction.inside(VanBooked, {
        name: "garage.touch",
        decide: () => ({ also: [Change.update(Garage, place!, { last: "red" })] })
      })
      yield* play([touch])(
        Effect.gen(function* () {
          place = yield* garage
          const id = yield* opened
          yield* invoke("van.book", id, { by: "Ada" })
          const entry = (yield* all(Audit.AuditLog)).find(({ action }) => action === "van.book")!
          assert.deepInclude(entry, { entityId: id, reason: "Ada" })
          assert.deepStrictEqual(entry.subjects, [id, place.id])
          assert.deepStrictEqual(entry.changes, [
            { field: "state", old: "free", new: "booked" },
            { entityType: "garage", entityId: place.id, field: "last", old: null, new: "red" }
          ])
        })
      )
    })
  )

  it.effect("says for whom the platform acted, and what it answered", () =>
    play([])(
      Effect.gen(function* () {
        const id = yield* opened
        const onBehalfOfId = id as string as IdModule.Id<"User">
        const cause = { causationId: id, correlationId: null, depth: 1, onBehalfOfId }
        yield* invoke("van.inspect", id).pipe(Effect.provideService(Cause.CurrentCause, cause))
        const entry = (yield* all(Audit.AuditLog)).find(({ action }) => action === "van.inspect")
        assert.deepInclude(entry, { causationId: id, onBehalfOfId })
        const told = (yield* all(Event.OutboxEvent)).find(({ type }) => type === "van.rated.v1")
        assert.deepInclude(told, { onBehalfOfId })
      })
    )
  )
})

describe("a command of the system", () => {
  it.effect("is refused to everybody else, whatever they hold, and the refusal is on record", () =>
    play([])(
      Effect.gen(function* () {
        const id = yield* opened
        const admin: Actor.Actor = { ...system, kind: "user" }
        const error = yield* Effect.flip(Invoke.command("van.scrap", id).pipe(Actor.provide(admin)))
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
    play([])(
      Effect.gen(function* () {
        const id = yield* opened
        const face = yield* Reader.make(yield* Kernel.Kernel, system).published(VanView, id)
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
    play([])(
      Effect.gen(function* () {
        const id = yield* opened
        const nobody: Actor.Actor = { ...system, kind: "user", grants: [] }
        const denied = yield* Effect.flip(Invoke.command("van.book", id, { by: "x" }).pipe(Actor.provide(nobody)))
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
