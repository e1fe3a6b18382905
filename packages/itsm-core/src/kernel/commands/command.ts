import { Effect, Result, Schema } from "effect"
import type { Actor } from "../access/actor.ts"
import type { Bearer } from "../access/bearer.ts"
import type { Cause } from "./cause.ts"
import type { PlannedChange } from "./change.ts"
import { isUpload, type Upload } from "./content.ts"
import type { AnyEntity, AnySetting, Changeable, Deletable, DraftOf, RecordOf } from "../model/entity.ts"
import { envelopeFields } from "../model/entity.ts"
import {
  type ErrorClass,
  type ErrorClasses,
  GuardFailed,
  type InstancesOf,
  type PayloadTooLarge,
  StateConflict
} from "../model/errors.ts"
import type { Event } from "./event.ts"
import { type Id, idSource } from "../model/id.ts"
import { type Decoder, decoder } from "../model/input.ts"
import { type References, references } from "../model/references.ts"
import type { Instant } from "../model/instant.ts"
import type { ShellError } from "./shell.ts"
import type { Reader } from "../storage/reader.ts"
import { snakeCase } from "../model/text.ts"
import type { TimerRequest } from "./timer.ts"

/** Who decides, when, and what led to it. */
export interface Moment<Name extends string = string> {
  readonly actor: Actor
  readonly now: Instant
  readonly cause: Cause
  /** An id that is still free: that of the record which the command makes, if it makes one. */
  readonly freshId: Id<Name>
}

/** Everything that an accepted command changes; the shell commits it as one. */
export interface Decision<E extends AnyEntity, Made extends AnyEntity = never> {
  /** The record as it is afterwards, or the fields that are new; the record itself where nothing is. */
  readonly change: Partial<RecordOf<E>>
  /** The record that the command makes beside it, with the id `freshId`. */
  readonly made?: DraftOf<Made>
  readonly also?: ReadonlyArray<PlannedChange>
  readonly events?: ReadonlyArray<Event>
  readonly timers?: ReadonlyArray<TimerRequest>
  /** Goes to the audit entry. */
  readonly reason?: string
}

/** As `Decision`, for a record that does not exist before; its id will be `freshId`. */
export type Creation<E extends AnyEntity> = Omit<Decision<E>, "change" | "made"> & { readonly create: DraftOf<E> }

/** What an action without one record before it changes, and what its caller gets back. */
export type CollectionDecision<Out> = Omit<Decision<AnyEntity>, "change" | "made"> & { readonly output: Out }

export type CommandKind = "create" | "action" | "update" | "remove" | "restore" | "replace" | "collection" | "system"

/** One operation on one kind of record, as a value. */
export interface Command<
  E extends AnyEntity,
  In,
  Err,
  Made extends AnyEntity,
  Kind extends CommandKind = CommandKind,
  Out = unknown
> {
  readonly kind: Kind
  readonly entity: E
  /** `addComment` */
  readonly name: string
  /** `incident.add_comment` */
  readonly permission: string
  readonly access: "actor" | "token"
  readonly bearer: Bearer | undefined
  readonly input: Schema.Codec<In, any, never, never>
  /** Where the input is read as it comes. */
  readonly upload: Upload<In> | undefined
  readonly decode: Decoder<In>
  readonly references: References
  /** The kind of record of which the input says what is added to it; `undefined` where it says nothing of that. */
  readonly customizes: AnyEntity | undefined
  /** The record that the command makes beside its own; a caller gets that one back. */
  readonly makes: Made | undefined
  /** What a caller gets back of a command without a record of its own. */
  readonly output: Codec<Out> | undefined
  /** The work is taken on, and done later. */
  readonly isLater: boolean
  readonly description: string
  /** The errors beside those that the shell itself can give. */
  readonly errors: ReadonlyArray<ErrorClass>
  readonly isFor: (record: RecordOf<E>, actor: Actor) => true | string
  /** Who may not do this here, whatever they hold: the shell refuses them before it looks at anything else. */
  readonly separation: (record: RecordOf<E>, actor: Actor) => true | string
  readonly plan: (record: RecordOf<E> | undefined, input: In, moment: Moment, read: Reader) => Effect.Effect<Plan, Err>
}

