import type { Store } from "@itsm/core/kernel"
import type { Statement } from "./query-sql.ts"

/** The setting that the policies of the tables ask for, and its value for all organizations. */
export const setting = "itsm.organization_id"
export const everywhere = "everywhere"

/**
 * The statement with the organization that row-level security then holds it to, in one round trip and for this one
 * transaction. Setting it is a condition of all rows together, which is asked before the first of them is looked for; if
 * it ever were not, the statement would find no rows and write none.
 */
export const within = (reach: Store.Reach, { parts, text, parameters }: Statement): Statement => ({
  text: `${parts === undefined ? "" : `WITH ${parts}\n`}SELECT * FROM (${text}) r WHERE (SELECT set_config('${setting}', $${parameters.length + 1}, true)) <> ''`,
  parameters: [...parameters, reach === "everywhere" ? everywhere : reach.organizationId]
})

/** The statement as it is. */
export const plain = ({ parts, text, parameters }: Statement): Statement => ({
  text: parts === undefined ? text : `WITH ${parts}\n${text}`,
  parameters
})
