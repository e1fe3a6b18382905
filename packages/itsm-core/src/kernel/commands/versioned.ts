import { Effect, Option, Result, Schema } from "effect"
import * as Entity from "../model/entity.ts"
import type { AnyEntity, AnyRecord, DraftOf, RecordOf } from "../model/entity.ts"
import { Duplicate, type ErrorClass, type ErrorClasses, type GuardFailed, type StateConflict } from "../model/errors.ts"
import type { Fields } from "../model/field.ts"
import type { Id } from "../model/id.ts"
import { Instant } from "../model/instant.ts"
import * as Lifecycle from "../model/lifecycle.ts"
import { Text, Whole } from "../model/text.ts"
import * as C from "../model/condition.ts"
import type { Reader } from "../storage/reader.ts"
import * as Command from "./command.ts"
import * as Event from "./event.ts"
import type { AnyView, View } from "./published.ts"

/** A draft changes freely; what is published stays as it is, for those who use it, until it is retired. */
export const lifecycle = Lifecycle.define({
  states: ["draft", "published", "retired"],
  initial: "draft",
  final: ["published", "retired"],
  transitions: [
    { action: "update", from: ["draft"], to: "same" },
    { action: "publish", from: ["draft"], to: "published" },
    { action: "retire", from: ["published"], to: "retired" },
    { action: "new_draft", from: ["published", "retired"], to: "same" }
  ]
})

const versionFields = {
  /** What all revisions of one thing have in common. */
  key: Entity.immutable(Text(1, 100)),
  /** 1, 2, 3: who uses the thing holds on to its key and one of these, or to the id of that revision. */
  revision: Entity.managed(Whole(1, 1_000_000), 1),
  state: Entity.managed(Schema.Literals(lifecycle.states), lifecycle.initial),
  publishedAt: Entity.managed(Schema.NullOr(Instant)),
  retiredAt: Entity.managed(Schema.NullOr(Instant))
}
type VersionFields = typeof versionFields

type Versioned<Name extends string, F extends Fields> = Entity.Entity<Name, VersionFields & F, "configuration">
type AnyVersioned = Versioned<any, any>
interface Revision extends AnyRecord {
  readonly key: string
  readonly revision: number
  readonly state: (typeof lifecycle.states)[number]
}

/** Defines configuration that is drafted, published and retired; `fields` are what it says. */
export const define = <const Name extends string, const F extends Fields>(
  name: Name,
  {
    fields,
    unique = [],
    ...definition
  }: Omit<Entity.Definition<VersionFields & F, "configuration">, "fields" | "role"> & {
    readonly fields: F
  }
): Versioned<Name, F> =>
  Entity.define(name, {
    ...definition,
    role: "configuration",
    fields: { ...versionFields, ...fields },
    unique: [["key", "revision"], ...unique],
    lifecycle
  })

export interface Rules<E extends AnyEntity, Err, L extends ErrorClasses = ErrorClasses> {
  /** `a policy`, as the documents call one. */
  readonly one: string
  /** As the module publishes them. */
  readonly events: Events
  /** What the checks refuse with, beside what every command does. */
  readonly errors?: L
  /** May refuse a draft as it would be. */
  readonly check?: (after: DraftOf<E>, read: Reader) => Effect.Effect<void, Err>
  /** May refuse the publication of a draft that is not complete. */
  readonly checkPublication?: (draft: RecordOf<E>, read: Reader) => Effect.Effect<void, Err>
}

/** What happens to the revisions of a view. */
export const events = <V extends AnyView>(of: V) => ({
  drafted: Event.define(of, "drafted"),
  updated: Event.define(of, "updated"),
  published: Event.define(of, "published"),
  retired: Event.define(of, "retired")
})

type Events = ReturnType<typeof events<View<any, any>>>

const named = (record: unknown): never => ({ id: (record as AnyRecord).id }) as never

/** A list of errors that has these in it. */
type Listing<Err> = ReadonlyArray<ErrorClass & (abstract new (...args: never) => Err)>

const highest = (revisions: ReadonlyArray<Revision>) => Math.max(0, ...revisions.map(({ revision }) => revision))

/**
 * The operations on versioned configuration: `create` and `update` of drafts, `publish`, `retire`, and `newDraft` from a
 * revision that was published. Of one key there is one draft at a time, and its number is the next.
 */
