import { Schema } from "effect"
import { customKey, type CustomKind, customKinds } from "./custom-path.ts"
import * as Entity from "./entity.ts"
import type { AnyEntity, RecordOf } from "./entity.ts"
import { Text, Whole } from "./text.ts"

/** How many fields an organization may add to one kind of record. */
export const mostCustomFields = 200

const Option = Text(1, 200)

/** A field that an organization has added to a kind of record. */
export const CustomField = Entity.define("CustomField", {
  plural: "customFields",
  role: "configuration",
  fields: {
    /** The kind of record, as permissions name it: `incident`. */
    entityType: Entity.immutable(
      Schema.String.check(Schema.isPattern(/^[a-z][a-z_]{0,62}$/u)).annotate({ examples: ["incident"] })
    ),
    key: Entity.immutable(Schema.String.check(Schema.isPattern(customKey)).annotate({ examples: ["costCenter"] })),
    label: Text(1, 200),
    kind: Entity.immutable(Schema.Literals(Object.keys(customKinds) as ReadonlyArray<CustomKind>)),
    /** What can be chosen. */
    options: Entity.open(Schema.Array(Option).check(Schema.isMaxLength(200), Schema.isUnique()), []),
    isRequired: Entity.open(Schema.Boolean, false),
    isActive: Entity.open(Schema.Boolean, true),
    position: Entity.open(Whole(0, 10_000), 0)
  },
  unique: [["entityType", "key"]],
  search: ["label", "key"]
})
export type CustomField = RecordOf<typeof CustomField>

/** True for a kind of record to which fields can be added. */
export const takesCustomFields = (entity: AnyEntity): boolean => entity.field("customFields") !== undefined
