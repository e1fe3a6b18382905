import { assert, layer } from "@effect/vitest"
import { ApplicationRole, Migrate, PgStore } from "@itsm/adapter-pg"
import { Incident } from "@itsm/core/incidents"
import { Condition, Store } from "@itsm/core/kernel"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { freshDatabase, prepared } from "./database.ts"
import { twoOrganizations } from "./two-organizations.ts"

/** A database whose owner is a plain user with these attributes; statements of the superuser beside it. */
const owned = Effect.fnUntraced(function* (attributes: string) {
  const url = yield* freshDatabase
  const admin = yield* Layer.build(PgStore.clientLayer({ url, maxConnections: 1 }))
  const asAdmin = (text: string) =>
    Effect.provideContext(
      SqlClient.SqlClient.use((sql) => sql.unsafe(text).unprepared),
      admin
    )
  const owner = `owner_${randomUUID().slice(0, 8)}`
  const address = new URL(Redacted.value(url))
  yield* asAdmin(`CREATE ROLE ${owner} LOGIN PASSWORD 'owner' NOSUPERUSER NOBYPASSRLS ${attributes}`)
  yield* asAdmin(`ALTER DATABASE ${address.pathname.slice(1)} OWNER TO ${owner}`)
  address.username = owner
  address.password = "owner"
  return { url: Redacted.make(address.href), owner, asAdmin }
})

const search = { where: { search: "nothing" } as Condition.Condition, sort: [], limit: 5 }

const open = (url: Redacted.Redacted, rowLevelSecurity: boolean) =>
  Layer.build(PgStore.layerFromUrl({ url, rowLevelSecurity, maxConnections: 2 }))

layer(Layer.empty, { excludeTestServices: true })("a user of the database without a superuser's rights", (it) => {
  it.effect("who may make roles needs nobody else", () =>
    Effect.gen(function* () {
      const { url } = yield* owned("CREATEROLE")
      const context = yield* open(url, true)
      yield* Effect.provideContext(Effect.andThen(prepared, prepared), context)
      const [a, b] = yield* Effect.provideContext(twoOrganizations, context)
      const store = Context.get(context, Store.Store)
      assert.strictEqual(yield* store.count({ organizationId: a }, Incident, Condition.always, 10), 1)
      assert.strictEqual(yield* store.count({ organizationId: b }, Incident, Condition.always, 10), 1)
      assert.strictEqual(yield* store.count("everywhere", Incident, Condition.always, 10), 2)
      assert.deepStrictEqual((yield* store.find({ organizationId: a }, Incident, search)).items, [])
    })
  )

  it.effect("who may not is told what an administrator has to do, and that is enough", () =>
    Effect.gen(function* () {
      const { url, owner, asAdmin } = yield* owned("NOCREATEROLE")
      const context = yield* open(url, true)
      yield* Effect.provideContext(Migrate.run(), context)
      const ensure = Effect.provideContext(ApplicationRole.ensure, context)
      const error = yield* Effect.flip(ensure)
      assert.instanceOf(error, ApplicationRole.ApplicationRoleMissing)
      const [, create, grant] = /run: (CREATE ROLE [^;]+); (GRANT [^;]+);/.exec(error.message)!
      assert.include(grant, owner)
      yield* asAdmin(create!)
      assert.instanceOf(yield* Effect.flip(ensure), ApplicationRole.ApplicationRoleMissing)
      yield* asAdmin(grant!)
      yield* ensure
      const [a] = yield* Effect.provideContext(twoOrganizations, context)
      const store = Context.get(context, Store.Store)
      assert.strictEqual(yield* store.count({ organizationId: a }, Incident, Condition.always, 10), 1)
    })
  )

  it.effect("works without the role where row-level security is off", () =>
    Effect.gen(function* () {
      const { url } = yield* owned("NOCREATEROLE")
      const context = yield* open(url, false)
      yield* Effect.provideContext(Migrate.run(), context)
      const [a] = yield* Effect.provideContext(twoOrganizations, context)
      const store = Context.get(context, Store.Store)
      assert.strictEqual(yield* store.count({ organizationId: a }, Incident, Condition.always, 10), 1)
      assert.strictEqual(yield* store.count("everywhere", Incident, Condition.always, 10), 2)
    })
  )

  it.effect("who is no more than a member of the role serves what another has migrated", () =>
    Effect.gen(function* () {
      const { url, owner, asAdmin } = yield* owned("NOCREATEROLE")
      const admin = new URL(Redacted.value(url))
      yield* asAdmin(`ALTER ROLE ${owner} CREATEROLE`)
      const migrator = yield* open(url, true)
      yield* Effect.provideContext(prepared, migrator)
      const member = `${owner}_member`
      const role = ApplicationRole.nameFor(ApplicationRole.databaseOf(admin.href))
      yield* asAdmin(`CREATE ROLE ${member} LOGIN PASSWORD 'member' IN ROLE ${role}`)
      admin.username = member
      admin.password = "member"
      const context = yield* open(Redacted.make(admin.href), true)
      assert.deepStrictEqual(yield* Effect.provideContext(Migrate.run(), context), [])
      yield* Effect.provideContext(ApplicationRole.ensure, context)
      const [a] = yield* Effect.provideContext(twoOrganizations, context)
      const store = Context.get(context, Store.Store)
      assert.strictEqual(yield* store.count({ organizationId: a }, Incident, Condition.always, 10), 1)
    })
  )
})
