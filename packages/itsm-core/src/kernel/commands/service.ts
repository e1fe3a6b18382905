import { Context, Effect, Layer } from "effect"
import { CurrentActor } from "../access/actor.ts"
import type { AnyCommand, Command } from "./command.ts"
import { always, type Condition } from "../model/condition.ts"
import type { AnyEntity, IdOf, JsonOf } from "../model/entity.ts"
import type { NotFound } from "../model/errors.ts"
import { Kernel } from "../running/kernel.ts"
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

type Errors<Err> = Err | ShellError
type Returned<E extends AnyEntity, Made extends AnyEntity> = [Made] extends [never] ? JsonOf<E> : JsonOf<Made>
type OptionalInput<In> = {} extends In
  ? readonly [input?: In, options?: CallOptions]
  : readonly [input: In, options?: CallOptions]

/** A command as a method: creates take an input, everything else the id of a record before it. */
export type Method<C> =
  C extends Command<infer E extends AnyEntity, infer In, infer Err, infer Made extends AnyEntity, infer Kind>
    ? Kind extends "create" | "replace"
      ? (...args: OptionalInput<In>) => Effect.Effect<Returned<E, Made>, Errors<Err>, CurrentActor>
      : Kind extends "remove"
        ? (id: IdOf<E>, ...args: OptionalInput<In>) => Effect.Effect<void, Errors<Err>, CurrentActor>
        : (id: IdOf<E>, ...args: OptionalInput<In>) => Effect.Effect<Returned<E, Made>, Errors<Err>, CurrentActor>
    : never

export type Commands = Readonly<Record<string, AnyCommand>>

/** The operations on one kind of record. */
export type ServiceShape<E extends AnyEntity, C extends Commands> = {
  readonly [K in keyof C as C[K] extends Command<any, any, any, any, "system"> ? never : K]: Method<C[K]>
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
}

/** A service as the catalogue knows it: routes, permissions and clients derive from it. */
export interface AnyService {
  /** `Incidents` */
  readonly serviceName: string
  readonly entity: AnyEntity
  readonly commands: Commands
}

const isCreation = (command: AnyCommand) => command.kind === "create" || command.kind === "replace"

const method = (command: AnyCommand) => {
  const run = (id: string | undefined, input: unknown, options: CallOptions = {}) =>
    Effect.gen(function* () {
      const request = { ...(id === undefined ? {} : { id }), ...options, input: Effect.succeed(input ?? {}) }
      const { made, record, whole } = (yield* execute(command, request)) as Outcome
      if (command.kind === "remove") return undefined
      const actor = yield* CurrentActor
      return made === undefined
        ? shown(actor, command.entity, record, whole)
        : shown(actor, command.makes, made, { entity: command.entity, record, whole })
    })
  return isCreation(command)
    ? (input: unknown, options?: CallOptions) => run(undefined, input, options)
    : (id: string, input: unknown, options?: CallOptions) => run(id, input, options)
}

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
export const called = (commands: Commands): Commands =>
  Object.fromEntries(Object.entries(commands).filter(([, command]) => command.kind !== "system"))

/** The service in the requirements of an effect: the same type as an instance of its class. */
export type Self<Name extends string, E extends AnyEntity, C extends Commands> = Context.ServiceClass.Shape<
  `@itsm/core/${Name}`,
  ServiceShape<E, C>
>

/** A service: yield it for its methods, provide its layer. */
export interface ServiceClass<
  Name extends string,
  E extends AnyEntity,
  C extends Commands
> extends Context.ServiceClass<Self<Name, E, C>, `@itsm/core/${Name}`, ServiceShape<E, C>> {
  readonly serviceName: Name
  readonly entity: E
  readonly commands: C
  readonly layer: Layer.Layer<Self<Name, E, C>, never, Kernel>
}

/**
 * Makes the service of an entity from its commands: `class Incidents extends Service.define("Incidents", Incident, {…}) {}`.
 * Its methods need only an actor; its layer needs the kernel.
 */
export const define = <const Name extends string, E extends AnyEntity, C extends Commands>(
  name: Name,
  entity: E,
  commands: C
): ServiceClass<Name, E, C> => {
  const Tag = Context.Service<Self<Name, E, C>, ServiceShape<E, C>>()(`@itsm/core/${name}`)
  const layer = Layer.effect(
    Tag,
    Effect.map(Kernel, (kernel) => {
      const bind =
        (run: (...args: ReadonlyArray<never>) => Effect.Effect<unknown, unknown, Kernel | CurrentActor>) =>
        (...args: ReadonlyArray<never>) =>
          Effect.provideService(run(...args), Kernel, kernel)
      const methods = {
        ...(entity.role === "setting" ? settingReads(entity) : recordReads(entity)),
        ...Object.fromEntries(Object.entries(called(commands)).map(([key, command]) => [key, method(command)]))
      }
      return Object.fromEntries(
        Object.entries(methods).map(([key, run]) => [key, bind(run as never)])
      ) as unknown as ServiceShape<E, C>
    })
  )
  return Object.assign(Tag, { serviceName: name, entity, commands, layer })
}
