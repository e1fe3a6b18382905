import { Event, Id, Instant } from "@itsm/core/kernel"
import { Schema } from "effect"

const loan = { id: Id.Id("Loan"), borrowerId: Id.Id("User") }

export const LoanCreated = Event.define("loan.created", Schema.Struct({ ...loan, dueAt: Instant.Instant }))
export const LoanRecalled = Event.define("loan.recalled", Schema.Struct({ ...loan, dueAt: Instant.Instant }))
export const LoanOverdue = Event.define("loan.overdue", Schema.Struct(loan))
export const LoanReturned = Event.define("loan.returned", Schema.Struct(loan))
