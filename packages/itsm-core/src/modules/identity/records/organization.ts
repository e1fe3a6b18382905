import { Schema } from "effect"
import { Entity, Lifecycle, Schedule, Text } from "../../../kernel/index.ts"

/** A language tag such as `en` or `pt-BR`. */
export const Locale = Schema.String.check(Schema.isPattern(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/u)).annotate({
  examples: ["en"]
})

const Slug = Schema.String.check(Schema.isPattern(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/u)).annotate({
  examples: ["acme"]
})

/** A suspended organization keeps everything, and lets nobody in. */
export const organizationLifecycle = Lifecycle.define({
  field: "status",
  states: ["active", "suspended"],
  initial: "active",
  final: ["active", "suspended"],
  transitions: [
    { action: "suspend", from: ["active"], to: "suspended" },
    { action: "restore", from: ["suspended"], to: "active" }
  ]
})

/** The tenant: every other record belongs to one, and nothing reaches from one into another. */
export const Organization = Entity.define("Organization", {
  plural: "organizations",
  fields: {
    name: Text.Text(1, 200),
    slug: Entity.immutable(Slug),
    timeZone: Entity.open(Schedule.TimeZone, "UTC"),
    locale: Entity.open(Locale, "en"),
    domains: Entity.open(Schema.Array(Text.Text(1, 253)), []),
    /** Who has no second factor can do nothing but set one up. */
    mfaRequired: Entity.open(Schema.Boolean, false),
    status: Entity.managed(Schema.Literals([...organizationLifecycle.states, "archived"]), "active")
  },
  uniqueEverywhere: [["slug"]],
  lifecycle: organizationLifecycle,
  remembered: {},
  isPlatform: true
})
export type Organization = Entity.RecordOf<typeof Organization>
