import { type Catalogue, RoleMatrix } from "../../kernel/index.ts"
import { CustomFields } from "./custom-fields.ts"
import * as published from "./published.ts"

export { CustomFields } from "./custom-fields.ts"
export * from "./published.ts"

/** What an organization makes its own: the fields that it adds to its records. */
export const customization = {
  name: "customization",
  published,
  services: [CustomFields],
  grants: { end_user: RoleMatrix.grant("organization", ["custom_field.read"]) }
} as const satisfies Catalogue.Module