/** A decision in the form that the shell commits. */
export interface Plan {
  readonly change: Readonly<Record<string, unknown>> | undefined
  readonly create: Readonly<Record<string, unknown>> | undefined
  readonly made: Readonly<Record<string, unknown>> | undefined
  readonly also: ReadonlyArray<PlannedChange>
  readonly events: ReadonlyArray<Event>
  readonly timers: ReadonlyArray<TimerRequest>
  readonly reason: string | null
  /** Of a command without a record of its own. */
  readonly output?: unknown
}

export type AnyCommand = Command<any, any, any, any, CommandKind, any>

/** `incident.resolve`: what a command is called by those who do not import it. */
export const operationName = ({ entity, name }: AnyCommand): string => `${entity.resource}.${snakeCase(name)}`

interface Spec<E extends AnyEntity, In, L extends ErrorClasses = ErrorClasses> {
  /** One sentence in trade terms: what is true afterwards. It is the summary in the OpenAPI document. */
  readonly description: string
  /** A schema, or, for what is read as it comes, `Content.lines(schema)` or `Content.parts()`. */
  readonly input: Schema.Codec<In, any, never, never> | Upload<In>
  /** Where it is not `<resource>.<name>`. */
  readonly permission?: string
  /** Every error that it can fail with, beside those of the shell and, for what has a lifecycle, of its steps. */
  readonly errors?: L
  /** Who may do it where that is not a signed-in caller: the bearer of a link. */
  readonly access?: Bearer
  /**
   * Separation of duties: whom the record itself keeps from this, with the reason. It is part of `isFor`, and asked of
   * the record as a creation would make it.
   */
  readonly separation?: Separation<E>
  readonly "~entity"?: E
}

/** Asks of a spec that it lists what it can fail with: it does not compile where one is missing, and names it. */
export type Lists<Err, L extends ErrorClasses, Known = never> = [
  Exclude<Err, ShellError | Known | InstancesOf<L>>
] extends [never]
  ? unknown
  : { readonly errors: { readonly lacks: Exclude<Err, ShellError | Known | InstancesOf<L>> } }

export type Separation<E extends AnyEntity> = (record: RecordOf<E>, actor: Actor) => true | string

/**
 * Keeps a person from what concerns themselves: whoever one of these fields names. Where a field is empty nobody can tell
 * whom it concerns, and so nobody may. The platform itself is no person.
 */
export const apartFrom =
  <E extends AnyEntity>(fields: ReadonlyArray<keyof RecordOf<E> & string>, reason: string): Separation<E> =>
  (record, actor) => {
    if (actor.kind === "system") return true
    const named = fields.map((field) => (record as Readonly<Record<string, unknown>>)[field] ?? null)
    return actor.id === null || named.includes(null) || named.includes(actor.id) ? reason : true
  }

export interface ActionSpec<
  E extends AnyEntity,
  In,
  F,
  GatherErr,
  Err,
  Made extends AnyEntity,
  L extends ErrorClasses = ErrorClasses
> extends Spec<E, In, L> {
  readonly makes?: Made
  /**
   * What beside permission and lifecycle stands between an actor and a record, whatever the input: `allowedActions`
   * leaves the action out and `transitions` gives the reason. The decision refuses it in its own terms.
   */
  readonly isFor?: (record: RecordOf<E>, actor: Actor) => true | string
  /** Reads the facts that the decision needs: the only part that touches the store. */
  readonly gather?: (record: RecordOf<E>, input: In, read: Reader, moment: Moment) => Effect.Effect<F, GatherErr>
  /** Pure: the same record, input and facts give the same decision. */
  readonly decide: (
    record: RecordOf<E>,
    input: In,
    facts: F & Moment<Made["name"]>
  ) => Result.Result<Decision<E, Made>, Err>
}

