import { Effect, Layer, Option, Result, Schema } from "effect"
import {
  Actor,
  Audit,
  Catalogue,
  Command,
  Condition,
  Entity,
  Event,
  Invoke,
  Kernel,
  Published,
  type Reaction,
  Store,
  Text,
  Timer
} from "../kernel/index.ts"
import { Organization } from "../modules/identity/records/organization.ts"
import * as Factory from "./factories.ts"

export const Count = Text.Whole(0, 1000)

/** A van that is booked; others count its bookings, rate it and watch its mileage. */
export const Van = Entity.define("Van", {
  plural: "vans",
  fields: {
    name: Text.Text(1, 100),
    state: Entity.managed(Schema.Literals(["free", "booked"]), "free"),
    rating: Entity.managed(Schema.NullOr(Count)),
    remark: Entity.managed(Schema.NullOr(Schema.String)),
    bookings: Entity.managed(Count, 0)
  }
})

/** Where vans stand; what happens to vans is counted here. */
export const Garage = Entity.define("Garage", {
  plural: "garages",
  fields: {
    seats: Entity.managed(Count, 0),
    visits: Entity.managed(Count, 0),
    last: Entity.managed(Schema.NullOr(Schema.String))
  }
})
export type Garage = Entity.RecordOf<typeof Garage>

export const VanView = Published.view("Van", {
  name: Text.Text(1, 100),
  rating: Schema.NullOr(Count),
  remark: Schema.NullOr(Schema.String),
  bookings: Count
})
export const VanCreated = Event.define(VanView, "created")
export const VanBooked = Event.define(VanView, "booked", { by: Schema.String })
export const VanRated = Event.define(VanView, "rated")
export const VanCounted = Event.define(VanView, "counted", { left: Schema.Int })

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

/** The catalogue of vans and garages, with these reactions in the commit. */
const catalogueWith = (inside: ReadonlyArray<Reaction.InsideReaction>) =>
  Catalogue.make(
    [
      {
        name: "vans",
        published: { VanView, VanCreated, VanBooked, VanRated, VanCounted },
        entities: [Garage],
        services: [{ serviceName: "Vans", entity: Van, commands: { open, book, inspect, scrap } }],
        inside
      }
    ],
    [Organization, Event.OutboxEvent, Timer.Timer, Audit.AuditLog]
  )

/** Runs as the platform in a new organization, with these reactions to what happens to vans. */
export const play =
  <E0>(store: Layer.Layer<Store.Store, E0>, inside: ReadonlyArray<Reaction.InsideReaction>) =>
  <A, E>(effect: Effect.Effect<A, E, Kernel.Kernel | Store.Store | Actor.CurrentActor>) =>
    Effect.gen(function* () {
      const organization = Factory.organization()
      const { id: organizationId } = organization
      yield* Store.Store.use((each) =>
        each.commit({ organizationId }, [{ kind: "insert", entity: Organization, record: organization }])
      )
      return yield* effect.pipe(Actor.provide(Actor.system(organizationId)))
    }).pipe(Effect.provide(Kernel.Kernel.layer(catalogueWith(inside)).pipe(Layer.provideMerge(store))))

export const reach = Effect.map(Actor.CurrentActor, ({ organizationId }) => ({ organizationId }))

export const invoke = (name: string, id: string | null, input: unknown = {}) => Invoke.command(name, id, input)

/** A new van. */
export const opened = Effect.map(invoke("van.create", null, { name: "Red" }), ({ id }) => id)

/** A new garage. */
export const parked = Effect.gen(function* () {
  const at = yield* reach
  const record = Factory.recordOf(Garage, at.organizationId, {})
  yield* Store.Store.use((store) => store.commit(at, [{ kind: "insert", entity: Garage, record }]))
  return record
})

export const read = <E extends Entity.AnyEntity>(entity: E, id: string) =>
  Effect.flatMap(reach, (at) => Store.Store.use((store) => Effect.map(store.get(at, entity, id), Option.getOrThrow)))

export const all = <E extends Entity.AnyEntity>(entity: E) =>
  Effect.flatMap(reach, (at) =>
    Store.Store.use((store) =>
      Effect.map(store.find(at, entity, { where: Condition.always, sort: [], limit: 1000 }), ({ items }) => items)
    )
  )
