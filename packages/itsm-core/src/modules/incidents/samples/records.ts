import { Effect } from "effect"
import type { Id } from "../../../kernel/index.ts"
import type { Company } from "../../../testing/company.ts"
import { Categories, IncidentComments, IncidentRules, Incidents, lifecycle, PriorityMatrices } from "../index.ts"
import { incidentIn } from "./incident-in.ts"

const incidentsOf = (company: Company, categoryId: Id.Id<"Category">) =>
  Effect.gen(function* () {
    const { as } = company
    const incidents = yield* Incidents
    const inState = Object.fromEntries(
      yield* Effect.forEach(lifecycle.states, (state) =>
        Effect.map(incidentIn(company, state, categoryId), (id) => [state, id] as const)
      )
    ) as Readonly<Record<(typeof lifecycle)["states"][number], Id.Id<"Incident">>>
    const overridden = yield* incidentIn(company, "assigned")
    yield* incidents.overridePriority(overridden, { priority: 1, reason: "The board meets." }).pipe(as("admin"))
    const hidden = yield* incidents.open({ title: "Salary is wrong" }).pipe(as("bystander"))
    const deleted = yield* incidents.open({ title: "Sent twice" }).pipe(as("admin"))
    yield* incidents.delete(deleted.id).pipe(as("admin"))
    return { ...inState, live: inState.assigned, overridden, hidden: hidden.id, deleted: deleted.id }
  })

const commentsOf = ({ as }: Company, incident: Id.Id<"Incident">, hidden: Id.Id<"Incident">) =>
  Effect.gen(function* () {
    const [incidents, comments] = [yield* Incidents, yield* IncidentComments]
    const write = (visibility: "public" | "internal", at = incident) =>
      incidents.addComment(at, { body: `${visibility} words`, visibility })
    const own = yield* write("public").pipe(as("caller"))
    const internal = yield* write("internal").pipe(as("agent"))
    const ofHidden = yield* write("public", hidden).pipe(as("bystander"))
    const deleted = yield* write("public").pipe(as("admin"))
    yield* comments.delete(deleted.id).pipe(as("admin"))
    return { live: own.id, own: own.id, internal: internal.id, ofHidden: ofHidden.id, deleted: deleted.id }
  })

const categories = Effect.gen(function* () {
  const service = yield* Categories
  const hardware = yield* service.create({ name: "Hardware" })
  const laptop = yield* service.create({ name: "Laptop", parentId: hardware.id })
  const deleted = yield* service.create({ name: "Gone" })
  yield* service.delete(deleted.id)
  return { live: laptop.id, hardware: hardware.id, laptop: laptop.id, deleted: deleted.id }
})

/** Incidents in every state and what belongs to them. `hidden` is of another user, in another department. */
export const records = Effect.fnUntraced(function* (company: Company) {
  const { as } = company
  const Category = yield* categories.pipe(as("admin"))
  const Incident = yield* incidentsOf(company, Category.hardware)
  const matrix = yield* PriorityMatrices.use((matrices) => matrices.current()).pipe(as("admin"))
  const rules = yield* IncidentRules.use((each) => each.current()).pipe(as("admin"))
  return {
    Category,
    Incident,
    IncidentComment: yield* commentsOf(company, Incident.assigned, Incident.hidden),
    PriorityMatrix: { live: matrix.id },
    IncidentSettings: { live: rules.id }
  }
})
