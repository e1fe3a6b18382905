import { Effect, Layer, Option, Result, Schema } from "effect"
import {
  Actor,
  Audit,
  Catalogue,
  Command,
  Condition,
  Delivery,
  Depth,
  Entity,
  Event,
  Idempotency,
  Job,
  Kernel,
  Published,
  Shell,
  type Store,
  Text,
  Timer
} from "../kernel/index.ts"
import { Organization } from "../modules/identity/records/organization.ts"
import * as Factory from "./factories.ts"

/** A kind of record that is there to be moved: what reactions and timers do to it is counted. */
export const Parcel = Entity.define("Parcel", {
  plural: "parcels",
  fields: {
    moves: Entity.managed(Text.Whole(0, 1_000_000), 0),
    /** The last move that was followed, and how many were followed out of their order. */
    followed: Entity.managed(Text.Whole(0, 1_000_000), 0),
    strays: Entity.managed(Text.Whole(0, 1_000_000), 0)
  }
})
export type Parcel = Entity.RecordOf<typeof Parcel>

const ParcelView = Published.view("Parcel", {})
export const ParcelMoved = Event.define(ParcelView, "moved", { moves: Schema.Int })
export const ParcelWeighed = Event.define(ParcelView, "weighed")

export const moveTimer = "parcel.move"

const create = Command.create(Parcel, {
  description: "There is a parcel.",
  input: Command.Nothing,
  decide: () => Result.succeed({ create: {} })
})

export const move = Command.action(Parcel, "move", {
  description: "The parcel has been moved once more.",
  input: Command.Nothing,
  decide: (parcel) => {
    const moves = parcel.moves + 1
    return Result.succeed({ change: { ...parcel, moves }, events: [ParcelMoved.make(parcel, { moves })] })
  }
})

export const weigh = Command.action(Parcel, "weigh", {
  description: "The parcel has been weighed, which leaves it as it is.",
  input: Command.Nothing,
  decide: (parcel) => Result.succeed({ change: parcel, events: [ParcelWeighed.make(parcel)] })
})

export const follow = Command.action(Parcel, "follow", {
  description: "A move of the parcel has been followed.",
  input: Schema.Struct({ moves: Schema.Int }).annotate({ identifier: "FollowParcel" }),
  decide: (parcel, { moves }) => {
    const strays = parcel.strays + (moves === parcel.followed + 1 ? 0 : 1)
    return Result.succeed({ change: { ...parcel, followed: moves, strays } })
  }
})

/** Moves the parcel, and will again. */
export const moveOn = Command.action(Parcel, "moveOn", {
  description: "The parcel has been moved, and will be again at once.",
  input: Command.Nothing,
  decide: (parcel, _, { now }) =>
    Result.succeed({
      change: { ...parcel, moves: parcel.moves + 1 },
      timers: [{ kind: moveTimer, ref: parcel.id, at: now }]
    })
})

export type Answering = Pick<Catalogue.Module, "after" | "timers" | "jobs">

const shared = [
  Event.OutboxEvent,
  Delivery.Delivery,
  Timer.Timer,
  Job.Job,
  Idempotency.IdempotencyRecord,
  Audit.AuditLog,
  Parcel
]

/** A kernel that knows parcels, and answers to what happens to them. */
export const parcelKernel = (answering: Answering) =>
  Kernel.Kernel.layer(
    Catalogue.make(
      [
        {
          name: "parcels",
          services: [],
          published: { ParcelMoved, ParcelWeighed, ...Depth },
          ...answering
        }
      ],
      shared
    )
  )

/** An organization with a depot of parcels: how to move them, and what has become of them. */
export const depot = Effect.gen(function* () {
  const kernel = yield* Kernel.Kernel
  const organization = Factory.organization()
  const reach = { organizationId: organization.id }
  yield* kernel.store.commit(reach, [{ kind: "insert", entity: Organization, record: organization }])
  const run = (command: Command.AnyCommand, id?: string) =>
    Shell.execute(command, { ...(id === undefined ? {} : { id }), input: Effect.succeed({}) }).pipe(
      Effect.map((outcome) => (outcome as Shell.Outcome).record as Parcel),
      Actor.provide(Actor.system(organization.id)),
      Effect.orDie
    )
  const all = <E extends Entity.AnyEntity>(entity: E, where: Condition.Condition = Condition.always) =>
    Effect.map(
      kernel.store.find(reach, entity, { where, sort: [{ field: "createdAt", direction: "asc" }], limit: 2000 }),
      ({ items }) => items
    )
  return {
    organizationId: organization.id,
    run,
    create: Effect.map(run(create), ({ id }) => id),
    move: (id: string) => run(move, id),
    weigh: (id: string) => run(weigh, id),
    moves: (id: string) => Effect.map(kernel.store.get(reach, Parcel, id), (found) => Option.getOrThrow(found).moves),
    setTimer: (ref: string, dueAt: Timer.Timer["dueAt"]) =>
      kernel.store.commit(reach, [
        {
          kind: "insert",
          entity: Timer.Timer,
          record: Factory.timer(organization.id, { kind: moveTimer, key: Timer.timerKey(moveTimer, ref), ref, dueAt })
        }
      ]),
    deliveries: all(Delivery.Delivery),
    events: all(Event.OutboxEvent),
    timers: all(Timer.Timer),
    jobs: all(Job.Job),
    audit: all(Audit.AuditLog)
  }
})

export const inMemory = <A, E>(
  store: Layer.Layer<Store.Store>,
  answering: Answering,
  test: Effect.Effect<A, E, Kernel.Kernel>
) => Effect.provide(test, parcelKernel(answering).pipe(Layer.provide(store)))
