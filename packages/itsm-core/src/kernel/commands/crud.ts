import { Effect, Result } from "effect"
import type { AnyEntity, AnyRecord, DraftOf, RecordOf } from "../model/entity.ts"
import * as Command from "./command.ts"
import type { Decision, Moment } from "./command.ts"
import type { CrudEvents, Event } from "./event.ts"
import type { ErrorClasses, GuardFailed, StateConflict } from "../model/errors.ts"
import type { PlannedChange } from "./change.ts"
import type { Reader } from "../storage/reader.ts"

/** What a kind of record asks of its plain operations beside their input. */
export interface Rules<E extends AnyEntity, Err, RemovalErr = never, L extends ErrorClasses = ErrorClasses> {
  /** `a department`, as the documents call one. */
  readonly one: string
  /** What the module tells of these records: `Event.crud(View)` of its `published.ts`. */
  readonly events: CrudEvents
  /** Every error of the checks. */
  readonly errors?: L
  /**
   * May refuse a record as it would be after a create, an update or a restoration, or say what changes with it. `before`
   * is `undefined` for a create, and a deleted record for a restoration.
   */
  readonly check?: (
    after: RecordOf<E> | DraftOf<E>,
    before: RecordOf<E> | undefined,
    read: Reader,
    moment: Moment
  ) => Effect.Effect<void | ReadonlyArray<PlannedChange>, Err>
  /** What else changes with an update, and what it tells. */
  readonly onUpdate?: (after: RecordOf<E>, before: RecordOf<E>, read: Reader) => Effect.Effect<Beside<E>>
  /** May refuse a deletion, or say what changes with it. */
  readonly checkRemoval?: (
    record: RecordOf<E>,
    read: Reader,
    moment: Moment
  ) => Effect.Effect<void | ReadonlyArray<PlannedChange>, RemovalErr>
  /** Whom a record keeps from an operation on it. */
  readonly separation?: { readonly [K in "create" | "update" | "delete" | "restore"]?: Command.Separation<E> }
}

/** What the commands list by themselves for a kind of record with a lifecycle. */
type Steps = StateConflict | GuardFailed

type Beside<E extends AnyEntity> = Pick<Decision<E>, "also" | "events">

type CreateInput<E extends AnyEntity> = E["create"]["Type"]
type PatchInput<E extends AnyEntity> = E["patch"]["Type"]

interface Checked {
  readonly also: ReadonlyArray<PlannedChange>
}

const undeleted = { deletedAt: null, deletedById: null }

const alsoOf = (also: void | ReadonlyArray<PlannedChange>) => ({ also: also ?? [] })

const named = (record: object) => record as AnyRecord & { readonly number: string }

const apart = <E extends AnyEntity>(separation: Command.Separation<E> | undefined) =>
  separation === undefined ? {} : { separation }

/** Creation, change, soft deletion and restoration of a kind of record that has no further operations of its own. */
export const of = <E extends AnyEntity, Err = never, RemovalErr = never, const L extends ErrorClasses = readonly []>(
  entity: E,
  rules: Rules<E, Err, RemovalErr, L> & Command.Lists<Err | RemovalErr, L, Steps>
) => ({
  create: creation(entity, rules as Rules<E, Err, RemovalErr, L> & Command.Lists<Err, L, Steps>),
  update: updating(entity, rules as Rules<E, Err, RemovalErr, L> & Command.Lists<Err, L, Steps>),
  delete: removal(entity, rules as Rules<E, Err, RemovalErr, L> & Command.Lists<RemovalErr, L, Steps>),
  restore: restoration(entity, rules as Rules<E, Err, RemovalErr, L> & Command.Lists<Err, L, Steps>)
})

