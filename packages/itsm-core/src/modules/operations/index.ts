import { type Catalogue, Depth } from "../../kernel/index.ts"
import * as DeliveryKeeping from "./deliveries.ts"
import { Deliveries } from "./deliveries.ts"
import * as JobKeeping from "./jobs.ts"
import { Jobs } from "./jobs.ts"

export { Deliveries } from "./deliveries.ts"
export { Jobs } from "./jobs.ts"

/** What the platform does by itself, for those who look after it, and for those who asked for it. */
export const operations = {
  name: "operations",
  services: [Deliveries, Jobs],
  expiries: [...DeliveryKeeping.expiries, ...JobKeeping.expiries],
  grants: JobKeeping.grants,
  published: Depth
} as const satisfies Catalogue.Module
