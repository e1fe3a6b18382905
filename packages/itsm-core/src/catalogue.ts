import { Catalogue, Event, Idempotency, Timer } from "./kernel/index.ts"
import { audit } from "./modules/audit/index.ts"
import { customization } from "./modules/customization/index.ts"
import { identity } from "./modules/identity/index.ts"
import { incidents } from "./modules/incidents/index.ts"
import { operations } from "./modules/operations/index.ts"

/** The modules of the product: a new one is a line here. */
export const modules = [identity, incidents, audit, operations, customization] as const

const shared = [Event.OutboxEvent, Timer.Timer, Idempotency.IdempotencyRecord]

/** The modules of the product and further ones, which it does not know; throws where they do not fit together. */
export const catalogueWith = (further: ReadonlyArray<Catalogue.Module>): Catalogue.Catalogue =>
  Catalogue.make([...modules, ...further], shared)

/** The product as it is delivered. */
export const catalogue: Catalogue.Catalogue = catalogueWith([])
