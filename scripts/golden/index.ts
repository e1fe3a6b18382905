import { errors } from "./errors.ts"
import { lifecycles } from "./lifecycles.ts"
import { openapi } from "./openapi.ts"
import { permissions } from "./permissions.ts"
import { schema } from "./schema.ts"

export const folder = "docs/generated"

/** The generated documents, by file name, each with what it must hold now. */
export const golden: Readonly<Record<string, () => string>> = {
  "errors.md": errors,
  "lifecycles.md": lifecycles,
  "openapi.json": openapi,
  "permissions.md": permissions,
  "schema.sql": schema
}
