import { Context, Effect, Layer, Option } from "effect"
import type { Catalogue } from "./catalogue.ts"
import * as Limiter from "./limiter.ts"
import * as Numbers from "./numbers.ts"
import * as Recent from "./recent.ts"
import { Store, type StoreShape } from "./store.ts"

/** What the shell runs commands with. */
export interface KernelShape {
  readonly store: StoreShape
  readonly catalogue: Catalogue
  readonly numbers: Numbers.Numbers
  readonly recent: Recent.Recent
  readonly limiter: Limiter.LimiterShape
}

export class Kernel extends Context.Service<Kernel, KernelShape>()("@itsm/core/Kernel") {
  static readonly layer = (catalogue: Catalogue) =>
    Layer.effect(
      Kernel,
      Effect.gen(function* () {
        const store = yield* Store
        const limiter = Option.getOrElse(yield* Effect.serviceOption(Limiter.Limiter), Limiter.inMemory)
        return Kernel.of({ store, catalogue, numbers: Numbers.make(store), recent: Recent.make(), limiter })
      })
    )
}
