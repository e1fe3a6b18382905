import { Context, Effect, Layer } from "effect"
import { CurrentActor } from "../access/actor.ts"
import type { AnyCommand, Command, CommandKind } from "./command.ts"
import type { GivenOf } from "./content.ts"
import { type AnyQuery, ask, type Query, type QueryError } from "./query.ts"
import { type Transitions, transitionsOf } from "./transitions.ts"
import { always, type Condition } from "../model/condition.ts"
import type { AnyEntity, IdOf, JsonOf } from "../model/entity.ts"
import type { NotFound, PreconditionFailed, PreconditionRequired } from "../model/errors.ts"
import { Kernel, type KernelShape } from "../running/kernel.ts"
import { shown } from "../access/mask.ts"
import type { SortKey, SortValue } from "../model/order.ts"
import { execute, type Outcome, type ShellError } from "./shell.ts"
import type { Page } from "../storage/store.ts"
import { list, only, seenWithin, withWholes } from "../access/visible.ts"

/** Beside the input: the version that the caller read, or the wish to know the outcome without it. */
export interface CallOptions {
  readonly expectedVersion?: number
  /** Everything is checked and decided, nothing is stored. */
  readonly dryRun?: boolean
}

export interface ListOptions {
  readonly where?: Condition
  /** Newest first where it is left out. */
  readonly sort?: ReadonlyArray<SortKey>
  readonly after?: ReadonlyArray<SortValue>
  /** 1 to 1,000; 25 where it is left out. */
  readonly limit?: number
}

/** What a method can fail with: one that takes no record finds none, and none asks for a version where none is named. */
type Errors<Err, Kind> =
  | Err
  | Exclude<
      ShellError,
      PreconditionRequired | (Kind extends "create" | "collection" ? NotFound | PreconditionFailed : never)
    >
type Returned<E extends AnyEntity, Made extends AnyEntity> = [Made] extends [never] ? JsonOf<E> : JsonOf<Made>
type OptionalInput<In, Options extends ReadonlyArray<unknown>> = {} extends In
  ? readonly [input?: GivenOf<In>, ...Options]
  : readonly [input: GivenOf<In>, ...Options]
type Arguments<In> = OptionalInput<In, readonly [options?: CallOptions]>

/** A command as a method: creates and what concerns many take an input, everything else the id of a record before it. */
export type CommandMethod<C> =
  C extends Command<infer E extends AnyEntity, infer In, infer Err, infer Made extends AnyEntity, infer Kind, infer Out>
    ? Kind extends "collection"
      ? (...args: Arguments<In>) => Effect.Effect<Out, Errors<Err, Kind>, CurrentActor>
      : Kind extends "create" | "replace"
        ? (...args: Arguments<In>) => Effect.Effect<Returned<E, Made>, Errors<Err, Kind>, CurrentActor>
        : Kind extends "remove"
          ? (id: IdOf<E>, ...args: Arguments<In>) => Effect.Effect<void, Errors<Err, Kind>, CurrentActor>
          : (id: IdOf<E>, ...args: Arguments<In>) => Effect.Effect<Returned<E, Made>, Errors<Err, Kind>, CurrentActor>
    : never

/** A question as a method: one about a record takes its id before the input. */
export type QueryMethod<Q> =
  Q extends Query<infer In, infer Out, infer Err, infer E extends AnyEntity, infer Place>
    ? Place extends "record"
      ? (id: IdOf<E>, ...args: OptionalInput<In, readonly []>) => Effect.Effect<Out, Err | QueryError, CurrentActor>
      : (
          ...args: OptionalInput<In, readonly []>
        ) => Effect.Effect<Out, Err | Exclude<QueryError, NotFound>, CurrentActor>
    : never

export type Method<O> = O extends { readonly kind: CommandKind } ? CommandMethod<O> : QueryMethod<O>

export type Operations = Readonly<Record<string, AnyCommand | AnyQuery>>

/** The operations on one kind of record. */
export type ServiceShape<E extends AnyEntity, C extends Operations> = {
  readonly [K in keyof C as C[K] extends { readonly kind: "system" } ? never : K]: Method<C[K]>
} & ([E["role"]] extends ["setting"] ? SettingReads<E> : RecordReads<E>)

interface SettingReads<E extends AnyEntity> {
  /** What the organization has set, or the initial values. */
  readonly current: () => Effect.Effect<JsonOf<E>, NotFound, CurrentActor>
}

interface RecordReads<E extends AnyEntity> {
  /** The record, where the actor may see it. */
  readonly get: (id: IdOf<E>) => Effect.Effect<JsonOf<E>, NotFound, CurrentActor>
  /** A page of the records that the actor may see. */
  readonly list: (options?: ListOptions) => Effect.Effect<Page<JsonOf<E>>, never, CurrentActor>
  /** The actions of the record's present state; there is none where a kind of record has no lifecycle. */
  readonly transitions: (id: IdOf<E>) => Effect.Effect<Transitions, QueryError, CurrentActor>
}

/** A service as the catalogue knows it: routes, permissions and clients derive from it. */
export interface AnyService {
  /** `Incidents` */
  readonly serviceName: string
  readonly entity: AnyEntity
  readonly commands: Readonly<Record<string, AnyCommand>>
  readonly queries?: Readonly<Record<string, AnyQuery>>
}

const withoutId = new Set<CommandKind>(["create", "replace", "collection"])

