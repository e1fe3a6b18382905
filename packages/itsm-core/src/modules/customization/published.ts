import { Schema } from "effect"
import { Event, Published, Text } from "../../kernel/index.ts"

/** A field that an organization has added, as other modules know it. */
export const CustomFieldView = Published.view("CustomField", {
  entityType: Schema.String,
  key: Schema.String,
  label: Text.Text(1, 200)
})

export const CustomFieldEvents = Event.crud(CustomFieldView)
