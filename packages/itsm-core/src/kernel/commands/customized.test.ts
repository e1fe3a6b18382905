import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer } from "effect"
import { CustomFields, customization } from "../../modules/customization/index.ts"
import { Organization } from "../../modules/identity/records/organization.ts"
import * as Factory from "../../testing/factories.ts"
import {
  Actor,
  Audit,
  Catalogue,
  Condition,
  Crud,
  type CustomField,
  CustomPath,
  Entity,
  Event,
  Id,
  Kernel,
  Published,
  Service,
  Store,
  Text
} from "../index.ts"

const Crate = Entity.define("Crate", {
  plural: "crates",
  fields: { name: Text.Text(1, 100), ownerId: Entity.immutable(Id.Id("Organization")) }
})
const CrateEvents = Event.crud(Published.view("Crate", {}))
class Crates extends Service.define("Crates", Crate, Crud.of(Crate, { one: "a crate", events: CrateEvents })) {}

const catalogue = Catalogue.make(
  [
    { name: "toys", services: [Crates], entities: [Organization, Audit.AuditLog], published: { CrateEvents } },
    customization
  ],
  [Event.OutboxEvent]
)
const world = Layer.mergeAll(Crates.layer, CustomFields.layer).pipe(
  Layer.provideMerge(Kernel.Kernel.layer(catalogue)),
  Layer.provideMerge(MemoryStore.layer)
)

const newOrganization = Effect.gen(function* () {
  const organization = Factory.organization()
  yield* Store.Store.use((store) =>
    store.commit({ organizationId: organization.id }, [{ kind: "insert", entity: Organization, record: organization }])
  )
  return organization.id
})

const play = <A, E, R>(run: (organizationId: Id.Id<"Organization">) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(newOrganization, (id) => run(id).pipe(Actor.provide(Actor.system(id)))).pipe(Effect.provide(world))

type Kind = CustomField.CustomField["kind"]
const added = (key: string, kind: Kind, more: object = {}) =>
  CustomFields.use((fields) =>
    fields.create({
      entityType: "crate",
      key,
      label: key,
      kind,
      ...(kind === "choice" ? { options: ["red", "blue"] } : {}),
      ...more
    })
  )
const problemsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => {
    const { errors = [] } = error as {
      readonly errors?: ReadonlyArray<{ readonly pointer: string; readonly code: string }>
    }
    return errors.map(({ pointer, code }) => `${pointer} ${code}`)
  })

const good: Readonly<Record<Kind, CustomPathValue>> = {
  text: "a text",
  integer: 3,
  decimal: 2.5,
  boolean: false,
  date: "2026-02-28",
  instant: "2026-11-21T09:30:00+01:00",
  choice: "red",
  texts: ["a", "b"]
}
type CustomPathValue = string | number | boolean | ReadonlyArray<string>
const bad: Readonly<Record<Kind, ReadonlyArray<readonly [CustomPathValue, string]>>> = {
  text: [[1, "invalid_type"]],
  integer: [
    ["3", "invalid_type"],
    [2.5, "out_of_range"],
    [1e300, "out_of_range"]
  ],
  decimal: [["3", "invalid_type"]],
  boolean: [["true", "invalid_type"]],
  date: [
    [20, "invalid_type"],
    ["2026-02-30", "invalid_value"]
  ],
  instant: [
    [true, "invalid_type"],
    ["2026-02-28", "invalid_value"]
  ],
  choice: [
    [["red"], "invalid_type"],
    ["green", "invalid_value"]
  ],
  texts: [["a", "invalid_type"]]
}
const kinds = Object.keys(CustomPath.customKinds) as ReadonlyArray<Kind>

