import { Schema } from "effect"

/** An amount in the smallest unit of its currency, which ISO 4217 names by three capitals. */
export interface Money {
  readonly amount: number
  readonly currency: string
}

/** The schema of an amount of money: `price.amount` and `price.currency` are asked for and sorted by. */
export const Money: Schema.Codec<Money, Money> = Schema.Struct({
  amount: Schema.Int,
  currency: Schema.String.check(
    Schema.isPattern(/^[A-Z]{3}$/u, { description: "the code of a currency: three capitals" })
  ).annotate({ examples: ["EUR"] })
}).annotate({ field: { kind: "money" } })
