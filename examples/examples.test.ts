import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"

const printed = (name: string): ReadonlyArray<string> =>
  execFileSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url))], { encoding: "utf8" })
    .trimEnd()
    .split("\n")

test("embed: an incident goes through its states", () => {
  expect(printed("embed.ts")).toEqual([
    "INC-000001 P1 new",
    "INC-000001 P1 assigned",
    "INC-000001 P1 resolved",
    "INC-000001 P1 in_progress"
  ])
})

test("promises: operations, a dry run and a refusal", () => {
  expect(printed("promises.ts")).toEqual([
    "INC-000001 new P4",
    "INC-000001 in_progress by Ada",
    "a dry run gives cancelled and leaves in_progress",
    "StateConflict conflict assign hold resolve cancel add_comment override_priority"
  ])
})

test("mounted: the API stands beside the host's routes, under the host's authentication", () => {
  expect(printed("mounted.ts")).toEqual([
    "The host's own route",
    "201 INC-000001 new",
    "true",
    "200 in_progress",
    "401 session_revoked"
  ])
})

test("month: deadlines come due as the days pass", () => {
  expect(printed("month.ts")).toEqual([
    "2026-09-02 INC-000001 is opened, P1",
    "2026-09-02 INC-000002 is opened, P5",
    "2026-09-09 INC-000001 was resolved and is closed",
    "2026-09-14 INC-000002 was pending and is in_progress",
    "2026-09-16 INC-000001 cannot be reopened: The time in which it could be reopened is over.",
    "2026-09-30 INC-000002 has waited 12 days for parts",
    "2026-09-30 open at the end of the month: INC-000002"
  ])
})
