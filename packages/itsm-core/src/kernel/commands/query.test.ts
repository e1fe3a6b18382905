import { assert, describe, it } from "@effect/vitest"
import { MemoryStore } from "@itsm/adapter-memory"
import { Effect, Layer, Option, Result, Schema, Stream } from "effect"
import { Organization } from "../../modules/identity/index.ts"
import {
  Actor,
  Audit,
  Bearer,
  Catalogue,
  Change,
  Command,
  Condition,
  Content,
  Entity,
  Errors,
  Event,
  type Id,
  Idempotency,
  Instant,
  Kernel,
  Published,
  Query,
  QueryService,
  Service,
  Shell,
  Stamp,
  Text,
  Timer,
  VisibleReader
} from "../index.ts"

const Note = Entity.define("Note", {
  plural: "notes",
  fields: {
    title: Entity.open(Text.Text(1, 100)),
    price: Entity.open(Schema.NullOr(Text.Whole(0, 1000))),
    secret: Entity.secret(Schema.NullOr(Schema.String), null)
  },
  search: ["title"],
  relations: { own: ["createdById"] }
})

const NoteView = Published.view("Note", { title: Text.Text(1, 100) })
const NoteWritten = Event.define(NoteView, "written")

const write = Command.collection(Note, "write", {
  description: "Writes notes.",
  input: Content.lines(Note.create),
  output: Schema.Struct({ written: Schema.Int }),
  gather: (lines) =>
    Effect.gen(function* () {
      const fresh = yield* Command.freshIds
      const rows = yield* Stream.runCollect(Content.valid(lines))
      return { rows: rows.map((row) => ({ id: fresh<"Note">(), row })) }
    }),
  decide: (_, { rows }) =>
    Result.succeed({
      also: rows.map(({ id, row }) => Change.insert(Note, row, id)),
      events: rows.map(({ id }) => NoteWritten.make({ id })),
      output: { written: rows.length },
      reason: "typed in"
    })
})

const price = Query.of(Note, "price", {
  description: "What a note costs.",
  permission: "note.price",
  output: Schema.Struct({ price: Schema.NullOr(Schema.Int) }),
  run: (note) => Effect.succeed({ price: note.price ?? null })
})

const most = Query.define("most", {
  description: "How much is more than enough.",
  input: Schema.Struct({ of: Schema.Int }),
  output: Schema.Int,
  run: ({ of: amount }) => Effect.succeed(amount + 1)
})

class Notes extends Service.define("Notes", Note, { write, price }) {}
class Amounts extends QueryService.define("Amounts", { most }) {}

const catalogue = Catalogue.make(
  [
    {
      name: "notes",
      services: [Notes],
      queries: [Amounts],
      published: { NoteView, NoteWritten },
      entities: [Organization]
    }
  ],
  [Event.OutboxEvent, Timer.Timer, Idempotency.IdempotencyRecord, Audit.AuditLog]
)

const organizationId = "0192f5e7-7b1a-7cc0-8000-000000000001" as Id.Id<"Organization">
const reach = { organizationId }
const as = (digit: number, ...grants: ReadonlyArray<Partial<Actor.Grant>>): Actor.Actor => ({
  ...Actor.system(organizationId),
  kind: "user",
  id: `0192f5e7-7b1a-7cc0-8000-00000000010${digit}` as Id.Id<"User">,
  grants: grants.map((grant) => ({
    permission: "note.*",
    effect: "allow",
    scope: "organization",
    source: "test",
    ...grant
  }))
})
const admin = as(1, {})
const author = as(2, { scope: "own" })
const reader = as(3, { permission: "note.read", fields: ["title"] })

const founded = Effect.gen(function* () {
  const { store } = yield* Kernel.Kernel
  const record = Stamp.stamp(
    Organization,
    { now: Instant.fromEpochMs(0), actor: admin },
    organizationId,
    Organization.make({ name: "Acme", slug: "acme" })
  )
  yield* Effect.orDie(store.commit(reach, [{ kind: "insert", entity: Organization, record }]))
})

const layer = Layer.mergeAll(Notes.layer, Amounts.layer).pipe(
  Layer.provideMerge(Kernel.Kernel.layer(catalogue)),
  Layer.provideMerge(MemoryStore.layer)
)
const play = <A, E>(effect: Effect.Effect<A, E, Layer.Success<typeof layer>>) =>
  Effect.provide(Effect.andThen(founded, effect), layer)

const all = <E extends Entity.AnyEntity>(entity: E) =>
  Effect.flatMap(Kernel.Kernel, ({ store }) =>
    Effect.map(store.find(reach, entity, { where: Condition.always, sort: [], limit: 1000 }), ({ items }) => items)
  )
const writing = (actor: Actor.Actor, rows: ReadonlyArray<(typeof Note.create)["Type"]>) =>
  Notes.use((notes) => notes.write(rows)).pipe(Actor.provide(actor))

