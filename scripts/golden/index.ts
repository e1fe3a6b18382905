import { client } from "./client.ts"
import { errors } from "./errors.ts"
import { lifecycles } from "./lifecycles.ts"
import { openapi } from "./openapi.ts"
import { permissions } from "./permissions.ts"
import { schema } from "./schema.ts"

export const folder = "docs/generated"

/** What is generated, by its path, each with what it must hold now. */
export const golden: Readonly<Record<string, () => string>> = {
  [`${folder}/errors.md`]: errors,
  [`${folder}/lifecycles.md`]: lifecycles,
  ...openapi,
  [`${folder}/permissions.md`]: permissions,
  [`${folder}/schema.sql`]: schema,
  "packages/adapter-http/client/descriptor.ts": client
}