export const creation = <
  E extends AnyEntity,
  Err = never,
  RemovalErr = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  rules: Rules<E, Err, RemovalErr, L> & Command.Lists<Err, L, Steps>
) => {
  const spec: Command.CreateSpec<E, CreateInput<E>, Checked, Err, never> = {
    description: `Creates ${rules.one}.`,
    input: entity.create,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    ...apart(rules.separation?.create),
    gather: (input, read, moment) =>
      Effect.map(
        rules.check?.(entity.make(input as DraftOf<E>) as DraftOf<E>, undefined, read, moment) ?? Effect.void,
        alsoOf
      ),
    decide: (input, { also, freshId }) =>
      Result.succeed({
        create: entity.make(input as DraftOf<E>) as DraftOf<E>,
        also,
        events: [rules.events.created.make(named({ ...(input as object), id: freshId }))]
      })
  }
  return Command.create(entity, spec as typeof spec & Command.Lists<Err, ErrorClasses>)
}

export const updating = <
  E extends AnyEntity,
  Err = never,
  RemovalErr = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  rules: Rules<E, Err, RemovalErr, L> & Command.Lists<Err, L, Steps>
) => {
  const spec: Command.ActionSpec<
    E,
    PatchInput<E>,
    Checked & { readonly told: ReadonlyArray<Event> },
    Err,
    never,
    never
  > = {
    description: `Changes the open fields of ${rules.one}.`,
    input: entity.patch,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    ...apart(rules.separation?.update),
    gather: (record, input, read, moment) => {
      const after = { ...(record as AnyRecord), ...input }
      return Effect.zipWith(
        rules.check?.(after, record, read, moment) ?? Effect.void,
        rules.onUpdate?.(after, record, read) ?? Effect.succeed<Beside<E>>({}),
        (checked, beside) => ({ also: [...(checked ?? []), ...(beside.also ?? [])], told: beside.events ?? [] })
      )
    },
    decide: (record, input, { also, told }) =>
      Result.succeed({
        change: { ...(record as AnyRecord), ...input },
        also,
        events: [rules.events.updated.make(named(record)), ...told]
      })
  }
  return Command.update(entity, "update", spec as typeof spec & Command.Lists<Err, ErrorClasses, Steps>)
}

export const removal = <
  E extends AnyEntity,
  Err = never,
  RemovalErr = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  rules: Rules<E, Err, RemovalErr, L> & Command.Lists<RemovalErr, L, Steps>
) => {
  const spec: Command.ActionSpec<E, {}, Checked, RemovalErr, never, never> = {
    description: `Deletes ${rules.one}; an administrator can restore it.`,
    input: Command.Nothing,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    ...apart(rules.separation?.delete),
    gather: (record, _, read, moment) => Effect.map(rules.checkRemoval?.(record, read, moment) ?? Effect.void, alsoOf),
    decide: (record, _, { also, now, actor }) =>
      Result.succeed({
        change: { ...(record as AnyRecord), deletedAt: now, deletedById: actor.id },
        also,
        events: [rules.events.deleted.make(named(record))]
      })
  }
  return Command.remove(entity, "delete", spec as typeof spec & Command.Lists<RemovalErr, ErrorClasses, Steps>)
}

export const restoration = <
  E extends AnyEntity,
  Err = never,
  RemovalErr = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  rules: Rules<E, Err, RemovalErr, L> & Command.Lists<Err, L, Steps>
) => {
  const spec: Command.ActionSpec<E, {}, Checked, Err, never, never> = {
    description: `Brings ${rules.one} back that was deleted.`,
    input: Command.Nothing,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    ...apart(rules.separation?.restore),
    gather: (record, _, read, moment) =>
      Effect.map(
        rules.check?.({ ...(record as AnyRecord), ...undeleted }, record, read, moment) ?? Effect.void,
        alsoOf
      ),
    decide: (record, _, { also }) =>
      Result.succeed({
        change: { ...(record as AnyRecord), ...undeleted },
        also,
        events: [rules.events.restored.make(named(record))]
      })
  }
  return Command.restore(entity, "restore", spec as typeof spec & Command.Lists<Err, ErrorClasses, Steps>)
}
