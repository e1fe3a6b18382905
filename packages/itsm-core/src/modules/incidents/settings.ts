import { Result, Schema } from "effect"
import { Entity, Errors, Service, Setting, Text } from "../../kernel/index.ts"
import { defaultMatrix, matrixProblem } from "./priority.ts"

const Cells = Schema.Array(Schema.Array(Text.Whole(1, 5)))
const Size = Schema.Literals([3, 5])

/** How the organization derives priority from impact and urgency. */
export const PriorityMatrix = Setting.define("PriorityMatrix", {
  plural: "priorityMatrix",
  fields: {
    size: Entity.open(Size, 3),
    /** Rows are impacts, columns urgencies. */
    cells: Entity.open(Cells, defaultMatrix(3).cells)
  }
})
export type PriorityMatrix = Entity.RecordOf<typeof PriorityMatrix>

const NewMatrix = Schema.Struct({ size: Size, cells: Cells }).annotate({ identifier: "PriorityMatrixCreate" })

const replaceMatrix = Setting.replace(PriorityMatrix, {
  description:
    "Replaces the priority matrix. Open incidents keep their priority until their impact or urgency changes.",
  input: NewMatrix,
  check: ({ size = 3, cells = [] }) => {
    const problem = matrixProblem({ size, cells })
    return problem === null ? Result.void : Result.fail(Errors.ValidationFailed.at("/cells", "not_monotone", problem))
  }
})

export class PriorityMatrices extends Service.define("PriorityMatrices", PriorityMatrix, {
  replace: replaceMatrix
}) {}

/** What the organization decides about all of its incidents. */
export const IncidentSettings = Setting.define("IncidentSettings", {
  plural: "incidentSettings",
  fields: {
    /** Days after closure in which an incident may be reopened; 0 is never. */
    reopenWindowDays: Entity.open(Text.Whole(0, 3650), 7),
    /** Business days from resolution to automatic closure; 0 closes at once, null never. */
    autoCloseBusinessDays: Entity.open(Schema.NullOr(Text.Whole(0, 365)), 5),
    /** A public comment of the caller reopens what is resolved, or closed and within the window. */
    reopenOnReply: Entity.open(Schema.Boolean, true),
    /** Minutes in which the author may still change a comment. */
    commentEditMinutes: Entity.open(Text.Whole(0, 1440), 15)
  }
})
export type IncidentSettings = Entity.RecordOf<typeof IncidentSettings>

const replaceRules = Setting.replace(IncidentSettings, {
  description: "Replaces the rules for incidents; what is left out takes its initial value."
})

export class IncidentRules extends Service.define("IncidentRules", IncidentSettings, {
  replace: replaceRules
}) {}
