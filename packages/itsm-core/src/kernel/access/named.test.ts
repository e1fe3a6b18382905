import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Schema } from "effect"
import * as Crud from "../commands/crud.ts"
import * as Event from "../commands/event.ts"
import * as Published from "../commands/published.ts"
import * as Service from "../commands/service.ts"
import { about } from "../model/condition-input.ts"
import * as Entity from "../model/entity.ts"
import { Id, Ids, Ref } from "../model/id.ts"
import { stamp } from "../model/stamp.ts"
import { Text } from "../model/text.ts"
import { Organization } from "../../modules/identity/records/organization.ts"
import * as Factories from "../../testing/factories.ts"
import * as Catalogue from "../running/catalogue.ts"
import { Kernel } from "../running/kernel.ts"
import { Store } from "../storage/store.ts"
import { type Actor, type Grant, provide, system } from "./actor.ts"

const Part = Entity.define("Part", {
  plural: "parts",
  fields: { name: Text(1, 100), ownerId: Schema.NullOr(Id("Part")), pin: Entity.secret(Schema.NullOr(Text(1, 9))) }
})
const Bin = Entity.define("Bin", { plural: "bins", fields: { name: Text(1, 100) }, role: "configuration" })

const Step = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("fetch"), partId: Id("Part") }),
  Schema.Struct({ kind: Schema.Literal("store"), binId: Schema.NullOr(Id("Bin")) }),
  Schema.Struct({ kind: Schema.Literal("note"), text: Text(1, 100) })
])

/** A record may stand for its id, as the name of a place. */
const PartKey = Id("Part") as unknown as typeof Schema.String

const Kit = Entity.define("Kit", {
  plural: "kits",
  fields: {
    steps: Entity.open(Schema.Array(Step), []),
    lead: Entity.open(Schema.NullOr(Schema.Struct({ partId: Id("Part"), spares: Schema.Array(Id("Part")) }))),
    places: Entity.open(Schema.Record(PartKey, Schema.Struct({ binId: Id("Bin") })), {}),
    partIds: Entity.open(Ids("Part", 5), []),
    subject: Entity.open(Schema.NullOr(Ref(["Part", "Bin"]))),
    when: Entity.open(Schema.NullOr(about("Part"))),
    unless: Entity.open(Schema.NullOr(about("Kit")))
  }
})

const published = {
  kit: Event.crud(Published.view("Kit", {})),
  part: Event.crud(Published.view("Part", {})),
  bin: Event.crud(Published.view("Bin", {}))
}

class Kits extends Service.define("Kits", Kit, Crud.of(Kit, { one: "a kit", events: published.kit })) {}
class Parts extends Service.define("Parts", Part, Crud.of(Part, { one: "a part", events: published.part })) {}
class Bins extends Service.define("Bins", Bin, Crud.of(Bin, { one: "a bin", events: published.bin })) {}

const catalogue = Catalogue.make([{ name: "toys", services: [Kits, Parts, Bins], published }], [])
const world = Layer.mergeAll(Kits.layer, Parts.layer, Bins.layer).pipe(
  Layer.provideMerge(Kernel.layer(catalogue)),
  Layer.provideMerge(MemoryStore.layer)
)

const own = "0192f0c1-0000-7000-8000-000000000001" as Id<"Organization">
const other = "0192f0c1-0000-7000-8000-000000000002" as Id<"Organization">
const grant = (permission: string): Grant => ({ permission, effect: "allow", scope: "organization", source: "test" })
const actor = (...permissions: ReadonlyArray<string>): Actor => ({
  ...system(own),
  kind: "user",
  id: "0192f0c1-0000-7000-8000-000000000003" as Id<"User">,
  grants: permissions.map(grant)
})

const write = Effect.fnUntraced(function* (entity: Entity.AnyEntity, organizationId: Id<"Organization">, more: object) {
  const store = yield* Store
  const id = crypto.randomUUID()
  const moment = { now: "2026-11-21T08:30:00.000Z" as never, actor: { id: null, organizationId } }
  const record = { ...stamp(entity, moment, id, entity.make({ name: "thing", ...more })), ...more }
  yield* store.commit({ organizationId }, [{ kind: "insert", entity, record }])
  return id
})

const founded = Effect.gen(function* () {
  const store = yield* Store
  for (const id of [own, other]) {
    const record = Factories.organization({ id, organizationId: id })
    yield* store.commit({ organizationId: id }, [{ kind: "insert", entity: Organization, record }])
  }
})

const things = Effect.all({
  part: write(Part, own, { ownerId: null, pin: null }),
  bin: write(Bin, own, {}),
  foreignPart: write(Part, other, { ownerId: null, pin: null }),
  foreignBin: write(Bin, other, {}),
  deletedPart: write(Part, own, { ownerId: null, pin: null, deletedAt: "2026-11-21T08:30:00.000Z" })
})

const everything = actor("*")
const create = (input: object, as = everything) =>
  Kits.use((kits) => kits.create(input as never)).pipe(
    provide(as),
    Effect.as([] as ReadonlyArray<string>),
    Effect.catchTag("ValidationFailed", ({ errors }) =>
      Effect.succeed(errors.map(({ code, pointer }) => `${code} ${pointer}`))
    )
  )

