import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Actor, type Grant, system } from "./actor.ts"
import * as C from "../model/condition.ts"
import * as Entity from "../model/entity.ts"
import { Id } from "../model/id.ts"
import { can, covers, mayEver, permits, permitted, visible, widestScope } from "./policy.ts"
import { stamp } from "../model/stamp.ts"

const Ticket = Entity.define("Ticket", {
  plural: "tickets",
  fields: {
    ownerId: Schema.NullOr(Id("User")),
    helperId: Schema.NullOr(Id("User")),
    teamId: Schema.NullOr(Id("Team")),
    departmentId: Schema.NullOr(Id("Department")),
    priority: Schema.Int
  },
  relations: { own: ["ownerId", "helperId"], team: "teamId", department: "departmentId" }
})
const Note = Entity.define("Note", { plural: "notes", fields: { text: Schema.String } })

const organizationId = "org" as Id<"Organization">
const me = "me" as Id<"User">
const grant = (permission: string, scope: Grant["scope"], more: Partial<Grant> = {}): Grant => ({
  permission,
  effect: "allow",
  scope,
  source: `role:${scope}`,
  ...more
})
const deny = (permission: string, scope: Grant["scope"], more: Partial<Grant> = {}) =>
  grant(permission, scope, { effect: "deny", source: "user:deny", ...more })
const actor = (...grants: ReadonlyArray<Grant>): Actor => ({
  ...system(organizationId),
  kind: "user",
  id: me,
  grants,
  teamIds: ["mine"],
  departmentIds: ["dept", "below"],
  departmentTeamIds: []
})

const nothing = { ownerId: null, helperId: null, teamId: null, departmentId: null, priority: 3 }
const ticket = (fields: Readonly<Record<string, unknown>>) =>
  stamp({ role: "record" }, { now: "2026-11-21T08:30:00.000Z" as never, actor: { id: me, organizationId } }, "id", {
    ...nothing,
    ...fields
  })

const records = {
  owned: ticket({ ownerId: me }),
  helped: ticket({ helperId: me, teamId: "other" }),
  team: ticket({ teamId: "mine" }),
  otherTeam: ticket({ teamId: "other" }),
  department: ticket({ departmentId: "dept" }),
  below: ticket({ departmentId: "below", priority: 1 }),
  otherDepartment: ticket({ departmentId: "elsewhere" }),
  nobodys: ticket({})
}
const reach = (who: Actor, permission = "ticket.resolve") => {
  const test = permits(who, Ticket, permission)
  const names = Object.entries(records)
    .filter(([, record]) => test(record))
    .map(([name]) => name)
  for (const [name, record] of Object.entries(records))
    assert.strictEqual(can(who, Ticket, permission, record).allow, names.includes(name), name)
  return names
}
const own = ["owned", "helped"]
const all = Object.keys(records)

describe("a grant covers", () => {
  it("its own permission, those of its resource, or all", () => {
    assert.isTrue(
      covers("ticket.resolve", "ticket.resolve") &&
        covers("ticket.*", "ticket.resolve") &&
        covers("*", "ticket.resolve")
    )
    assert.isFalse(
      covers("ticket.resolve", "ticket.close") ||
        covers("ticket.*", "ticket_note.read") ||
        covers("tick", "ticket.read") ||
        covers("ticket.*", "ticket")
    )
  })
})

describe("the scope of a grant", () => {
  it("own reaches the actor's records, by any of the fields that make them so", () => {
    assert.deepStrictEqual(reach(actor(grant("ticket.*", "own"))), own)
  })
  it("team reaches those of the actor's teams as well", () => {
    assert.deepStrictEqual(reach(actor(grant("ticket.*", "team"))), [...own, "team"])
  })
  it("department reaches those of the actor's departments as well", () => {
    assert.deepStrictEqual(reach(actor(grant("ticket.*", "department"))), [...own, "team", "department", "below"])
  })
  it("organization reaches all", () => {
    assert.deepStrictEqual(reach(actor(grant("ticket.*", "organization"))), all)
  })
  it("reaches nothing where the actor has no such relation, or the entity has none", () => {
    const stranger = {
      ...actor(grant("*", "department")),
      id: null,
      teamIds: [],
      departmentIds: [],
      departmentTeamIds: []
    }
    assert.deepStrictEqual(reach(stranger), [])
    assert.deepStrictEqual(permitted(actor(grant("*", "department")), Note, "note.read"), C.never)
  })
  it("is that of the widest of several grants", () => {
    const who = actor(grant("ticket.resolve", "own"), grant("ticket.*", "team"), grant("note.*", "organization"))
    assert.deepStrictEqual(reach(who), [...own, "team"])
    assert.strictEqual(widestScope(who, "ticket.resolve"), "team")
    assert.isNull(widestScope(who, "change.approve"))
  })
})

