import { Cause, Context, Effect, Exit, Layer, ManagedRuntime, Option, Stream } from "effect"
import { catalogue } from "./catalogue.ts"
import * as Itsm from "./itsm.ts"
import { Actor, type Store, Worker } from "./kernel/index.ts"
import { found } from "./modules/identity/index.ts"

type Promised<A> = A extends (...args: infer Args) => Effect.Effect<infer Out, infer _E, infer _R>
  ? (...args: Args) => Promise<Out extends Stream.Stream<infer Chunk, infer _F, infer _S> ? AsyncIterable<Chunk> : Out>
  : never

/**
 * Every operation of the domain as a function that returns a promise; a refusal rejects with the domain's own error. An
 * answer that is made piece by piece is iterated.
 */
export type ItsmPromises = {
  readonly [S in Itsm.Services | Itsm.QueryServices as Uncapitalize<S["serviceName"]>]: {
    readonly [K in keyof Itsm.Shape<S>]: Promised<Itsm.Shape<S>[K]>
  }
}

/** The domain on one store, for callers that know promises. */
export interface ItsmInstance {
  readonly as: (actor: Actor.Actor) => ItsmPromises
  /** Makes an organization with its first administrator, who comes back as an actor. */
  readonly found: (founding: Parameters<typeof found>[0]) => Promise<Effect.Success<ReturnType<typeof found>>>
  /** Does what is due: timers, and reactions to events. Returns how much it did. */
  readonly drain: () => Promise<number>
  readonly close: () => Promise<void>
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

/** Starts the domain on a store: `createItsm(MemoryStore.layer)`. */
export const createItsm = async <E>(store: Layer.Layer<Store.Store, E>): Promise<ItsmInstance> => {
  const runtime = ManagedRuntime.make(Layer.provide(Itsm.layer, store))
  const context = await runtime.context()
  const run = <A, Err>(effect: Effect.Effect<A, Err, Layer.Success<typeof Itsm.layer>>) =>
    settle(runtime.runPromiseExit(effect))
  const as = (actor: Actor.Actor): ItsmPromises => {
    const services = [...catalogue.services, ...catalogue.queryServices].map((service) => {
      const methods: Methods = Context.getUnsafe(context as Context.Context<never>, service as never)
      const promised = Object.entries(methods).map(([name, method]) => [
        name,
        (...args: ReadonlyArray<unknown>) =>
          settle(Effect.runPromiseExit(method(...args).pipe(Effect.map(iterated), Actor.provide(actor))))
      ])
      return [lowerFirst(service.serviceName), Object.fromEntries(promised)]
    })
    return Object.fromEntries(services) as ItsmPromises
  }
  return {
    as,
    found: (founding) => run(found(founding)),
    drain: () => run(Worker.drain),
    close: () => runtime.dispose()
  }
}
