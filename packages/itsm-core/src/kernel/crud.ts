import { Effect, Result } from "effect"
import type { AnyEntity, AnyRecord, DraftOf, RecordOf } from "./entity.ts"
import * as Command from "./command.ts"
import type { Decision, Moment } from "./command.ts"
import type { ErrorClass } from "./errors.ts"
import type { PlannedChange } from "./change.ts"
import type { Reader } from "./reader.ts"

/** What a kind of record asks of its plain operations beside their input. */
export interface Rules<E extends AnyEntity, Err, RemovalErr = never> {
  /** `a department`, as the documents call one. */
  readonly one: string
  readonly errors?: ReadonlyArray<ErrorClass>
  /** May refuse a record as it would be after a create or an update (`before` is `undefined` for a create). */
  readonly check?: (
    after: RecordOf<E> | DraftOf<E>,
    before: RecordOf<E> | undefined,
    read: Reader,
    moment: Moment
  ) => Effect.Effect<void, Err>
  /** What else changes with an update. */
  readonly onUpdate?: (after: RecordOf<E>, before: RecordOf<E>, read: Reader) => Effect.Effect<Beside<E>>
  /** May refuse a deletion. */
  readonly checkRemoval?: (record: RecordOf<E>, read: Reader, moment: Moment) => Effect.Effect<void, RemovalErr>
  /** What else changes with a deletion. */
  readonly onRemoval?: (record: RecordOf<E>, read: Reader) => Effect.Effect<ReadonlyArray<PlannedChange>>
}

type Beside<E extends AnyEntity> = Pick<Decision<E>, "also" | "events">

const event = (entity: AnyEntity, verb: string, id: string) => ({ type: `${entity.resource}.${verb}.v1`, data: { id } })

/** Creation, change, soft deletion and restoration of a kind of record that has no further operations of its own. */
export const of = <E extends AnyEntity, Err = never, RemovalErr = never>(
  entity: E,
  rules: Rules<E, Err, RemovalErr>
) => ({
  create: creation(entity, rules),
  update: updating(entity, rules),
  delete: removal(entity, rules),
  restore: restoration(entity, rules)
})

export const creation = <E extends AnyEntity, Err = never, RemovalErr = never>(
  entity: E,
  rules: Rules<E, Err, RemovalErr>
) =>
  Command.create(entity, {
    description: `Creates ${rules.one}.`,
    input: entity.create,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    gather: (input, read, moment) =>
      rules.check?.(entity.make(input as DraftOf<E>) as DraftOf<E>, undefined, read, moment) ?? Effect.void,
    decide: (input, { freshId }) =>
      Result.succeed({
        create: entity.make(input as DraftOf<E>) as DraftOf<E>,
        events: [event(entity, "created", freshId)]
      })
  })

export const updating = <E extends AnyEntity, Err = never, RemovalErr = never>(
  entity: E,
  rules: Rules<E, Err, RemovalErr>
) =>
  Command.update(entity, "update", {
    description: `Changes the open fields of ${rules.one}.`,
    input: entity.patch,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    gather: (record, input, read, moment): Effect.Effect<Beside<E>, Err> => {
      const after = { ...(record as AnyRecord), ...input }
      return Effect.andThen(
        rules.check?.(after, record, read, moment) ?? Effect.void,
        rules.onUpdate?.(after, record, read) ?? Effect.succeed({})
      )
    },
    decide: (record, input, { also = [], events = [] }) =>
      Result.succeed({
        change: { ...(record as AnyRecord), ...input },
        also,
        events: [event(entity, "updated", (record as AnyRecord).id), ...events]
      })
  })

export const removal = <E extends AnyEntity, Err = never, RemovalErr = never>(
  entity: E,
  rules: Rules<E, Err, RemovalErr>
) =>
  Command.remove(entity, "delete", {
    description: `Deletes ${rules.one}; an administrator can restore it.`,
    input: Command.Nothing,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    gather: (record, _, read, moment) =>
      Effect.andThen(
        rules.checkRemoval?.(record, read, moment) ?? Effect.void,
        Effect.map(rules.onRemoval?.(record, read) ?? Effect.succeed([]), (also) => ({ also }))
      ),
    decide: (record, _, { also, now, actor }) =>
      Result.succeed({
        change: { ...(record as AnyRecord), deletedAt: now, deletedById: actor.id },
        also,
        events: [event(entity, "deleted", (record as AnyRecord).id)]
      })
  })

export const restoration = <E extends AnyEntity, Err = never, RemovalErr = never>(
  entity: E,
  rules: Rules<E, Err, RemovalErr>
) =>
  Command.restore(entity, "restore", {
    description: `Brings ${rules.one} back that was deleted.`,
    input: Command.Nothing,
    ...(rules.errors === undefined ? {} : { errors: rules.errors }),
    gather: (record, _, read, moment) => rules.check?.(record, record, read, moment) ?? Effect.void,
    decide: (record) =>
      Result.succeed({
        change: { ...(record as AnyRecord), deletedAt: null, deletedById: null },
        events: [event(entity, "restored", (record as AnyRecord).id)]
      })
  })
