import { defineConfig } from "vitest/config"

const shared = { testTimeout: 30_000, hookTimeout: 30_000 }

/** Tests of what must be over within a time: they are tried again, and no others are. */
const timed = "packages/*/test/**/*.timed.test.ts"
const onDatabase = {
  include: ["packages/{adapter-pg,adapter-http}/**/*.test.ts", "examples/**/*.test.ts", "scripts/documents/*.test.ts"],
  globalSetup: ["packages/adapter-pg/test/global-setup.ts", "packages/adapter-http/test/log-book-setup.ts"]
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: "repository", include: ["scripts/repository.test.ts"] } },
      {
        test: {
          ...shared,
          name: "library",
          include: ["packages/{itsm-core,adapter-memory}/**/*.test.ts", "scripts/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", "scripts/repository.test.ts"]
        }
      },
      {
        test: {
          ...shared,
          ...onDatabase,
          name: "database",
          exclude: ["**/node_modules/**", "**/dist/**", timed]
        }
      },
      // bounds of time hold on a machine that does nothing else just then
      {
        test: { ...shared, ...onDatabase, name: "timed", include: [timed], retry: 2, sequence: { groupOrder: 1 } }
      }
    ]
  }
})