const commandMethod = (command: AnyCommand) => {
  const run = (id: string | undefined, input: unknown, options: CallOptions = {}) =>
    Effect.gen(function* () {
      const request = { ...(id === undefined ? {} : { id }), ...options, input: Effect.succeed(input ?? {}) }
      const { made, record, whole, output } = (yield* execute(command, request)) as Outcome
      if (command.kind === "remove") return undefined
      if (command.kind === "collection") return output
      const actor = yield* CurrentActor
      return made === undefined
        ? shown(actor, command.entity, record, whole)
        : shown(actor, command.makes, made, { entity: command.entity, record, whole })
    })
  return withoutId.has(command.kind)
    ? (input: unknown, options?: CallOptions) => run(undefined, input, options)
    : (id: string, input: unknown, options?: CallOptions) => run(id, input, options)
}

/** A question as a method. */
export const queryMethod = (query: AnyQuery) => {
  const run = (id: string | undefined, input: unknown) =>
    ask(query, { ...(id === undefined ? {} : { id }), input: Effect.succeed(input ?? {}) })
  return query.place === "record"
    ? (id: string, input?: unknown) => run(id, input)
    : (input?: unknown) => run(undefined, input)
}

type Run = (...args: ReadonlyArray<never>) => Effect.Effect<unknown, unknown, Kernel | CurrentActor>

/** Methods that need only an actor. */
export const bound = (kernel: KernelShape, methods: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(methods).map(([key, run]) => [
      key,
      (...args: ReadonlyArray<never>) => Effect.provideService((run as Run)(...args), Kernel, kernel)
    ])
  )

const isQuery = (operation: AnyCommand | AnyQuery): operation is AnyQuery => "place" in operation

const settingReads = (entity: AnyEntity) => ({
  current: () =>
    Effect.gen(function* () {
      const actor = yield* CurrentActor
      return shown(actor, entity, yield* only(yield* Kernel, actor, entity))
    })
})

const recordReads = (entity: AnyEntity) => ({
  get: (id: string) =>
    Effect.gen(function* () {
      const actor = yield* CurrentActor
      const { record, whole } = yield* seenWithin(yield* Kernel, actor, entity, id)
      return shown(actor, entity, record, whole)
    }),
  list: (options: ListOptions = {}) =>
    Effect.gen(function* () {
      const actor = yield* CurrentActor
      const kernel = yield* Kernel
      const page = yield* list(kernel, actor, entity, {
        where: options.where ?? always,
        sort: options.sort ?? [{ field: "createdAt", direction: "desc" }],
        limit: options.limit ?? 25,
        ...(options.after === undefined ? {} : { after: options.after })
      })
      const items = yield* withWholes(kernel, actor, entity, page.items)
      return { ...page, items: items.map(({ record, whole }) => shown(actor, entity, record, whole)) }
    })
})

/** The commands that people and programs call: all but those of the platform itself. */
export const called = (commands: AnyService["commands"]): AnyService["commands"] =>
  Object.fromEntries(Object.entries(commands).filter(([, command]) => command.kind !== "system"))

/** The service in the requirements of an effect: the same type as an instance of its class. */
export type Self<Name extends string, E extends AnyEntity, C extends Operations> = Context.ServiceClass.Shape<
  `@itsm/core/${Name}`,
  ServiceShape<E, C>
>

type KeysOf<C extends Operations, Kind> = { [K in keyof C]: C[K] extends Kind ? K : never }[keyof C]

/** A service: yield it for its methods, provide its layer. */
export interface ServiceClass<
  Name extends string,
  E extends AnyEntity,
  C extends Operations
> extends Context.ServiceClass<Self<Name, E, C>, `@itsm/core/${Name}`, ServiceShape<E, C>> {
  readonly serviceName: Name
  readonly entity: E
  readonly commands: Pick<C, KeysOf<C, AnyCommand>>
  readonly queries: Pick<C, KeysOf<C, AnyQuery>>
  readonly layer: Layer.Layer<Self<Name, E, C>, never, Kernel>
}

/**
 * Makes the service of an entity from its commands and queries:
 * `class Incidents extends Service.define("Incidents", Incident, { resolve, impact }) {}`. Its methods need only an
 * actor; its layer needs the kernel.
 */
export const define = <const Name extends string, E extends AnyEntity, C extends Operations>(
  name: Name,
  entity: E,
  operations: C
): ServiceClass<Name, E, C> => {
  const Tag = Context.Service<Self<Name, E, C>, ServiceShape<E, C>>()(`@itsm/core/${name}`)
  const all = Object.entries(operations)
  const commands: AnyService["commands"] = Object.fromEntries(
    all.flatMap(([key, each]) => (isQuery(each) ? [] : [[key, each]]))
  )
  const queries: Readonly<Record<string, AnyQuery>> = {
    ...(entity.lifecycle === undefined ? {} : { transitions: transitionsOf(entity) }),
    ...Object.fromEntries(all.flatMap(([key, each]) => (isQuery(each) ? [[key, each]] : [])))
  }
  const methods = {
    ...(entity.role === "setting" ? settingReads(entity) : recordReads(entity)),
    ...Object.fromEntries(Object.entries(called(commands)).map(([key, each]) => [key, commandMethod(each)])),
    ...Object.fromEntries(Object.entries(queries).map(([key, each]) => [key, queryMethod(each)]))
  }
  const layer = Layer.effect(
    Tag,
    Effect.map(Kernel, (kernel) => bound(kernel, methods) as unknown as ServiceShape<E, C>)
  )
  return Object.assign(Tag, { serviceName: name, entity, commands, queries, layer }) as unknown as ServiceClass<
    Name,
    E,
    C
  >
}
