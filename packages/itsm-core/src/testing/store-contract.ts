import { layer } from "@effect/vitest"
import type { Duration, Layer } from "effect"
import { catalogueWith } from "../catalogue.ts"
import type { Catalogue, Store } from "../kernel/index.ts"
import { additions } from "./contract/additions.ts"
import { conditions } from "./contract/conditions.ts"
import { commits } from "./contract/commits.ts"
import { isolation } from "./contract/isolation.ts"
import { keys } from "./contract/keys.ts"
import { leases } from "./contract/leases.ts"
import { logs } from "./contract/logs.ts"
import { paging } from "./contract/paging.ts"
import { queues } from "./contract/queues.ts"
import { races } from "./contract/races.ts"
import { references } from "./contract/references.ts"
import { roundTrips } from "./contract/round-trips.ts"
import { search } from "./contract/search.ts"
import { sequences } from "./contract/sequences.ts"
import { textOrder } from "./contract/text-order.ts"
import { watches } from "./contract/watching.ts"

export interface StoreContractOptions {
  /** How long the store may take to start. */
  readonly startTimeout?: Duration.Input
  /** How many values each property is checked with. */
  readonly runs?: number
  /** Modules beside those of the product, whose tables are there, too. */
  readonly modules?: ReadonlyArray<Catalogue.Module>
}

/**
 * What every store guarantees, as a suite of tests: an adapter is right when it passes. The tests need the tables of the
 * kernel and of identity, and that of `Specimen`, to exist and make their own organizations, so the store need not be empty.
 */
export const storeContract = (
  name: string,
  store: Layer.Layer<Store.Store, unknown>,
  { startTimeout = "2 minutes", runs = 50, modules = [] }: StoreContractOptions = {}
): void =>
  layer(store, { timeout: startTimeout, excludeTestServices: true })(`${name} keeps the store contract`, (it) => {
    roundTrips(it, runs, catalogueWith(modules).entities)
    isolation(it)
    commits(it)
    races(it)
    keys(it)
    references(it)
    queues(it)
    logs(it)
    sequences(it)
    leases(it)
    paging(it)
    textOrder(it)
    conditions(it, runs)
    additions(it)
    search(it)
    watches(it)
  })
