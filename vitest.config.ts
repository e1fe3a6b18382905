import { defineConfig } from "vitest/config"

const shared = { testTimeout: 30_000, hookTimeout: 30_000 }

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
          name: "database",
          // bounds of time hold on a machine that does nothing else just then
          retry: 2,
          include: [
            "packages/{adapter-pg,adapter-http}/**/*.test.ts",
            "examples/**/*.test.ts",
            "scripts/documents/*.test.ts"
          ],
          globalSetup: ["packages/adapter-pg/test/global-setup.ts", "packages/adapter-http/test/log-book-setup.ts"]
        }
      }
    ]
  }
})
