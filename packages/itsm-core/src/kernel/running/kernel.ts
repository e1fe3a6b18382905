import { Context, Effect, Layer, Option } from "effect"
import type { Catalogue } from "./catalogue.ts"
import * as Limiter from "../storage/limiter.ts"
import * as Numbers from "../storage/numbers.ts"
import * as Recent from "../storage/recent.ts"
import { Store, type StoreShape, touchedBy } from "../storage/store.ts"

/** What the shell runs commands with. */
export interface KernelShape {
  readonly store: StoreShape
  readonly catalogue: Catalogue
  readonly numbers: Numbers.Numbers
  readonly recent: Recent.Recent
  readonly limiter: Limiter.LimiterShape
}

/** The store, whose every commit through this kernel is forgotten by its own readers at once. */
const remembered = (store: StoreShape, recent: Recent.Recent): StoreShape => ({
  ...store,
  commit: (reach, changes) => {
    const touched = touchedBy(reach.organizationId, changes)
    const commit = store.commit(reach, changes)
    // also where it failed: the outcome may be unknown
    return touched === undefined
      ? commit
      : Effect.ensuring(
          commit,
          Effect.sync(() => recent.forget(touched))
        )
  }
})

export class Kernel extends Context.Service<Kernel, KernelShape>()("@itsm/core/Kernel") {
  static readonly layer = (catalogue: Catalogue) =>
    Layer.effect(
      Kernel,
      Effect.gen(function* () {
        const store = yield* Store
        const recent = yield* Recent.make(store)
        const limiter = Option.getOrElse(yield* Effect.serviceOption(Limiter.Limiter), Limiter.inMemory)
        return Kernel.of({ store: remembered(store, recent), catalogue, numbers: Numbers.make(store), recent, limiter })
      })
    )
}
