import { assert, layer } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Organization, Team, User, identity } from "@itsm/core/identity"
import { Actor, Catalogue, Crud, type Entity, Event, Kernel, Published, Service, Store } from "@itsm/core/kernel"
import { Factories, Specimen } from "@itsm/core/testing"
import { Effect, Layer } from "effect"
import { freshStore, tablesOf } from "./database.ts"

const events = Event.crud(Published.view("Specimen", {}))
class Specimens extends Service.define("Specimens", Specimen, Crud.of(Specimen, { one: "a specimen", events })) {}

const catalogue = Catalogue.make([identity, { name: "specimens", services: [Specimens], published: events }], [])

const onPostgres = Layer.provideMerge(Layer.effectDiscard(tablesOf([Specimen])), freshStore)
const domain = <E>(store: Layer.Layer<Store.Store, E>) =>
  Specimens.layer.pipe(Layer.provideMerge(Kernel.Kernel.layer(catalogue)), Layer.provideMerge(store))

const found = Effect.gen(function* () {
  const organization = Factories.organization()
  const user = Factories.user(organization.id)
  const team = Factories.team(organization.id)
  const insert = (entity: Entity.AnyEntity, record: Entity.AnyRecord): Store.Change => ({
    kind: "insert",
    entity,
    record
  })
  const store = yield* Store.Store
  yield* store.commit({ organizationId: organization.id }, [
    insert(Organization, organization),
    insert(User, user),
    insert(Team, team)
  ])
  return { organization, user, team }
})

const plain = {
  name: "A specimen",
  ratio: 2.5,
  day: "2026-11-21" as Specimen["day"],
  price: { amount: 1250, currency: "EUR" },
  labels: ["new"]
}

for (const [name, store] of [
  ["memory", MemoryStore.layer],
  ["PostgreSQL", onPostgres]
] as ReadonlyArray<readonly [string, Layer.Layer<Store.Store, unknown>]>) {
  layer(domain(store), { excludeTestServices: true, timeout: "1 minute" })(`what an input names, on ${name}`, (it) => {
    it.effect("is kept with all of its values where it is one's own", () =>
      Effect.gen(function* () {
        const own = yield* found
        const input = { ...plain, memberIds: [own.user.id], subject: { type: "team", id: own.team.id } as const }
        const specimens = yield* Specimens
        const as = Actor.provide(Actor.system(own.organization.id))
        const { id } = yield* specimens.create(input).pipe(as)
        assert.deepInclude(yield* specimens.get(id).pipe(as), { ...input, maybePrice: null, maybeSubject: null })
        const sorted = yield* specimens
          .list({
            where: { field: "price.amount", op: "gt", value: 1000 },
            sort: [{ field: "ratio", direction: "desc" }]
          })
          .pipe(as)
        assert.deepStrictEqual(
          sorted.items.map((item) => item.id),
          [id]
        )
      })
    )

    it.effect("is refused at its pointer where it is another organization's", () =>
      Effect.gen(function* () {
        const [own, other] = [yield* found, yield* found]
        const specimens = yield* Specimens
        const refusals = (memberIds: Specimen["memberIds"], subject: Specimen["subject"]) =>
          Effect.flip(specimens.create({ ...plain, memberIds, subject })).pipe(
            Actor.provide(Actor.system(own.organization.id)),
            Effect.map((error) =>
              error._tag === "ValidationFailed" ? error.errors.map(({ code, pointer }) => `${code} ${pointer}`) : error
            )
          )
        assert.deepStrictEqual(yield* refusals([own.user.id, other.user.id], { type: "team", id: other.team.id }), [
          "reference_not_found /memberIds/1",
          "reference_not_found /subject/id"
        ])
        assert.deepStrictEqual(yield* refusals([own.user.id], { type: "department", id: own.team.id }), [
          "reference_not_found /subject/id"
        ])
      })
    )
  })
}
