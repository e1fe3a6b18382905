import { assert, describe, it } from "@effect/vitest"
import { eq } from "../model/condition.ts"
import { climb, includes } from "./ladder.ts"
import { grant } from "./role.ts"

const [line] = grant("team", ["ticket.resolve"])
const limited = (scope: "own" | "team", permission: string) =>
  grant(scope, [permission], eq("state", "new"), ["title"])[0]!

describe("the ladder of built-in roles", () => {
  it("gives each role what the one below it has, widened", () => {
    const roles = climb({ end_user: grant("own", ["ticket.read"]), agent: [line!] })
    assert.deepStrictEqual(roles.end_user, grant("own", ["ticket.read"]))
    assert.deepStrictEqual(roles.agent, [...roles.end_user, line!])
    assert.deepStrictEqual(roles.manager, [...roles.end_user, ...grant("department", ["ticket.resolve"])])
    assert.deepStrictEqual(roles.admin, [...roles.end_user, ...grant("organization", ["ticket.resolve"])])
  })

  it("keeps what limits a line", () => {
    const roles = climb({ agent: [limited("team", "ticket.read")] })
    assert.deepStrictEqual(roles.manager, [{ ...limited("team", "ticket.read"), scope: "department" }])
  })

  it("leaves out what a role has at least as far itself, and keeps what it has only in part", () => {
    const whole = grant("organization", ["ticket.*"])
    assert.deepStrictEqual(climb({ agent: [limited("team", "ticket.read")], manager: whole }).manager, whole)
    const part = [limited("own", "ticket.resolve")]
    assert.deepStrictEqual(climb({ agent: [line!], manager: part }).manager, [
      ...grant("department", ["ticket.resolve"]),
      ...part
    ])
  })
})

describe("a line includes another one", () => {
  it("with its permission, scope, condition and fields", () => {
    const narrow = limited("own", "ticket.read")
    assert.isTrue(includes(limited("team", "ticket.*"), narrow))
    assert.isTrue(includes(grant("own", ["ticket.read"])[0]!, narrow))
    const narrower = [
      { ...narrow, permission: "ticket.update" },
      { ...narrow, condition: eq("state", "closed") },
      { ...narrow, fields: ["body"] }
    ]
    for (const other of narrower) assert.isFalse(includes(other, narrow))
    assert.isFalse(includes(narrow, limited("team", "ticket.read")))
    assert.isFalse(includes(narrow, grant("own", ["ticket.read"])[0]!))
  })
})