describe("a command of many", () => {
  it.effect("is one commit: its records, its events, and one audit entry that names no record", () =>
    play(
      Effect.gen(function* () {
        assert.deepStrictEqual(
          yield* writing(admin, [
            { title: "a", price: 1 },
            { title: "b", price: null }
          ]),
          {
            written: 2
          }
        )
        assert.strictEqual((yield* all(Note)).length, 2)
        const ids = (yield* all(Note)).map((note): string => note.id)
        const told = yield* all(Event.OutboxEvent)
        assert.isTrue(
          told.every(
            ({ type, aggregateId, data }) => type === "note.written.v1" && (data as { id: string }).id === aggregateId
          )
        )
        assert.sameMembers(
          told.map(({ aggregateId }): string => aggregateId),
          ids
        )
        const [entry, ...others] = yield* all(Audit.AuditLog)
        assert.deepStrictEqual(others, [])
        assert.deepInclude(entry, { action: "note.write", entityId: null, outcome: "allow", reason: "typed in" })
        assert.strictEqual(entry!.changes.filter(({ field }) => field === "title").length, 2)
        assert.sameMembers([...entry!.subjects], ids)
      })
    )
  )

  it.effect("stores nothing of a wrong record, and tells its line", () =>
    play(
      Effect.gen(function* () {
        const failed = yield* Effect.flip(
          writing(admin, [
            { title: "a", price: 1 },
            { title: "", price: -1 }
          ])
        )
        assert.strictEqual(failed._tag, "ValidationFailed")
        assert.deepStrictEqual(
          failed._tag === "ValidationFailed" ? failed.errors.map(({ pointer, line }) => [pointer, line]) : [],
          [
            ["/title", 2],
            ["/price", 2]
          ]
        )
        assert.deepStrictEqual(yield* all(Note), [])
      })
    )
  )

  it.effect("is denied, on record, to whoever has no permission at all, or not for these", () =>
    play(
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(writing(reader, [{ title: "a", price: 1 }])))._tag, "PermissionDenied")
        assert.deepStrictEqual(yield* writing(author, [{ title: "mine", price: 1 }]), { written: 1 })
        const never = as(2, { condition: Condition.eq("title", "other") })
        assert.strictEqual((yield* Effect.flip(writing(never, [{ title: "mine", price: 1 }])))._tag, "PermissionDenied")
        assert.deepStrictEqual((yield* all(Audit.AuditLog)).map(({ outcome }) => outcome).toSorted(), [
          "allow",
          "deny",
          "deny"
        ])
      })
    )
  )

  it.effect("decides a dry run and stores nothing of it", () =>
    play(
      Effect.gen(function* () {
        const outcome = yield* Shell.execute(write, {
          input: Effect.succeed([{ title: "a", price: 1 }]),
          dryRun: true
        }).pipe(Actor.provide(admin))
        assert.deepInclude(outcome, { output: { written: 1 } })
        assert.deepStrictEqual([...(yield* all(Note)), ...(yield* all(Audit.AuditLog))], [])
      })
    )
  )
})

describe("a query", () => {
  it.effect("loads its record through its caller's visibility, and checks its own permission", () =>
    play(
      Effect.gen(function* () {
        yield* writing(admin, [{ title: "a", price: 5 }])
        const [{ id }] = (yield* all(Note)) as unknown as readonly [{ readonly id: Id.Id<"Note"> }]
        const ask = (actor: Actor.Actor) => Notes.use((notes) => notes.price(id)).pipe(Actor.provide(actor))
        assert.deepStrictEqual(yield* ask(admin), { price: 5 })
        assert.strictEqual((yield* Effect.flip(ask(author)))._tag, "NotFound")
        assert.strictEqual((yield* Effect.flip(ask(reader)))._tag, "PermissionDenied")
        assert.deepStrictEqual(
          yield* ask(as(3, { permission: "note.read", fields: ["title"] }, { permission: "note.price" })),
          {
            price: null
          }
        )
        const elsewhere = as(3, { permission: "note.read" }, { permission: "note.price", scope: "own" })
        assert.strictEqual((yield* Effect.flip(ask(elsewhere)))._tag, "PermissionDenied")
      })
    )
  )

  it.effect("refuses a wrong input before it answers", () =>
    play(
      Effect.gen(function* () {
        const ask = (input: never) => Amounts.use((amounts) => amounts.most(input)).pipe(Actor.provide(admin))
        assert.strictEqual(yield* ask({ of: 2 } as never), 3)
        assert.strictEqual((yield* Effect.flip(ask({ of: "2" } as never)))._tag, "ValidationFailed")
      })
    )
  )

  it("has a name that no id could be, and permissions that the catalogue lists", () => {
    const named = (name: string) => () =>
      Query.define(name, { description: "", output: Schema.Int, run: () => Effect.succeed(1) })
    assert.throws(named("0192f5e7-7b1a-7cc0-8000-000000000001"))
    assert.throws(named("with space"))
    assert.deepStrictEqual(catalogue.permissions, ["note.price", "note.read", "note.write"])
    assert.deepStrictEqual(
      catalogue.queries.map(({ name }) => name),
      ["price", "most"]
    )
  })

  it("lists the errors that it can fail with, or does not compile", () => {
    const missing = new Errors.InUse({ reason: "x" })
    Query.define("silent", {
      description: "",
      output: Schema.Int,
      // @ts-expect-error: InUse is not listed
      errors: [Errors.Cycle],
      run: () => Effect.fail(missing)
    })
    Command.action(Note, "silent", {
      description: "",
      input: Command.Nothing,
      // @ts-expect-error: InUse is not listed
      errors: [Errors.Cycle],
      decide: () => Result.fail(missing)
    })
    Command.action(Note, "open", {
      description: "",
      input: Command.Nothing,
      errors: [Errors.InUse],
      decide: () => Result.fail(missing)
    })
  })
})

