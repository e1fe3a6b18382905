import type { Context } from "effect"
import { Layer } from "effect"
import { catalogueWith, modules as own } from "./catalogue.ts"
import { type Catalogue, Kernel, type Store } from "./kernel/index.ts"

/** The modules of the product. */
export type Own = (typeof own)[number]

/** The service classes of modules. */
export type ServicesOf<M extends Catalogue.Module> = M["services"][number]

/** The service classes of all modules of the product. */
export type Services = ServicesOf<Own>

/** The services of questions about nothing in particular that modules have. */
export type QueryServicesOf<M> = M extends {
  readonly queries: ReadonlyArray<infer S extends { readonly serviceName: string }>
}
  ? S
  : never

type Success<L> = L extends Layer.Layer<infer A, infer _E, infer _R> ? A : never
type LayersOf<M> = M extends { readonly layers: ReadonlyArray<infer L> } ? L : never
type LayerOf<S> = S extends { readonly layer: infer L } ? L : never

/** What modules put into the context: an instance of each of their services. */
export type ProvidedBy<M extends Catalogue.Module> =
  | Success<LayerOf<ServicesOf<M>>>
  | Success<LayerOf<QueryServicesOf<M>>>
  | Success<LayersOf<M>>

type Provided = ProvidedBy<Own>

/** Modules beside those of the product. */
export interface Options<M extends Catalogue.Module = never> {
  readonly modules: ReadonlyArray<M>
}

const ofModule = (module: Catalogue.Module): ReadonlyArray<unknown> => [
  ...[...module.services, ...(module.queries ?? [])].map(
    (service) => (service as typeof service & { readonly layer: unknown }).layer
  ),
  ...(module.layers ?? [])
]

/**
 * Every service of the domain and of further modules, on a store:
 * `Itsm.layerWith({ modules: [loans] }).pipe(Layer.provide(MemoryStore.layer))`. Throws where the modules do not fit
 * together.
 */
export const layerWith = <M extends Catalogue.Module = never>({
  modules
}: Options<M>): Layer.Layer<ProvidedBy<Own | M> | Kernel.Kernel, never, Store.Store> => {
  type Each = Layer.Layer<ProvidedBy<Own | M>, never, Kernel.Kernel>
  const layers = [...own, ...modules].flatMap(ofModule) as [Each, ...ReadonlyArray<Each>]
  return Layer.mergeAll(...layers).pipe(Layer.provideMerge(Kernel.Kernel.layer(catalogueWith(modules))))
}

/** Every service of the domain, on a store: `Itsm.layer.pipe(Layer.provide(MemoryStore.layer))`. */
export const layer: Layer.Layer<Provided | Kernel.Kernel, never, Store.Store> = layerWith({ modules: [] })

/** The methods of a service, by its class. */
export type Shape<S> = S extends Context.Service<infer _Id, infer A> ? A : never
