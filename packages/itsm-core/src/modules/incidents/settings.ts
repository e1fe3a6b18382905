import { Result, Schema } from "effect"
import { Change, Command, Entity, Errors, Reaction, Service, Text } from "../../kernel/index.ts"
import { OrganizationCreated } from "../identity/published.ts"
import { defaultMatrix, matrixProblem } from "./priority.ts"

/** How the organization derives priority from impact and urgency. */
export const PriorityMatrix = Entity.define("PriorityMatrix", {
  plural: "priorityMatrix",
  fields: {
    key: Entity.managed(Schema.Literals(["default"]), "default"),
    size: Schema.Literals([3, 5]),
    /** Rows are impacts, columns urgencies. */
    cells: Schema.Array(Schema.Array(Text.Whole(1, 5)))
  },
  unique: [["key"]],
  isConfiguration: true,
  isSingle: true
})
export type PriorityMatrix = Entity.RecordOf<typeof PriorityMatrix>

export class PriorityMatrices extends Service.define("PriorityMatrices", PriorityMatrix, {
  replace: Command.replace(PriorityMatrix, "replace", {
    description:
      "Replaces the priority matrix. Open incidents keep their priority until their impact or urgency changes.",
    input: PriorityMatrix.create,
    permission: "priority_matrix.update",
    decide: (matrix, { size, cells }) => {
      const problem = matrixProblem({ size, cells })
      return problem === null
        ? Result.succeed({ change: { ...matrix, size, cells } })
        : Result.fail(Errors.ValidationFailed.at("/cells", "not_monotone", problem))
    }
  })
}) {}

/** What the organization decides about all of its incidents. */
export const IncidentSettings = Entity.define("IncidentSettings", {
  plural: "incidentSettings",
  fields: {
    key: Entity.managed(Schema.Literals(["default"]), "default"),
    /** Days after closure in which an incident may be reopened; 0 is never. */
    reopenWindowDays: Entity.open(Text.Whole(0, 3650), 7),
    /** Business days from resolution to automatic closure; 0 closes at once, null never. */
    autoCloseBusinessDays: Entity.open(Schema.NullOr(Text.Whole(0, 365)), 5),
    /** A public comment of the caller reopens what is resolved, or closed and within the window. */
    reopenOnReply: Entity.open(Schema.Boolean, true),
    /** Minutes in which the author may still change a comment. */
    commentEditMinutes: Entity.open(Text.Whole(0, 1440), 15)
  },
  unique: [["key"]],
  isConfiguration: true,
  isSingle: true
})
export type IncidentSettings = Entity.RecordOf<typeof IncidentSettings>

export class IncidentRules extends Service.define("IncidentRules", IncidentSettings, {
  replace: Command.replace(IncidentSettings, "replace", {
    description: "Replaces the rules for incidents; what is left out takes its initial value.",
    input: IncidentSettings.create,
    permission: "incident_settings.update",
    decide: (settings, input) => Result.succeed({ change: { ...settings, ...IncidentSettings.make({}), ...input } })
  })
}) {}

/** An organization has a priority matrix and rules for incidents from its first moment. */
export const settingsOfNewOrganization = Reaction.inside(OrganizationCreated, {
  name: "incidents.first_settings",
  decide: () => ({
    also: [
      Change.insert(PriorityMatrix, { size: 3, cells: defaultMatrix(3).cells }),
      Change.insert(IncidentSettings, {})
    ]
  })
})
