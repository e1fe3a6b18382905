import { Layer, Result, Schema } from "effect"
import {
  Catalogue,
  Command,
  Crud,
  Entity,
  Event,
  Id,
  Idempotency,
  Kernel,
  Lifecycle,
  Published,
  Service,
  Text,
  Timer
} from "../kernel/index.ts"
import { audit } from "../modules/audit/index.ts"
import { Department } from "../modules/identity/records/department.ts"
import { Organization } from "../modules/identity/records/organization.ts"
import { Team } from "../modules/identity/records/team.ts"
import { User } from "../modules/identity/records/user.ts"

const titled = { title: Text.Text(1, 200) }

/** A window for maintenance: whoever takes part in it reads it. */
export const Window = Entity.define("MaintenanceWindow", {
  plural: "maintenanceWindows",
  fields: {
    ...titled,
    ownerId: Schema.NullOr(Id.Id("User")),
    teamId: Schema.NullOr(Id.Id("Team")),
    departmentId: Schema.NullOr(Id.Id("Department")),
    participantIds: Id.Ids("User", 100)
  },
  indexes: [["ownerId"], ["teamId"], ["departmentId"]],
  relations: { own: ["ownerId"], team: "teamId", department: "departmentId" },
  readers: ["participantIds"]
})
export type Window = Entity.RecordOf<typeof Window>

const lifecycle = Lifecycle.define({
  states: ["planned", "done"],
  initial: "planned",
  final: ["done"],
  transitions: [{ action: "finish", from: ["planned"], to: "done" }]
})

/** A step in a window: a part that says nothing itself of whose it is. */
export const Step = Entity.define("MaintenanceStep", {
  plural: "maintenanceSteps",
  fields: {
    ...titled,
    windowId: Entity.immutable(Id.Id("MaintenanceWindow")),
    state: Entity.managed(Schema.Literals(lifecycle.states), "planned")
  },
  parent: { entity: Window, field: "windowId" },
  lifecycle
})
export type Step = Entity.RecordOf<typeof Step>

/** A note on a step: a part of a part, and its author's own. */
export const Note = Entity.define("MaintenanceNote", {
  plural: "maintenanceNotes",
  fields: {
    ...titled,
    stepId: Entity.immutable(Id.Id("MaintenanceStep")),
    authorId: Schema.NullOr(Id.Id("User"))
  },
  indexes: [["authorId"]],
  relations: { own: ["authorId"] },
  parent: { entity: Step, field: "stepId" }
})
export type Note = Entity.RecordOf<typeof Note>

export const entities = [Window, Step, Note]

const finish = Command.action(Step, "finish", {
  description: "The step is done.",
  input: Command.Nothing,
  decide: (step, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, step, "finish", moment), (state) => ({ change: { ...step, state } }))
})

const published = {
  window: Event.crud(Published.view("MaintenanceWindow", {})),
  step: Event.crud(Published.view("MaintenanceStep", {})),
  note: Event.crud(Published.view("MaintenanceNote", {}))
}

export class Windows extends Service.define(
  "MaintenanceWindows",
  Window,
  Crud.of(Window, { one: "a window", events: published.window })
) {}
export class Steps extends Service.define("MaintenanceSteps", Step, {
  ...Crud.of(Step, { one: "a step", events: published.step }),
  finish
}) {}
export class Notes extends Service.define(
  "MaintenanceNotes",
  Note,
  Crud.of(Note, { one: "a note", events: published.note })
) {}

export const catalogue = Catalogue.make(
  [{ name: "maintenance", services: [Windows, Steps, Notes], published }, audit],
  [Organization, User, Team, Department, Event.OutboxEvent, Timer.Timer, Idempotency.IdempotencyRecord]
)

/** The services of maintenance on a store. */
export const layer = Layer.mergeAll(Windows.layer, Steps.layer, Notes.layer).pipe(
  Layer.provideMerge(Kernel.Kernel.layer(catalogue))
)