describe("what a query reads", () => {
  const reading = (actor: Actor.Actor) => Effect.map(Kernel.Kernel, (kernel) => VisibleReader.make(kernel, actor))

  it.effect("is what its caller sees, without closed fields and by none of them", () =>
    play(
      Effect.gen(function* () {
        yield* writing(admin, [{ title: "a", price: 5 }])
        yield* writing(author, [{ title: "b", price: 7 }])
        const titles = (actor: Actor.Actor, where: Condition.Condition) =>
          Effect.flatMap(reading(actor), (read) =>
            Effect.map(read.list(Note, { where }), ({ items }) => items.map(({ title }) => title).toSorted())
          )
        const dear: Condition.Condition = { field: "price", op: "gt", value: 1 }
        assert.deepStrictEqual(yield* titles(admin, dear), ["a", "b"])
        assert.deepStrictEqual(yield* titles(author, dear), ["b"])
        assert.deepStrictEqual(yield* titles(reader, Condition.always), ["a", "b"])
        for (const closed of [dear, Condition.not(dear), Condition.any([dear, Condition.eq("title", "a")])])
          assert.deepStrictEqual(yield* titles(reader, closed), [])
        assert.deepStrictEqual(yield* titles(admin, Condition.isNull("secret")), [])
        const read = yield* reading(reader)
        assert.strictEqual(yield* read.count(Note, dear), 0)
        assert.strictEqual(yield* read.count(Note, Condition.always), 2)
        const sorted = yield* read.list(Note, { sort: [{ field: "price", direction: "asc" }] })
        assert.deepStrictEqual(sorted.items, [])
        const [first] = (yield* read.list(Note)).items
        assert.notProperty(first, "price")
        const own = yield* (yield* reading(author)).get(Note, first!.id)
        const shown = yield* read.get(Note, first!.id)
        assert.isTrue(Option.isSome(own) !== (first!.title === "a"))
        assert.notProperty(Option.getOrThrow(shown), "price")
      })
    )
  )

  it.effect("asks nothing of another record that its caller does not see", () =>
    play(
      Effect.gen(function* () {
        yield* writing(admin, [{ title: "a", price: 5 }])
        const inAcme = Condition.via("organizationId", Organization, Condition.eq("slug", "acme"))
        const count = (actor: Actor.Actor) => Effect.flatMap(reading(actor), (read) => read.count(Note, inAcme))
        assert.strictEqual(yield* count(admin), 0)
        assert.strictEqual(yield* count(as(1, {}, { permission: "organization.read" })), 1)
        assert.strictEqual(yield* count(as(1, {}, { permission: "organization.read", fields: ["name"] })), 0)
      })
    )
  )

  it.effect("is read page by page, all of it", () =>
    play(
      Effect.gen(function* () {
        const rows = Array.from({ length: 450 }, (_, at) => ({ title: `note ${at}`, price: at }))
        yield* writing(admin, rows)
        const kernel = yield* Kernel.Kernel
        let finds = 0
        const counted = {
          ...kernel,
          store: {
            ...kernel.store,
            find: ((...args: Parameters<typeof kernel.store.find>) => (
              finds++,
              kernel.store.find(...args)
            )) as typeof kernel.store.find
          }
        }
        const each = VisibleReader.make(counted, admin).each(Note, Condition.always)
        const some = yield* Stream.runCollect(Stream.take(each, 10))
        assert.deepStrictEqual([some.length, finds], [10, 1])
        const everything = yield* Stream.runCollect(each)
        assert.strictEqual(new Set(everything.map(({ title }) => title)).size, 450)
      })
    )
  )
})

describe("the bearer of a secret", () => {
  it.effect("has the permissions of the link, on its one record", () =>
    play(
      Effect.gen(function* () {
        yield* writing(admin, [
          { title: "a", price: 5 },
          { title: "b", price: 6 }
        ])
        const links = Bearer.of(Note, {
          permissions: ["note.read"],
          find: (secret) =>
            Effect.map(all(Note), (notes) => Option.fromUndefinedOr(notes.find(({ title }) => title === secret)))
        })
        assert.isTrue(Option.isNone(yield* links.resolve("c")))
        const actor = Option.getOrThrow(yield* links.resolve("b"))
        const listed = yield* Notes.use((notes) => notes.list()).pipe(Actor.provide(actor))
        assert.deepStrictEqual(
          listed.items.map(({ title }) => title),
          ["b"]
        )
        assert.strictEqual((yield* Effect.flip(writing(actor, [])))._tag, "PermissionDenied")
      })
    )
  )
})
