import { Schema } from "effect"
import { Event, Id, Published, Text, Versioned } from "../../kernel/index.ts"

const VanView = Published.view("Van", { plate: Text.Text(1, 50), seats: Text.Whole(1, 9) })

/** What others may know of a loan. */
export const LoanView = Published.view("Loan", {
  number: Text.Text(1, 20),
  purpose: Text.Text(1, 200),
  vanId: Schema.NullOr(Id.Id("Van")),
  deposit: Schema.NullOr(Text.Whole(0, 1_000_000))
})

export const van = Event.crud(VanView)
export const VanLent = Event.define(VanView, "lent", { loanId: Id.Id("Loan") })
export const VanInspected = Event.define(VanView, "inspected")

export const loan = Event.crud(LoanView)
export const LoanHandedOver = Event.define(LoanView, "handed_over")
export const LoanExtended = Event.define(LoanView, "extended", { days: Text.Whole(1, 100) })
export const LoanBroughtBack = Event.define(LoanView, "brought_back", { vanId: Id.Id("Van"), remark: Schema.String })

export const extra = Event.crud(Published.view("LoanExtra", {}))
export const remark = Event.crud(Published.view("ExtraRemark", {}))
export const tariff = Versioned.events(Published.view("Tariff", {}))