describe("a field that an organization has added", () => {
  it.effect.each(kinds)("takes values of its kind and refuses others at their place: %s", (kind) =>
    play((ownerId) =>
      Effect.gen(function* () {
        yield* added("it", kind)
        const crates = yield* Crates
        const { customFields } = yield* crates.create({ name: "a", ownerId, customFields: { it: good[kind] } })
        assert.deepStrictEqual(customFields, { it: kind === "instant" ? "2026-11-21T08:30:00.000Z" : good[kind] })
        for (const [value, code] of bad[kind])
          assert.deepStrictEqual(
            yield* problemsOf(crates.create({ name: "b", ownerId, customFields: { it: value } })),
            [`/customFields/it ${code}`]
          )
      })
    )
  )

  it.effect("is known to its organization, for its kind of record, as long as it is in use", () =>
    play((ownerId) =>
      Effect.gen(function* () {
        const crates = yield* Crates
        const write = (key: string) => crates.create({ name: "a", ownerId, customFields: { [key]: "x" } })
        yield* added("kept", "text")
        yield* added("retired", "text", { isActive: false })
        yield* added("elsewhere", "text", { entityType: "custom_field" })
        yield* write("kept")
        for (const key of ["retired", "elsewhere", "nowhere", "__proto__"])
          assert.deepStrictEqual(yield* problemsOf(write(key)), [`/customFields/${key} unknown_field`])
        const other = yield* newOrganization
        const foreign = crates.create({ name: "a", ownerId: other, customFields: { kept: "x" } })
        assert.deepStrictEqual(yield* problemsOf(foreign).pipe(Actor.provide(Actor.system(other))), [
          "/customFields/kept unknown_field"
        ])
      })
    )
  )

  it.effect("is required of new records, and can then not be taken away", () =>
    play((ownerId) =>
      Effect.gen(function* () {
        const crates = yield* Crates
        const early = yield* crates.create({ name: "early", ownerId })
        yield* added("must", "integer", { isRequired: true })
        const required = ["/customFields/must required"]
        assert.deepStrictEqual(yield* problemsOf(crates.create({ name: "a", ownerId })), required)
        assert.deepStrictEqual(
          yield* problemsOf(crates.create({ name: "a", ownerId, customFields: { must: null } })),
          required
        )
        yield* crates.update(early.id, { name: "still early" })
        const { id } = yield* crates.create({ name: "a", ownerId, customFields: { must: 1 } })
        assert.deepStrictEqual(yield* problemsOf(crates.update(id, { customFields: { must: null } })), required)
      })
    )
  )

  it.effect("is changed key by key, and the audit entry says which", () =>
    play((ownerId) =>
      Effect.gen(function* () {
        const crates = yield* Crates
        for (const key of ["a", "b", "c"]) yield* added(key, "text")
        const { id } = yield* crates.create({ name: "a", ownerId, customFields: { a: "1", b: "2" } })
        const after = yield* crates.update(id, { customFields: { b: null, c: "3" } })
        assert.deepStrictEqual(after.customFields, { a: "1", c: "3" })
        const { items } = yield* Store.Store.use((store) =>
          store.find({ organizationId: ownerId }, Audit.AuditLog, {
            where: Condition.all([Condition.eq("entityId", id), Condition.eq("action", "crate.update")]),
            sort: [],
            limit: 9
          })
        )
        assert.deepStrictEqual(items[0]!.changes, [
          { field: "customFields.b", old: "2", new: null },
          { field: "customFields.c", old: null, new: "3" }
        ])
      })
    )
  )

  it.effect("is one of two hundred at most", () =>
    play(() =>
      Effect.gen(function* () {
        for (let index = 0; index < 200; index++) yield* added(`field${index}`, "text")
        assert.deepStrictEqual(yield* problemsOf(added("more", "text")), ["/entityType too_many"])
        yield* added("elsewhere", "text", { entityType: "custom_field" })
      })
    )
  )

  it.effect("is defined once for a kind of record, and with options where one is chosen", () =>
    play(() =>
      Effect.gen(function* () {
        yield* added("one", "text")
        assert.deepInclude(yield* Effect.flip(added("one", "integer")), { _tag: "Duplicate" })
        assert.deepStrictEqual(yield* problemsOf(added("two", "choice", { options: [] })), ["/options required"])
        assert.deepStrictEqual(yield* problemsOf(added("two", "text", { options: ["a"] })), ["/options invalid_value"])
        for (const entityType of ["nothing", "audit_log"])
          assert.deepStrictEqual(yield* problemsOf(added("two", "text", { entityType })), ["/entityType invalid_value"])
      })
    )
  )
})

describe("the name that another system has for a record", () => {
  it.effect("is there with its system, and belongs to one record", () =>
    play((ownerId) =>
      Effect.gen(function* () {
        const crates = yield* Crates
        const named = { externalId: "4711", externalSource: "legacy" }
        assert.deepStrictEqual(yield* problemsOf(crates.create({ name: "a", ownerId, externalId: "1" })), [
          "/externalSource required"
        ])
        const { id } = yield* crates.create({ name: "a", ownerId, ...named })
        assert.deepInclude(yield* Effect.flip(crates.create({ name: "b", ownerId, ...named })), {
          _tag: "Duplicate",
          fields: ["externalId", "externalSource"]
        })
        assert.deepStrictEqual(yield* problemsOf(crates.update(id, { externalId: null })), ["/externalId required"])
        const bare = yield* crates.update(id, { externalId: null, externalSource: null })
        assert.isNull(bare.externalId)
        yield* crates.create({ name: "b", ownerId, ...named })
      })
    )
  )
})
