import { globSync } from "node:fs"
import { client } from "./client.ts"
import { errors } from "./errors.ts"
import type { Documents } from "./modules.ts"
import { lifecycles } from "./lifecycles.ts"
import { openapi } from "./openapi.ts"
import { permissions } from "./permissions.ts"
import { schema } from "./schema.ts"

export const folder = "docs/generated"

/** What is generated, by its path from the folder of the documents, each with what it must hold now. */
export const golden: Documents = {
  ...errors,
  ...lifecycles,
  ...openapi,
  ...permissions,
  ...schema,
  "../../packages/adapter-http/client/descriptor.ts": client
}

/** Files that lie in the folder and that nothing generates any more. */
export const stale = (): ReadonlyArray<string> =>
  globSync("**/*.*", { cwd: folder }).filter((path) => !(path in golden))