export interface CreateSpec<
  E extends AnyEntity,
  In,
  F,
  GatherErr,
  Err,
  L extends ErrorClasses = ErrorClasses
> extends Spec<E, In, L> {
  readonly gather?: (input: In, read: Reader, moment: Moment) => Effect.Effect<F, GatherErr>
  readonly decide: (input: In, facts: F & Moment<E["name"]>) => Result.Result<Creation<E>, Err>
}

export interface CollectionSpec<
  E extends AnyEntity,
  In,
  F,
  GatherErr,
  Err,
  Out,
  L extends ErrorClasses = ErrorClasses
> extends Omit<Spec<E, In, L>, "separation"> {
  readonly output: Codec<Out>
  /** True where the work is only taken on here: it is answered with 202. */
  readonly isLater?: boolean
  readonly gather?: (input: In, read: Reader, moment: Moment) => Effect.Effect<F, GatherErr>
  /** Pure. Each record of the command's kind that it changes has to lie within the caller's permission. */
  readonly decide: (input: In, facts: F & Moment<E["name"]>) => Result.Result<CollectionDecision<Out>, Err>
}

const toPlan = (
  decision: Partial<Decision<AnyEntity, AnyEntity>> & {
    readonly create?: Readonly<Record<string, unknown>>
    readonly output?: unknown
  }
): Plan => ({
  change: decision.change as Plan["change"],
  create: decision.create,
  made: decision.made,
  also: decision.also ?? [],
  events: decision.events ?? [],
  timers: decision.timers ?? [],
  reason: decision.reason ?? null,
  output: decision.output
})

const forEverybody = () => true as const

type Verdict = (record: any, actor: Actor) => true | string

const both =
  (first: Verdict, second: Verdict): Verdict =>
  (record, actor) => {
    const verdict = first(record, actor)
    return verdict === true ? second(record, actor) : verdict
  }

const takesAdditions = ({ ast }: Schema.Top): boolean =>
  ast._tag === "Objects" && ast.propertySignatures.some(({ name }) => name === "customFields")

const assemble = <E extends AnyEntity, In, Err, Made extends AnyEntity, Kind extends CommandKind>(
  kind: Kind,
  entity: E,
  name: string,
  spec: Spec<E, In>,
  makes: Made | undefined,
  isFor: (record: RecordOf<E>, actor: Actor) => true | string,
  plan: Command<E, In, Err, Made>["plan"]
): Command<E, In, Err, Made, Kind> => {
  const upload = isUpload(spec.input) ? spec.input : undefined
  const input = (upload?.schema ?? spec.input) as Schema.Codec<In, any, never, never>
  const readOnly = new Set([...entity.fields.map((field) => field.name), ...envelopeFields])
  const { separation } = spec
  const lifecycleErrors =
    entity.lifecycle !== undefined && kind !== "create" && kind !== "collection" ? [StateConflict, GuardFailed] : []
  return {
    kind,
    entity,
    name,
    permission: spec.permission ?? `${entity.resource}.${snakeCase(name)}`,
    access: spec.access === undefined ? "actor" : "token",
    bearer: spec.access,
    input,
    upload,
    decode: upload?.decode ?? decoder(input, readOnly),
    references: references(upload === undefined ? input : Nothing),
    customizes: upload === undefined && takesAdditions(input) ? (makes ?? entity) : undefined,
    makes,
    output: undefined,
    isLater: false,
    description: spec.description,
    errors: [...new Set([...lifecycleErrors, ...(spec.errors ?? [])])],
    isFor: separation === undefined ? isFor : both(separation, isFor),
    separation: separation ?? forEverybody,
    plan
  }
}