const play = <A, E>(effect: Effect.Effect<A, E, Store | Kits>) => Effect.provide(Effect.andThen(founded, effect), world)

describe("a record that an input names, wherever it stands", () => {
  it.effect("is taken where it is one that the actor may use", () =>
    play(
      Effect.gen(function* () {
        const { part, bin } = yield* things
        const whole = {
          steps: [
            { kind: "fetch", partId: part },
            { kind: "store", binId: bin },
            { kind: "store", binId: null },
            { kind: "note", text: "x" }
          ],
          lead: { partId: part, spares: [part] },
          places: { [part]: { binId: bin } },
          partIds: [part],
          subject: { type: "bin", id: bin },
          when: { all: [{ field: "ownerId", op: "eq", value: part }] },
          unless: { field: "subject.id", op: "in", value: [part, bin] }
        }
        assert.deepStrictEqual(yield* create(whole), [])
      })
    )
  )

  it.effect("is refused at its pointer where it is foreign, deleted, of another type, or nowhere", () =>
    play(
      Effect.gen(function* () {
        const { part, bin, foreignPart, foreignBin, deletedPart } = yield* things
        const at = (pointer: string) => [`reference_not_found ${pointer}`]
        for (const gone of [foreignPart, deletedPart, bin, crypto.randomUUID()]) {
          assert.deepStrictEqual(
            yield* create({
              steps: [
                { kind: "note", text: "x" },
                { kind: "fetch", partId: gone }
              ]
            }),
            at("/steps/1/partId")
          )
          assert.deepStrictEqual(yield* create({ lead: { partId: gone, spares: [] } }), at("/lead/partId"))
          assert.deepStrictEqual(yield* create({ lead: { partId: part, spares: [part, gone] } }), at("/lead/spares/1"))
          assert.deepStrictEqual(yield* create({ places: { [gone]: { binId: bin } } }), at(`/places/${gone}`))
          assert.deepStrictEqual(yield* create({ partIds: [part, gone] }), at("/partIds/1"))
          assert.deepStrictEqual(yield* create({ subject: { type: "part", id: gone } }), at("/subject/id"))
        }
        assert.deepStrictEqual(yield* create({ steps: [{ kind: "store", binId: foreignBin }] }), at("/steps/0/binId"))
        assert.deepStrictEqual(
          yield* create({ places: { [part]: { binId: foreignBin } } }),
          at(`/places/${part}/binId`)
        )
        assert.deepStrictEqual(yield* create({ subject: { type: "kit", id: part } }), at("/subject/type"))
        assert.deepStrictEqual(yield* create({ subject: { type: "bin", id: part } }), at("/subject/id"))
      })
    )
  )

  it.effect("is refused where it is hidden from the actor", () =>
    play(
      Effect.gen(function* () {
        const { part, bin } = yield* things
        const blind = actor("kit.create", "kit.read", "bin.read")
        assert.deepStrictEqual(yield* create({ partIds: [part], subject: { type: "bin", id: bin } }, blind), [
          "reference_not_found /partIds/0"
        ])
      })
    )
  )

  it.effect("is named each time that it stands there, in one answer", () =>
    play(
      Effect.gen(function* () {
        const { part, foreignPart } = yield* things
        assert.deepStrictEqual(
          yield* create({ partIds: [foreignPart, part], lead: { partId: foreignPart, spares: [foreignPart] } }),
          ["reference_not_found /lead/partId", "reference_not_found /lead/spares/0", "reference_not_found /partIds/0"]
        )
      })
    )
  )
})

describe("a condition that an input gives on the records of an entity", () => {
  it.effect("names none but those that are there, at the place of each value", () =>
    play(
      Effect.gen(function* () {
        const { part, bin, foreignPart } = yield* things
        const asked: ReadonlyArray<readonly [object, string]> = [
          [{ when: { field: "ownerId", op: "eq", value: foreignPart } }, "/when/value"],
          [{ when: { any: [{ field: "ownerId", op: "in", value: [part, foreignPart] }] } }, "/when/any/0/value/1"],
          [{ unless: { not: { field: "partIds", op: "has", value: foreignPart } } }, "/unless/not/value"],
          [{ unless: { field: "partIds", op: "hasAny", value: [part, bin] } }, "/unless/value/1"],
          [{ unless: { field: "subject.id", op: "eq", value: foreignPart } }, "/unless/value"]
        ]
        for (const [input, pointer] of asked)
          assert.deepStrictEqual(yield* create(input), [`reference_not_found ${pointer}`])
      })
    )
  )

  it.effect("asks nothing that these records cannot be asked, and nothing that its author may not read", () =>
    play(
      Effect.gen(function* () {
        const isNull = (field: string) => ({ field, op: "isNull", value: true })
        assert.deepStrictEqual(yield* create({ when: { all: [isNull("name"), isNull("pin")] } }), [
          "unknown_field /when/all/1/field"
        ])
        assert.deepStrictEqual(yield* create({ unless: { field: "partIds", op: "eq", value: "x" } }), [
          "invalid_value /unless/op"
        ])
        assert.deepStrictEqual(yield* create({ when: isNull("name") }, actor("kit.create", "kit.read")), [
          "unknown_field /when/field"
        ])
      })
    )
  )
})
