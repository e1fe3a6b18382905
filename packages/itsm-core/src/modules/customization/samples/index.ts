import { Effect } from "effect"
import type { Company } from "../../../testing/company.ts"
import type { Samples } from "../../../testing/samples.ts"
import { CustomFields } from "../index.ts"
import { access } from "./access.ts"

const records = ({ as }: Company) =>
  Effect.gen(function* () {
    const fields = yield* CustomFields
    const cost = yield* fields.create({ entityType: "incident", key: "cost", label: "Cost", kind: "decimal" })
    const deleted = yield* fields.create({ entityType: "incident", key: "gone", label: "Gone", kind: "text" })
    yield* fields.delete(deleted.id)
    return { CustomField: { live: cost.id, cost: cost.id, deleted: deleted.id } }
  }).pipe(as("admin"))

export const samples: Samples = {
  records,
  inputs: () => ({
    "customFields.create": { entityType: "incident", key: "floor", label: "Floor", kind: "integer" },
    "customFields.update": { label: "Costs" }
  }),
  access
}
