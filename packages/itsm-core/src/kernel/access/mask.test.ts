import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { type Actor, type Grant, system } from "./actor.ts"
import * as C from "../model/condition.ts"
import * as Entity from "../model/entity.ts"
import { Id } from "../model/id.ts"
import * as Command from "../commands/command.ts"
import { baseFields, closedFields, maskOf, readingMask, shown } from "./mask.ts"
import { can, mayEver, permits } from "./policy.ts"
import { stamp } from "../model/stamp.ts"

const Person = Entity.define("Person", {
  plural: "people",
  fields: {
    name: Schema.String,
    phone: Schema.NullOr(Schema.String),
    salary: Schema.Int,
    pin: Entity.secret(Schema.NullOr(Schema.String)),
    ownerId: Schema.NullOr(Id("User"))
  },
  relations: { own: ["ownerId"] }
})

const me = "me" as Id<"User">
const read = (more: Partial<Grant> = {}): Grant => ({
  permission: "person.read",
  effect: "allow",
  scope: "organization",
  source: "test",
  ...more
})
const actor = (...grants: ReadonlyArray<Grant>): Actor => ({
  ...system("org" as Id<"Organization">),
  kind: "user",
  id: me,
  grants
})
const person = (fields: object = {}) =>
  stamp(
    { role: "record" },
    { now: "2026-11-21T08:30:00.000Z" as never, actor: { id: me, organizationId: "org" as never } },
    "id",
    {
      name: "Ann",
      phone: "1",
      salary: 5,
      pin: "0000",
      ownerId: null,
      ...fields
    }
  )
const base = new Set(baseFields(Person))
const own = (who: Actor, record = person()) => Object.keys(shown(who, Person, record)).filter((name) => !base.has(name))
const all = ["name", "phone", "salary", "ownerId"]

describe("a grant with fields", () => {
  it("opens these, and the envelope, of what it reaches", () => {
    const who = actor(read({ fields: ["name"] }))
    assert.deepStrictEqual(own(who), ["name"])
    for (const name of base) assert.property(shown(who, Person, person()), name)
    assert.isTrue(permits(who, Person, "person.read")(person()))
  })

  it("is united with others, record by record", () => {
    const who = actor(
      read({ fields: ["name"] }),
      read({ fields: ["phone"], condition: C.eq("salary", 7) }),
      read({ scope: "own" })
    )
    assert.deepStrictEqual(own(who), ["name"])
    assert.deepStrictEqual(own(who, person({ salary: 7 })), ["name", "phone"])
    assert.deepStrictEqual(own(who, person({ ownerId: me })), all)
    assert.deepStrictEqual(
      [...readingMask(who, Person)!.everywhere].filter((name) => !base.has(name)),
      ["name"]
    )
  })

  it("is no limit beside one that reaches all records without fields", () => {
    const whole = actor(read({ fields: ["name"] }), read({ permission: "*" }))
    assert.isUndefined(readingMask(whole, Person))
    assert.deepStrictEqual(own(whole), all)
    assert.isUndefined(readingMask(actor(read({ scope: "own" })), Person))
  })

  it("never opens a secret", () => {
    assert.deepStrictEqual(own(actor(read({ fields: ["pin"] }))), [])
    assert.notInclude(own(actor(read())), "pin")
  })
})

describe("a denial with fields", () => {
  const denied = (more: Partial<Grant> = {}) => read({ effect: "deny", fields: ["salary"], ...more })

  it("takes them away and leaves the record", () => {
    const who = actor(read(), denied())
    assert.deepStrictEqual(own(who), ["name", "phone", "ownerId"])
    assert.isTrue(mayEver(who, "person.read") && can(who, Person, "person.read", person()).allow)
    assert.isFalse(readingMask(who, Person)!.everywhere.has("salary"))
  })

  it("wins over every grant, as far as it reaches", () => {
    const who = actor(read({ permission: "*" }), read({ fields: ["salary"] }), denied({ scope: "own" }))
    assert.deepStrictEqual(own(who), all)
    assert.deepStrictEqual(own(who, person({ ownerId: me })), ["name", "phone", "ownerId"])
    assert.isFalse(readingMask(who, Person)!.everywhere.has("salary"))
  })

  it("of one permission is none of another", () => {
    const who = actor(read({ permission: "*" }), denied({ permission: "person.update" }))
    assert.deepStrictEqual(own(who), all)
    assert.isFalse(maskOf(who, Person, "person.update")!.on(person()).has("salary"))
  })
})

describe("a change of what is masked", () => {
  const Rules = Entity.define("Rules", {
    plural: "rules",
    fields: {
      days: Entity.open(Schema.Int, 7),
      steps: Entity.open(Schema.Array(Schema.Int), [1, 2]),
      key: Entity.managed(Schema.String, "default")
    },
    role: "setting"
  })
  const replace = Command.replace(Rules, "replace", {
    description: "",
    input: Rules.create,
    decide: (change) => Result.succeed({ change })
  })
  const rename = Command.update(Person, "update", {
    description: "",
    input: Person.patch,
    decide: (change) => Result.succeed({ change })
  })
  const rules = (fields: object) =>
    stamp(
      Rules,
      { now: "2026-11-21T08:30:00.000Z" as never, actor: { id: me, organizationId: "org" as never } },
      "id",
      Rules.make(fields)
    )
  const clerk = actor(
    read({ permission: "rules.replace", fields: ["days"] }),
    read({ permission: "person.update", fields: ["phone"] })
  )

  it("is refused for each field that it names and that is closed", () => {
    const input = { phone: "2", salary: 9, name: "Bob" }
    assert.deepStrictEqual(closedFields(clerk, rename, { record: person(), whole: undefined }, input), [
      "salary",
      "name"
    ])
    assert.deepStrictEqual(closedFields(clerk, rename, { record: person(), whole: undefined }, { phone: "2" }), [])
  })

  it("is refused in a replacement as well", () => {
    assert.deepStrictEqual(
      closedFields(clerk, replace, { record: rules({}), whole: undefined }, { days: 1, steps: [1] }),
      ["steps"]
    )
    assert.deepStrictEqual(closedFields(clerk, replace, { record: rules({}), whole: undefined }, { days: 1 }), [])
  })

  it("is refused where a replacement would take a value away by leaving it out", () => {
    assert.deepStrictEqual(
      closedFields(clerk, replace, { record: rules({ steps: [3] }), whole: undefined }, { days: 1 }),
      ["steps"]
    )
    assert.deepStrictEqual(closedFields(clerk, replace, { record: rules({ days: 3 }), whole: undefined }, {}), [])
  })
})
