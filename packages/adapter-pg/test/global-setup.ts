import { Effect, Exit, Scope } from "effect"
import { startEmbedded } from "@itsm/adapter-pg/embedded"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** Superuser's address of the one PostgreSQL server of a project; every test file creates its own databases on it. */
    readonly databaseAdminUrl: string
  }
}

/** Tests gain nothing from surviving a power loss, and lose half their time to it. */
const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" }

/** Uses the server at ITSM_TEST_DATABASE_URL where that is set, else starts one for the run. */
export default async (project: TestProject) => {
  const given = process.env["ITSM_TEST_DATABASE_URL"]
  if (given) return project.provide("databaseAdminUrl", given)
  const dataDir = mkdtempSync(join(tmpdir(), "itsm-test-postgres-"))
  const scope = Scope.makeUnsafe()
  const server = await Effect.runPromise(Scope.provide(startEmbedded({ dataDir, settings }), scope))
  project.provide("databaseAdminUrl", server.url)
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(dataDir, { recursive: true, force: true })
  }
}
