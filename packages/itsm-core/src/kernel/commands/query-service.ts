import { Context, Effect, Layer } from "effect"
import type { AnyQuery } from "./query.ts"
import { bound, type QueryMethod, queryMethod } from "./service.ts"
import { Kernel } from "../running/kernel.ts"

export type Queries = Readonly<Record<string, AnyQuery>>

/** The answers to questions about nothing in particular. */
export type QueryServiceShape<Q extends Queries> = { readonly [K in keyof Q]: QueryMethod<Q[K]> }

/** A service of questions as the catalogue knows it. */
export interface AnyQueryService {
  /** `Authorization` */
  readonly serviceName: string
  readonly queries: Queries
}

type Self<Name extends string, Q extends Queries> = Context.ServiceClass.Shape<
  `@itsm/core/${Name}`,
  QueryServiceShape<Q>
>

export interface QueryServiceClass<Name extends string, Q extends Queries> extends Context.ServiceClass<
  Self<Name, Q>,
  `@itsm/core/${Name}`,
  QueryServiceShape<Q>
> {
  readonly serviceName: Name
  readonly queries: Q
  readonly layer: Layer.Layer<Self<Name, Q>, never, Kernel>
}

/** Makes a service of questions: `class Authorization extends QueryService.define("Authorization", { explain }) {}`. */
export const define = <const Name extends string, Q extends Queries>(
  name: Name,
  queries: Q
): QueryServiceClass<Name, Q> => {
  const Tag = Context.Service<Self<Name, Q>, QueryServiceShape<Q>>()(`@itsm/core/${name}`)
  const methods = Object.fromEntries(Object.entries(queries).map(([key, query]) => [key, queryMethod(query)]))
  const layer = Layer.effect(
    Tag,
    Effect.map(Kernel, (kernel) => bound(kernel, methods) as unknown as QueryServiceShape<Q>)
  )
  return Object.assign(Tag, { serviceName: name, queries, layer })
}
