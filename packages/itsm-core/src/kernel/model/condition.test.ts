import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import * as C from "./condition.ts"

const row = {
  title: "Mail is DOWN",
  priority: 2,
  vip: true,
  teamId: "t1",
  openedAt: "2026-11-21T08:30:00.000Z",
  note: null
}
const holds = (condition: C.Condition, record: Readonly<Record<string, unknown>> = row) =>
  C.compile(condition, ["title", "note"])(record)

describe("a condition on what a field names", () => {
  const team = { name: "Team", search: ["name"] } as never
  const named: C.Named = (entity, id) => (entity === team && id === "t1" ? { name: "Mail Desk", size: 3 } : undefined)
  const ofTeam = (where: C.Condition, record: object = row) =>
    C.compile(C.via("teamId", team, where))(record as typeof row, named)

  it("holds where it is there and satisfies the condition, with its own search", () => {
    assert.isTrue(ofTeam(C.eq("size", 3)) && ofTeam({ search: "desk" }))
    assert.isFalse(ofTeam(C.eq("size", 4)) || ofTeam({ search: "down" }))
    for (const teamId of [null, "t2"]) assert.isFalse(ofTeam(C.eq("size", 3), { ...row, teamId }))
    assert.isTrue(C.compile(C.not(C.via("teamId", team, C.always)))({ ...row, teamId: "t2" }, named))
  })

  it("is none where nothing could satisfy it, and fails where there is nothing to find it by", () => {
    assert.deepStrictEqual(C.via("teamId", team, C.never), C.never)
    assert.throws(() => C.compile(C.not(C.via("teamId", team, C.always)))(row), "Team")
  })
})

describe("a condition on one field", () => {
  it("compares with a value", () => {
    const expected: ReadonlyArray<readonly [C.Condition, boolean]> = [
      [C.eq("priority", 2), true],
      [C.eq("priority", 3), false],
      [C.eq("title", "Mail is down"), false],
      [{ field: "priority", op: "ne", value: 3 }, true],
      [{ field: "priority", op: "ne", value: 2 }, false],
      [{ field: "priority", op: "gt", value: 2 }, false],
      [{ field: "priority", op: "gte", value: 2 }, true],
      [{ field: "priority", op: "lt", value: 10 }, true],
      [{ field: "priority", op: "lte", value: 1 }, false],
      [{ field: "openedAt", op: "gt", value: "2026-11-21T08:29:59.999Z" }, true],
      [C.oneOf("teamId", ["t0", "t1"]), true],
      [C.oneOf("teamId", []), false],
      [{ field: "title", op: "contains", value: "MAIL is" }, true],
      [{ field: "title", op: "contains", value: "mail  is" }, false],
      [{ field: "priority", op: "contains", value: "2" }, false]
    ]
    for (const [condition, answer] of expected) assert.strictEqual(holds(condition), answer, JSON.stringify(condition))
  })

  it("is false for a field that is null, whatever the operator, except isNull and ne", () => {
    for (const op of ["eq", "gt", "gte", "lt", "lte"] as const) {
      assert.isFalse(holds({ field: "note", op, value: "x" }))
      assert.isFalse(holds({ field: "note", op, value: null }))
      assert.isFalse(holds({ field: "title", op, value: null }))
    }
    assert.isFalse(holds(C.oneOf("note", [null, "x"])))
    assert.isFalse(holds({ field: "note", op: "contains", value: "" }))
    assert.isTrue(holds({ field: "note", op: "ne", value: "x" }))
    assert.isFalse(holds({ field: "note", op: "ne", value: null }))
    assert.isTrue(holds({ field: "title", op: "ne", value: null }))
    assert.isTrue(holds(C.isNull("note")))
    assert.isFalse(holds(C.isNull("title")))
    assert.isTrue(holds({ field: "title", op: "isNull", value: false }))
  })
})

describe("a search", () => {
  it("asks for every word, in any of the searched fields", () => {
    assert.isTrue(holds({ search: "down MAIL" }))
    assert.isFalse(holds({ search: "mail up" }))
    assert.isFalse(holds({ search: "t1" }))
    assert.isTrue(holds({ search: "mail network" }, { title: "Mail", note: "network" }))
    assert.isTrue(holds({ search: " ... " }))
  })
})

describe("the combination of conditions", () => {
  const leaf = fc.constantFrom<C.Condition>(
    C.always,
    C.never,
    C.eq("priority", 2),
    C.eq("priority", 3),
    C.isNull("note"),
    { search: "mail" }
  )
  const list = fc.array(leaf, { maxLength: 4 })

  it("means what it says, and is short where a part decides", () => {
    fc.assert(
      fc.property(list, leaf, (parts, one) => {
        assert.strictEqual(
          holds(C.all(parts)),
          parts.every((part) => holds(part))
        )
        assert.strictEqual(
          holds(C.any(parts)),
          parts.some((part) => holds(part))
        )
        assert.strictEqual(holds(C.not(one)), !holds(one))
      })
    )
    assert.deepStrictEqual(C.all([C.always, C.never, C.isNull("note")]), C.never)
    assert.deepStrictEqual(C.any([C.never, C.always, C.isNull("note")]), C.always)
    assert.deepStrictEqual(C.all([C.always, C.isNull("note")]), C.isNull("note"))
    assert.deepStrictEqual(C.not(C.always), C.never)
  })

  it("without parts holds always for all, and never for any", () => {
    assert.isTrue(holds({ all: [] }))
    assert.isFalse(holds({ any: [] }))
    assert.isTrue(holds({ not: { any: [] } }))
  })
})