const onRecord =
  <Kind extends CommandKind, On extends AnyEntity>(kind: Kind) =>
  <
    E extends On,
    const Name extends string,
    In,
    F = unknown,
    GatherErr = never,
    Err = never,
    Made extends AnyEntity = never,
    const L extends ErrorClasses = readonly []
  >(
    entity: E,
    name: Name,
    spec: ActionSpec<E, In, F, GatherErr, Err, Made, L> & Lists<GatherErr | Err, L, StateConflict | GuardFailed>
  ): Command<E, In, GatherErr | Err, Made, Kind> =>
    assemble<E, In, GatherErr | Err, Made, Kind>(
      kind,
      entity,
      name,
      spec,
      spec.makes,
      spec.isFor ?? forEverybody,
      (record, input, moment, read) =>
        Effect.flatMap(spec.gather?.(record!, input, read, moment) ?? Effect.succeed({} as F), (facts) =>
          Effect.fromResult(
            Result.map(spec.decide(record!, input, { ...moment, ...facts }), (decision) =>
              toPlan(decision as Decision<AnyEntity, AnyEntity>)
            )
          )
        )
    )

/** `POST /<entities>/{id}/<name>/` */
export const action = onRecord<"action", Changeable>("action")
/** `PATCH /<entities>/{id}/` */
export const update = onRecord<"update", Changeable>("update")
/** `DELETE /<entities>/{id}/`: the record is kept, and hidden until it is restored. */
export const remove = onRecord<"remove", Deletable>("remove")
/** `POST /<entities>/{id}/restore/` */
export const restore = onRecord<"restore", Deletable>("restore")

/**
 * What the platform does by itself, when time or an event asks for it: in the catalogue and in the audit log as every
 * command is, and without a route. Nobody else may call it, whatever they hold.
 */
export const system = onRecord<"system", Changeable>("system")

/** `PUT /<entity>/`: a setting as a whole. */
export const replace = onRecord<"replace", AnySetting>("replace")

/** `POST /<entities>/` */
export const create = <
  E extends AnyEntity,
  In,
  F = unknown,
  GatherErr = never,
  Err = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  spec: CreateSpec<E, In, F, GatherErr, Err, L> & Lists<GatherErr | Err, L>
): Command<E, In, GatherErr | Err, never, "create"> =>
  assemble<E, In, GatherErr | Err, never, "create">(
    "create",
    entity,
    "create",
    spec,
    undefined,
    forEverybody,
    (_, input, moment, read) =>
      Effect.flatMap(spec.gather?.(input, read, moment) ?? Effect.succeed({} as F), (facts) =>
        Effect.fromResult(
          Result.map(spec.decide(input, { ...moment, ...facts }), (creation) =>
            toPlan(creation as unknown as Partial<Decision<AnyEntity, AnyEntity>>)
          )
        )
      )
  )

/** `POST /<entities>/<name>/`: an action without one record before it, such as an import. */
export const collection = <
  E extends AnyEntity,
  In,
  Out,
  F = unknown,
  GatherErr = never,
  Err = never,
  const L extends ErrorClasses = readonly []
>(
  entity: E,
  name: string,
  spec: CollectionSpec<E, In, F, GatherErr, Err, Out, L> & Lists<GatherErr | Err, L, PayloadTooLarge>
): Command<E, In, GatherErr | Err, never, "collection", Out> => ({
  ...assemble<E, In, GatherErr | Err, never, "collection">(
    "collection",
    entity,
    name,
    spec,
    undefined,
    forEverybody,
    (_, input, moment, read) =>
      Effect.flatMap(spec.gather?.(input, read, moment) ?? Effect.succeed({} as F), (facts) =>
        Effect.fromResult(Result.map(spec.decide(input, { ...moment, ...facts }), toPlan))
      )
  ),
  output: spec.output,
  isLater: spec.isLater ?? false
})

/** The input of a command that needs none. */
export const Nothing = Schema.Struct({}).annotate({ identifier: "Nothing" })

/** A schema that needs nothing but itself. */
export type Codec<T> = Schema.Codec<T, any, never, never>

/** Draws further ids, where a decision makes several records that refer to each other. */
export const freshIds = idSource
