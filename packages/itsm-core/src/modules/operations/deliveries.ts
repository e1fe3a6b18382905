import { Result } from "effect"
import {
  type Catalogue,
  Command,
  Delivery as Deliverable,
  Errors,
  Instant,
  Lifecycle,
  Service
} from "../../kernel/index.ts"

const { Delivery } = Deliverable
type Delivery = Deliverable.Delivery

/** What an operator may do. That a delivery is dead after its last attempt is the worker's doing, and nobody's action. */
const lifecycle = Lifecycle.define({
  states: ["waiting", "dead", "dropped"],
  initial: "waiting",
  final: ["dead", "dropped"],
  transitions: [
    { action: "retry", from: ["waiting", "dead"], to: "waiting", guard: "isNotUnderWay" },
    { action: "drop", from: ["waiting", "dead"], to: "dropped", guard: "isNotUnderWay" }
  ],
  guards: {
    isNotUnderWay: ({ leaseUntil }: Pick<Delivery, "state" | "leaseUntil">, { now }) =>
      leaseUntil === null || leaseUntil <= now || "The reaction is under way just now."
  }
})

const errors = [Errors.StateConflict, Errors.GuardFailed]

const retry = Command.action(Delivery, "retry", {
  description: "The event is delivered again at once, with all attempts before it.",
  input: Command.Nothing,
  errors,
  decide: (delivery, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, delivery, "retry", moment), (state) => ({
      change: { ...delivery, state, dueAt: moment.now, leaseUntil: null, attempts: 0 }
    }))
})

const drop = Command.action(Delivery, "drop", {
  description: "The event is not delivered to this reaction any more; what is known of it is kept for 30 days.",
  input: Command.Nothing,
  errors,
  decide: (delivery, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, delivery, "drop", moment), (state) => ({
      change: { ...delivery, state, dueAt: null, leaseUntil: null, droppedAt: moment.now }
    }))
})

/** What is on its way to reactions, and what has not arrived. */
export class Deliveries extends Service.define("Deliveries", Delivery, { retry, drop }) {}

const keptDays = 30

export const expiries: ReadonlyArray<Catalogue.Expiry> = [
  {
    entity: Delivery,
    when: (now) => ({ field: "droppedAt", op: "lt", value: Instant.plusMs(now, -keptDays * Instant.dayMs) })
  }
]
