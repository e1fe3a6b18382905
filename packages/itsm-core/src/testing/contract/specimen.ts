import { Schema } from "effect"
import { Entity, Id, LocalDate, Money, Text } from "../../kernel/index.ts"
import type { OrganizationId } from "./fixture.ts"
import * as Factory from "../factories.ts"

/** A record with a field of each kind that has no other in the catalogue, each of them null in one of two. */
export const Specimen = Entity.define("Specimen", {
  plural: "specimens",
  fields: {
    name: Text.Text(1, 200),
    ratio: Text.Decimal(-1e30, 1e30),
    maybeRatio: Schema.NullOr(Text.Decimal(-1e30, 1e30)),
    day: LocalDate.LocalDate,
    maybeDay: Schema.NullOr(LocalDate.LocalDate),
    price: Money.Money,
    maybePrice: Schema.NullOr(Money.Money),
    memberIds: Id.Ids("User", 20),
    maybeMemberIds: Schema.NullOr(Id.Ids("User", 20)),
    labels: Text.Texts(Text.Text(1, 50), 20),
    maybeLabels: Schema.NullOr(Text.Texts(Text.Text(1, 50), 20)),
    subject: Id.Ref(["Department", "Team"]),
    maybeSubject: Schema.NullOr(Id.Ref(["Department", "Team"])),
    code: Schema.NullOr(Text.Text(1, 50)),
    origin: Schema.NullOr(Id.Ref(["Department", "Team"]))
  },
  unique: [
    ["name", "maybeDay"],
    ["code", "origin.id"]
  ],
  indexes: [["memberIds"], ["labels"], ["subject.type", "subject.id"], ["price.currency", "price.amount"]]
})
export type Specimen = Entity.RecordOf<typeof Specimen>

export const specimen = (organizationId: OrganizationId, patch: Partial<Specimen> = {}): Specimen =>
  Factory.recordOf(Specimen, organizationId, {
    name: Factory.uniqueText("Specimen"),
    ratio: 2.5,
    day: "2026-11-21" as LocalDate.LocalDate,
    price: { amount: 1250, currency: "EUR" },
    memberIds: [],
    labels: [],
    subject: { type: "team", id: Factory.freshId<"Team">() },
    ...patch
  })