describe("a grant inside teams or departments", () => {
  it("reaches them in place of the actor's own", () => {
    assert.deepStrictEqual(
      reach(
        actor(grant("*", "organization", { within: { teamIds: ["other"], departmentIds: [], departmentTeamIds: [] } }))
      ),
      [...own, "otherTeam"]
    )
    assert.deepStrictEqual(
      reach(
        actor(
          grant("*", "organization", { within: { teamIds: [], departmentIds: ["elsewhere"], departmentTeamIds: [] } })
        )
      ),
      [...own, "otherDepartment"]
    )
    assert.deepStrictEqual(
      reach(actor(grant("*", "team", { within: { teamIds: ["other"], departmentIds: [], departmentTeamIds: [] } }))),
      [...own, "otherTeam"]
    )
  })
})

describe("a grant with a condition", () => {
  it("holds for the records that satisfy it", () => {
    assert.deepStrictEqual(reach(actor(grant("*", "organization", { condition: C.eq("priority", 1) }))), ["below"])
    assert.deepStrictEqual(reach(actor(grant("*", "own", { condition: C.eq("priority", 1) }))), [])
  })
})

describe("a denial", () => {
  it("wins over every grant, as far as it reaches", () => {
    assert.deepStrictEqual(reach(actor(grant("*", "organization"), deny("ticket.resolve", "organization"))), [])
    assert.deepStrictEqual(reach(actor(grant("*", "organization"), deny("ticket.*", "team"))), [
      "otherTeam",
      "department",
      "below",
      "otherDepartment",
      "nobodys"
    ])
    assert.deepStrictEqual(
      reach(actor(grant("*", "organization"), deny("*", "organization", { condition: C.eq("priority", 1) }))),
      all.filter((name) => name !== "below")
    )
    assert.deepStrictEqual(reach(actor(grant("*", "organization"), deny("ticket.close", "organization"))), all)
  })
  it("says so", () => {
    const verdict = can(
      actor(grant("*", "organization"), deny("ticket.*", "own")),
      Ticket,
      "ticket.resolve",
      records.owned
    )
    assert.deepInclude(verdict, { allow: false, reason: "Denied by user:deny." })
    assert.strictEqual(verdict.matchedGrant?.effect, "deny")
  })
})

describe("before there is a record", () => {
  it("a permission may be used where some record may satisfy it", () => {
    const everywhere = grant("*", "organization")
    const cases: ReadonlyArray<readonly [Actor, boolean]> = [
      [actor(), false],
      [actor(grant("ticket.close", "organization")), false],
      [actor(grant("ticket.resolve", "own")), true],
      [actor(everywhere, deny("ticket.*", "organization")), false],
      [actor(everywhere, deny("ticket.*", "own")), true],
      [actor(everywhere, deny("ticket.*", "organization", { condition: C.eq("priority", 1) })), true],
      [
        actor(
          everywhere,
          deny("ticket.*", "organization", { within: { teamIds: ["mine"], departmentIds: [], departmentTeamIds: [] } })
        ),
        true
      ]
    ]
    for (const [who, answer] of cases) {
      assert.strictEqual(mayEver(who, "ticket.resolve"), answer)
      assert.strictEqual(can(who, Ticket, "ticket.resolve").allow, answer)
    }
  })
})

describe("the answer to can", () => {
  it("names the grant that decided, or what is missing", () => {
    const who = actor(grant("ticket.resolve", "own"))
    assert.deepInclude(can(who, Ticket, "ticket.resolve", records.owned), {
      allow: true,
      reason: "Allowed by role:own (own)."
    })
    assert.deepInclude(can(who, Ticket, "ticket.resolve", records.nobodys), {
      allow: false,
      reason: `"ticket.resolve" is granted, but not for this record (own).`,
      matchedGrant: null
    })
    assert.deepInclude(can(who, Ticket, "ticket.close"), { allow: false, reason: `No grant of "ticket.close".` })
  })
})

describe("what an actor may see", () => {
  it("is what they may read", () => {
    const test = C.compile(
      visible(actor(grant("ticket.read", "team"), grant("ticket.resolve", "organization")), Ticket)
    )
    assert.deepStrictEqual(
      Object.entries(records)
        .filter(([, record]) => test(record))
        .map(([name]) => name),
      [...own, "team"]
    )
  })
})

describe("an actor with an API key", () => {
  const limited: Actor = {
    ...actor(grant("*", "organization"), deny("ticket.close", "organization")),
    limitedTo: ["ticket.*", "note.read"]
  }
  const owned = stamp({ role: "record" }, { now: "" as never, actor: limited }, "1", { ownerId: me })

  it("has nothing beyond its scopes, on whatever path it is asked for", () => {
    assert.deepEqual(
      ["ticket.read", "note.read", "note.update", "user.read", "ticket.close"].map((name) => mayEver(limited, name)),
      [true, true, false, false, false]
    )
    assert.deepEqual(permitted(limited, Note, "note.update"), C.never)
    assert.isTrue(permits(limited, Ticket, "ticket.update")(owned))
    assert.isFalse(permits(limited, Note, "note.update")(owned))
    assert.isFalse(can(limited, Note, "note.update").allow)
    assert.isNull(widestScope(limited, "note.update"))
    assert.deepEqual(visible({ ...limited, limitedTo: ["ticket.*"] }, Note), C.never)
  })
})
