import { Event, Id, Instant, Published } from "@itsm/core/kernel"
import { lifecycle } from "./loan.ts"
import { Schema } from "effect"

/** A loan, as other modules know it. */
export const LoanView = Published.view("Loan", {
  borrowerId: Id.Id("User"),
  dueAt: Instant.Instant,
  state: Schema.Literals(lifecycle.states)
})

const until = { borrowerId: Id.Id("User"), dueAt: Instant.Instant }

export const LoanCreated = Event.define(LoanView, "created", until)
export const LoanRecalled = Event.define(LoanView, "recalled", until)
export const LoanOverdue = Event.define(LoanView, "overdue", { borrowerId: Id.Id("User") })
export const LoanReturned = Event.define(LoanView, "returned", { borrowerId: Id.Id("User") })
