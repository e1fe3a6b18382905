import { Schema } from "effect"

const longestText = 10_000
const mostItems = 100
const mostFields = 200

const Text = Schema.String.check(Schema.isMaxCodePoints(longestText))

/** A value of a field that an organization has added; null in an input takes the value away, and no record holds one. */
export const CustomValue = Schema.NullOr(
  Schema.Union([Text, Schema.Finite, Schema.Boolean, Schema.Array(Text).check(Schema.isMaxLength(mostItems))])
).annotate({ identifier: "CustomValue" })
export type CustomValue = typeof CustomValue.Type

/** What a record has in the fields that its organization has added, by their keys. */
export const CustomFields = Schema.Record(Schema.String, CustomValue)
  .check(Schema.isMaxProperties(mostFields))
  .annotate({ identifier: "CustomFields" })
export type CustomFields = typeof CustomFields.Type
