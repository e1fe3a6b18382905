import { Cause, Context, Effect, Exit, Layer, ManagedRuntime, Option, Stream } from "effect"
import * as Itsm from "./itsm.ts"
import { Actor, type Catalogue, Kernel, type Store, Worker } from "./kernel/index.ts"
import { type Listeners, listening } from "./listeners.ts"
import { found } from "./modules/identity/index.ts"
import { contextOf, type Surroundings } from "./surroundings.ts"

export type { Happened, Listeners } from "./listeners.ts"
export { type IdSource, seededIds, type Surroundings, type TimeSource } from "./surroundings.ts"

type Promised<A> = A extends (...args: infer Args) => Effect.Effect<infer Out, infer _E, infer _R>
  ? (...args: Args) => Promise<Out extends Stream.Stream<infer Chunk, infer _F, infer _S> ? AsyncIterable<Chunk> : Out>
  : never

/**
 * Every operation of the domain, and of further modules, as a function that returns a promise; a refusal rejects with the
 * domain's own error. An answer that is made piece by piece is iterated.
 */
export type ItsmPromises<M extends Catalogue.Module = never> = {
  readonly [
    S in Itsm.Services | Itsm.ServicesOf<M> | Itsm.QueryServicesOf<Itsm.Own | M> as Uncapitalize<S["serviceName"]>
  ]: {
    readonly [K in keyof Itsm.Shape<S>]: Promised<Itsm.Shape<S>[K]>
  }
}

/** The domain on one store, for callers that know promises. */
export interface ItsmInstance<M extends Catalogue.Module = never> {
  readonly as: (actor: Actor.Actor) => ItsmPromises<M>
  /** Makes an organization with its first administrator, who comes back as an actor. */
  readonly found: (founding: Parameters<typeof found>[0]) => Promise<Effect.Success<ReturnType<typeof found>>>
  /** Does what is due: timers, and reactions to events. Returns how much it did. */
  readonly drain: () => Promise<number>
  readonly close: () => Promise<void>
}

/** What stands beside the modules of the product, and around them. */
export interface Options<M extends Catalogue.Module = never> extends Surroundings {
  /** Modules beside those of the product. */
  readonly modules?: ReadonlyArray<M>
  /** What is called after the commit of what has happened, when the outbox is drained. */
  readonly on?: Listeners
}

const settle = async <A, E>(exit: Promise<Exit.Exit<A, E>>): Promise<A> => {
  const done = await exit
  if (Exit.isSuccess(done)) return done.value
  throw Option.getOrElse(Cause.findErrorOption(done.cause), () => Cause.squash(done.cause))
}

const iterated = (answer: unknown) =>
  Stream.isStream(answer) ? Stream.toAsyncIterable(answer as Stream.Stream<unknown>) : answer

const lowerFirst = (text: string) => text[0]!.toLowerCase() + text.slice(1)

type Methods = Readonly<
  Record<string, (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown, Actor.CurrentActor>>
>

/**
 * Starts the domain on a store: `createItsm(MemoryStore.layer, { modules: [loans] })`. Rejects with a `CatalogueRefused`
 * where the modules do not fit together.
 */
export const createItsm = async <E, M extends Catalogue.Module = never>(
  store: Layer.Layer<Store.Store, E>,
  { modules = [], on, ...surroundings }: Options<M> = {}
): Promise<ItsmInstance<M>> => {
  const domain = Itsm.layerWith({ modules: [...modules, listening(on ?? {})] })
  const runtime = ManagedRuntime.make(Layer.provide(domain, store))
  const context = Context.merge(await runtime.context(), contextOf(surroundings))
  const { catalogue } = Context.get(context, Kernel.Kernel)
  const runExit = Effect.runPromiseExitWith(context)
  const run = <A, Err>(effect: Effect.Effect<A, Err, Layer.Success<typeof domain>>) => settle(runExit(effect))
  const as = (actor: Actor.Actor): ItsmPromises<M> => {
    const services = [...catalogue.services, ...catalogue.queryServices].map((service) => {
      const methods: Methods = Context.getUnsafe(context as Context.Context<never>, service as never)
      const promised = Object.entries(methods).map(([name, method]) => [
        name,
        (...args: ReadonlyArray<unknown>) =>
          settle(runExit(method(...args).pipe(Effect.map(iterated), Actor.provide(actor))))
      ])
      return [lowerFirst(service.serviceName), Object.fromEntries(promised)]
    })
    return Object.fromEntries(services) as ItsmPromises<M>
  }
  return {
    as,
    found: (founding) => run(found(founding)),
    drain: () => run(Worker.drain),
    close: () => runtime.dispose()
  }
}
