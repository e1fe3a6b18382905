// Every check of the repository in order; the first that fails ends the run.
// The last line says how many tests passed and failed; a check that fails counts as one failed test.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"

const reportOf = (name) => `node_modules/.cache/vitest-${name}.json`
const vitest = (name, project) =>
  `vitest run --project ${project} --reporter=default --reporter=json --outputFile.json=${reportOf(name)}`

const steps = [
  { title: "Types and build", command: "tsc -b" },
  { title: "Lint", command: "oxlint --type-aware --deny-warnings" },
  { title: "Format", command: "oxfmt --check" },
  { title: "Unused code and dependencies", command: "knip" },
  { title: "Repository rules", command: vitest("rules", "repository") },
  { title: "Tests", command: vitest("tests", "!repository") },
  { title: "Published packages", command: "node scripts/packages.mjs" }
]

const failedStep = () => {
  for (const { title, command } of steps) {
    console.log(`\n=== ${title}: ${command}`)
    const [program, ...args] = command.split(" ")
    const result = spawnSync(program, args, { stdio: "inherit" })
    if (result.error) console.error(`${program} could not be started: ${result.error.message}`)
    if (result.status !== 0) return title
  }
  return undefined
}

const countsOf = (report) => {
  if (!existsSync(report)) return { passed: 0, failed: 0 }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"))
  // A file that cannot be loaded has no tests to count, and yet it failed.
  const brokenFiles = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0)
  return { passed: numPassedTests, failed: numFailedTests + brokenFiles.length }
}

const reports = [reportOf("rules"), reportOf("tests")]
for (const report of reports) rmSync(report, { force: true })

const started = performance.now()
const broken = failedStep()
const seconds = Math.round((performance.now() - started) / 1000)

const counts = reports.map(countsOf)
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
const succeeded = broken === undefined && failed === 0

console.log(`\n${succeeded ? "All checks passed" : `Failed: ${broken ?? "tests"}`} after ${seconds} s`)
console.log(`${passed} passed, ${succeeded ? 0 : Math.max(failed, 1)} failed`)
process.exit(succeeded ? 0 : 1)
