import type { Store } from "@itsm/core/kernel"
import type { Statement } from "./query-sql.ts"

/** The setting that the policies of the tables ask for, and its value for all organizations. */
export const setting = "itsm.organization_id"
export const everywhere = "everywhere"

const gate = (text: string, parameter: number) =>
  `SELECT * FROM (${text}) r WHERE (SELECT set_config('${setting}', $${parameter}, true)) <> ''`

/**
 * Makes the whole text of a statement. That of a commit is long, and always the same for the same parts: it is put
 * together once, as the driver then has less to copy and to hash.
 */
const assembler = (main: (text: string, parameters: number) => string) => {
  const known = new Map<string, { readonly text: string; readonly whole: string }>()
  return ({ parts, text, parameters }: Statement): string => {
    if (parts === undefined) return main(text, parameters.length)
    const found = known.get(parts)
    if (found?.text === text) return found.whole
    const whole = ["WITH ", parts, "\n", main(text, parameters.length)].join("")
    if (known.size >= 1000) known.clear()
    known.set(parts, { text, whole })
    return whole
  }
}

const walled = assembler((text, parameters) => gate(text, parameters + 1))
const open = assembler((text) => text)

/**
 * The statement with the organization that row-level security then holds it to, in one round trip and for this one
 * transaction. Setting it is a condition of all rows together, which is asked before the first of them is looked for; if
 * it ever were not, the statement would find no rows and write none.
 */
export const within = (reach: Store.Reach, statement: Statement): Statement => ({
  text: walled(statement),
  parameters: [...statement.parameters, reach === "everywhere" ? everywhere : reach.organizationId]
})

/** The statement as it is. */
export const plain = (statement: Statement): Statement => ({ text: open(statement), parameters: statement.parameters })
