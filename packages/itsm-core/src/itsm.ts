import type { Context } from "effect"
import { Layer } from "effect"
import { catalogue, modules } from "./catalogue.ts"
import { Kernel, type Store } from "./kernel/index.ts"

type Modules = (typeof modules)[number]

/** The service classes of all modules. */
export type Services = Modules["services"][number]

/** The services of questions about nothing in particular. */
export type QueryServices = Extract<Modules, { readonly queries: unknown }>["queries"][number]

type Extra = Extract<Modules, { readonly layers: unknown }>["layers"][number]
type Provided = Layer.Success<Services["layer"]> | Layer.Success<QueryServices["layer"]> | Layer.Success<Extra>

const ofModule = (module: Catalogue) => [
  ...[...module.services, ...(module.queries ?? [])].map((service) => service.layer),
  ...(module.layers ?? [])
]
type Catalogue = {
  readonly services: ReadonlyArray<{ readonly layer: unknown }>
  readonly queries?: ReadonlyArray<{ readonly layer: unknown }>
  readonly layers?: ReadonlyArray<unknown>
}

const merge = (layers: ReadonlyArray<unknown>) =>
  Layer.mergeAll(
    ...(layers as [
      Layer.Layer<Provided, never, Kernel.Kernel>,
      ...ReadonlyArray<Layer.Layer<Provided, never, Kernel.Kernel>>
    ])
  )

/** Every service of the domain, on a store: `Itsm.layer.pipe(Layer.provide(MemoryStore.layer))`. */
export const layer: Layer.Layer<Provided | Kernel.Kernel, never, Store.Store> = merge(modules.flatMap(ofModule)).pipe(
  Layer.provideMerge(Kernel.Kernel.layer(catalogue))
)

/** The methods of a service, by its class. */
export type Shape<S> = S extends Context.Service<infer _Id, infer A> ? A : never
