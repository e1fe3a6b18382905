import { Entity, Id, Instant, Lifecycle, Text } from "@itsm/core/kernel"
import { Schema } from "effect"

/** A device is lent until somebody gives it back, in time or not. */
export const lifecycle = Lifecycle.define({
  states: ["lent", "overdue", "returned"],
  initial: "lent",
  final: ["returned"],
  transitions: [
    { action: "extend", from: ["lent", "overdue"], to: "lent" },
    { action: "recall", from: ["lent", "overdue"], to: "same" },
    { action: "expire", from: ["lent"], to: "overdue" },
    { action: "give_back", from: ["lent", "overdue"], to: "returned" }
  ]
})

/** A device that someone works with while their own is out of order. */
export const Loan = Entity.define("Loan", {
  plural: "loans",
  fields: {
    device: Entity.immutable(Text.Text(1, 120)),
    borrowerId: Entity.immutable(Id.Id("User")),
    /** What is the matter with their own one. */
    incidentId: Entity.immutable(Schema.NullOr(Id.Id("Incident"))),
    dueAt: Entity.immutable(Instant.Instant),
    state: Entity.managed(Schema.Literals(lifecycle.states), "lent"),
    /** The device, as long as it is out: nobody else can have it then. */
    deviceOut: Entity.managed(Schema.NullOr(Text.Text(1, 120))),
    returnedAt: Entity.managed(Schema.NullOr(Instant.Instant))
  },
  unique: [["deviceOut"]],
  indexes: [["incidentId"]],
  search: ["device"],
  relations: { own: ["borrowerId"] },
  lifecycle
})
export type Loan = Entity.RecordOf<typeof Loan>
