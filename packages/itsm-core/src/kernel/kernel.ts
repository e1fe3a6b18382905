import { Context, Effect, Layer } from "effect"
import type { Catalogue } from "./catalogue.ts"
import * as Numbers from "./numbers.ts"
import * as Recent from "./recent.ts"
import { Store, type StoreShape } from "./store.ts"

/** What the shell runs commands with. */
export interface KernelShape {
  readonly store: StoreShape
  readonly catalogue: Catalogue
  readonly numbers: Numbers.Numbers
  readonly recent: Recent.Recent
}

export class Kernel extends Context.Service<Kernel, KernelShape>()("@itsm/core/Kernel") {
  static readonly layer = (catalogue: Catalogue) =>
    Layer.effect(
      Kernel,
      Effect.map(Store, (store) => Kernel.of({ store, catalogue, numbers: Numbers.make(store), recent: Recent.make() }))
    )
}
