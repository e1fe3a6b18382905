import { assert, describe, it } from "@effect/vitest"
import { type Actor, system } from "../access/actor.ts"
import { apartFrom } from "./command.ts"
import type { Id } from "../model/id.ts"

const person = (id: string | null, kind: Actor["kind"] = "user"): Actor => ({
  ...system("org" as Id<"Organization">),
  kind,
  id: id as Id<"User"> | null
})
const rule = apartFrom<never>(["requesterId", "ownerId"] as never, "Not for your own.")
const verdict = (record: object, actor: Actor) => rule(record as never, actor)

describe("separation of duties (T-AUTHZ-7)", () => {
  const record = { requesterId: "ann", ownerId: "bob" }

  it("keeps whoever the record names from it, whatever they hold", () => {
    assert.strictEqual(verdict(record, person("ann")), "Not for your own.")
    assert.strictEqual(verdict(record, person("bob")), "Not for your own.")
    assert.isTrue(verdict(record, person("carl")))
  })

  it("is a denial for everyone where nobody is named", () => {
    for (const unset of [{ ...record, ownerId: null }, { requesterId: "ann" }, {}])
      for (const actor of [person("ann"), person("carl"), person(null, "service")])
        assert.strictEqual(verdict(unset, actor), "Not for your own.")
  })

  it("is a denial for an actor that nobody knows, and no matter for the platform itself", () => {
    assert.strictEqual(verdict(record, person(null)), "Not for your own.")
    assert.isTrue(verdict({ ...record, ownerId: null }, person(null, "system")))
  })
})