export const commands = <E extends AnyVersioned, Err = never, const L extends ErrorClasses = readonly []>(
  entity: E,
  rules: Rules<E, Err, L> & Command.Lists<Err, L, StateConflict | GuardFailed>
) => {
  // what the checks refuse with is in it: the rules would not have compiled otherwise
  const errors = (rules.errors ?? []) as ErrorClasses as Listing<Err>
  const check = (after: DraftOf<E>, read: Reader) => rules.check?.(after, read) ?? Effect.void
  const revisionsOf = (key: string, read: Reader) => read.all(entity as AnyVersioned, C.eq("key", key))
  const step = (
    record: RecordOf<E>,
    action: (typeof lifecycle.transitions)[number]["action"],
    moment: Command.Moment
  ) => Lifecycle.step(lifecycle, record, action, moment)
  return {
    create: Command.create(entity, {
      description: `Drafts ${rules.one}.`,
      input: entity.create as Command.Codec<DraftOf<E>>,
      errors: [...errors, Duplicate],
      gather: (input, read) =>
        Effect.gen(function* () {
          yield* check(input, read)
          const revisions = yield* revisionsOf((input as unknown as Revision).key, read)
          if (revisions.length > 0) return yield* new Duplicate({ entity: entity.name, fields: ["key"] })
          return {}
        }),
      decide: (input, { freshId }) =>
        Result.succeed({ create: input, events: [rules.events.drafted.make(named({ id: freshId }))] })
    }),
    update: Command.update(entity, "update", {
      description: `Changes a draft of ${rules.one}.`,
      input: entity.patch as Command.Codec<Partial<DraftOf<E>>>,
      errors,
      gather: (record, input, read) => Effect.as(check({ ...(record as AnyRecord), ...input }, read), {}),
      decide: (record, input, moment) =>
        Result.map(step(record, "update", moment), () => ({
          change: { ...(record as AnyRecord), ...input } as RecordOf<E>,
          events: [rules.events.updated.make(named(record))]
        }))
    }),
    publish: Command.action(entity, "publish", {
      description: `Publishes a draft of ${rules.one}: from now on it stays as it is.`,
      input: Command.Nothing,
      errors,
      gather: (record, _, read) => Effect.as(rules.checkPublication?.(record, read) ?? Effect.void, {}),
      decide: (record, _, moment) =>
        Result.map(step(record, "publish", moment), (state) => ({
          change: { ...(record as AnyRecord), state, publishedAt: moment.now } as RecordOf<E>,
          events: [rules.events.published.make(named(record))]
        }))
    }),
    retire: Command.action(entity, "retire", {
      description: `Retires a published revision of ${rules.one}: nobody begins to use it any more.`,
      input: Command.Nothing,
      decide: (record, _, moment) =>
        Result.map(step(record, "retire", moment), (state) => ({
          change: { ...(record as AnyRecord), state, retiredAt: moment.now } as RecordOf<E>,
          events: [rules.events.retired.make(named(record))]
        }))
    }),
    newDraft: Command.action(entity, "newDraft", {
      description: `Drafts the next revision of ${rules.one} from this one.`,
      input: Command.Nothing,
      makes: entity,
      errors: [Duplicate],
      gather: (record, _, read) =>
        Effect.gen(function* () {
          const revisions = (yield* revisionsOf(
            (record as unknown as Revision).key,
            read
          )) as unknown as ReadonlyArray<Revision>
          if (revisions.some(({ state }) => state === "draft"))
            return yield* new Duplicate({ entity: entity.name, fields: ["key"] })
          return { revision: highest(revisions) + 1 }
        }),
      decide: (record, _, { revision, freshId, ...moment }) =>
        Result.map(step(record, "new_draft", moment as unknown as Command.Moment), () => {
          const contents = Object.fromEntries(
            Object.keys(entity.createFields)
              // the name that another system has for one revision is not that of the next
              .filter((name) => !Entity.externalKey.some((part) => part === name))
              .map((name) => [name, (record as AnyRecord)[name]])
          )
          return {
            change: record,
            made: { ...contents, revision },
            events: [rules.events.drafted.make(named({ id: freshId }))]
          }
        })
    })
  }
}

/** The revision that someone holds on to by its id, whether or not it was retired since. */
export const pinned = <E extends AnyVersioned>(
  read: Reader,
  entity: E,
  id: Id<E["name"]>
): Effect.Effect<Option.Option<RecordOf<E>>> =>
  Effect.map(
    read.get(entity, id),
    Option.filter((record) => (record as unknown as Revision).state !== "draft")
  )

/** The published revisions of a key, the latest first. */
export const published = <E extends AnyVersioned>(read: Reader, entity: E, key: string) =>
  Effect.map(
    read.configured(entity),
    (records) =>
      (records as unknown as ReadonlyArray<Revision>)
        .filter((record) => record.key === key && record.state === "published")
        .toSorted((a, b) => b.revision - a.revision) as unknown as ReadonlyArray<RecordOf<E>>
  )
