import { type Catalogue, Depth } from "../../kernel/index.ts"
import { Deliveries, expiries } from "./deliveries.ts"

export { Deliveries } from "./deliveries.ts"

/** What the platform does by itself, for those who look after it. */
export const operations = {
  name: "operations",
  services: [Deliveries],
  expiries,
  published: Depth
} as const satisfies Catalogue.Module
