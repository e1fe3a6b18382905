import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { about, ConditionInput } from "./condition-input.ts"
import { ActorId, Id, Ids, PastId, Ref } from "./id.ts"
import { missingReference, references } from "./references.ts"

const [a, b, c] = [1, 2, 3].map((digit) => `0192f0c1-0000-7000-8000-00000000000${digit}`) as [string, string, string]
const found = (schema: Schema.Codec<any, any>, input: unknown) =>
  references(schema)
    .find(input)
    .references.map(({ pointer, targets, id }) => `${pointer} ${targets.join("|")} ${id}`)

interface Tree {
  readonly userId: string
  readonly below: ReadonlyArray<Tree>
}
const Tree: Schema.Codec<Tree, any> = Schema.Struct({
  userId: Id("User"),
  below: Schema.Array(Schema.suspend((): Schema.Codec<Tree, any> => Tree))
}) as never

describe("the references of an input", () => {
  it("are its ids, whether or not they may be left out or null", () => {
    const schema = Schema.Struct({
      a: Id("User"),
      b: Schema.NullOr(Id("Team")),
      c: Schema.optionalKey(Id("User")),
      d: Schema.optionalKey(Schema.NullOr(Id("Team"))),
      e: Schema.String
    })
    assert.deepStrictEqual(
      references(schema).places.map(({ pointer, targets }) => `${pointer} ${targets.join()}`),
      ["/a User", "/b Team", "/c User", "/d Team"]
    )
    assert.deepStrictEqual(found(schema, { a, b: null, d: b, e: c }), [`/a User ${a}`, `/d Team ${b}`])
  })

  it("are those in lists, tuples, records and their keys, and in what names itself", () => {
    assert.deepStrictEqual(found(Schema.Struct({ list: Schema.Array(Id("User")) }), { list: [a, b] }), [
      `/list/0 User ${a}`,
      `/list/1 User ${b}`
    ])
    assert.deepStrictEqual(found(Schema.Struct({ ids: Ids("User", 5) }), { ids: [a] }), [`/ids/0 User ${a}`])
    assert.deepStrictEqual(found(Schema.Tuple([Schema.String, Id("Team")]), ["x", a]), [`/1 Team ${a}`])
    assert.deepStrictEqual(
      found(Schema.Record(Id("User") as unknown as typeof Schema.String, Id("Team")), { [a]: b }),
      [`/${a} User ${a}`, `/${a} Team ${b}`]
    )
    assert.deepStrictEqual(found(Tree, { userId: a, below: [{ userId: b, below: [{ userId: c, below: [] }] }] }), [
      `/userId User ${a}`,
      `/below/0/userId User ${b}`,
      `/below/0/below/0/userId User ${c}`
    ])
    assert.deepStrictEqual(found(Schema.Record(Schema.String, Id("User")), { "a/b": a }), [`/a~1b User ${a}`])
  })

  it("are those of each form of a union that the value has, however the forms overlap", () => {
    const forms = Schema.Union([
      Schema.Struct({ name: Schema.String }),
      Schema.Struct({ name: Schema.String, userId: Id("User") }),
      Schema.Struct({ teamId: Id("Team") })
    ])
    assert.deepStrictEqual(found(forms, { name: "x", userId: a }), [`/userId User ${a}`])
    assert.deepStrictEqual(found(forms, { teamId: b }), [`/teamId Team ${b}`])
    assert.deepStrictEqual(found(forms, { name: "x" }), [])
    const wider = Schema.Union([
      Schema.Struct({ userId: Id("User") }),
      Schema.Struct({ userId: Id("User"), teamId: Id("Team") })
    ])
    assert.deepStrictEqual(found(wider, { userId: a, teamId: b }), [`/userId User ${a}`, `/teamId Team ${b}`])
  })

  it("are of the type that a pair names", () => {
    const schema = Schema.Struct({ subject: Schema.NullOr(Ref(["Team", "ServiceRequest"])) })
    assert.deepStrictEqual(references(schema).places, [{ pointer: "/subject/id", targets: ["Team", "ServiceRequest"] }])
    assert.deepStrictEqual(found(schema, { subject: { type: "service_request", id: a } }), [
      `/subject/id ServiceRequest ${a}`
    ])
    assert.deepStrictEqual(found(schema, { subject: null }), [])
  })

  it("are not who acted, nor what may be gone", () => {
    assert.deepStrictEqual(found(Schema.Struct({ actorId: ActorId, pastId: PastId }), { actorId: a, pastId: b }), [])
    assert.deepStrictEqual(found(Schema.Struct({ actorId: Id("User") }), { actorId: a }), [`/actorId User ${a}`])
  })

  it("have conditions beside them, where one says on whose records it is", () => {
    const condition = { field: "name", op: "eq", value: "x" } as const
    const schema = Schema.Struct({ rules: Schema.Array(Schema.Struct({ when: about("Team"), free: ConditionInput })) })
    assert.deepStrictEqual(references(schema).find({ rules: [{ when: condition, free: condition }] }).conditions, [
      { pointer: "/rules/0/when", about: "Team", condition }
    ])
  })

  it("have one text where they are missing", () => {
    assert.deepStrictEqual(missingReference("/a"), {
      pointer: "/a",
      code: "reference_not_found",
      message: "names no record that you may use here"
    })
  })
})
