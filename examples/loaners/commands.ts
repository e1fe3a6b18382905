import { Command, Errors, Instant, Lifecycle } from "@itsm/core/kernel"
import { Result, Schema } from "effect"
import { lifecycle, Loan } from "./loan.ts"
import { LoanCreated, LoanOverdue, LoanRecalled, LoanReturned } from "./published.ts"

/** When a loan falls due. */
export const dueTimer = "loan.due"

const recalledWithinMs = 2 * Instant.dayMs

const dueLater = (dueAt: Instant.Instant, now: Instant.Instant) =>
  dueAt > now
    ? Result.succeed(dueAt)
    : Result.fail(Errors.ValidationFailed.at("/dueAt", "out_of_range", "must be a moment to come"))

export const lend = Command.create(Loan, {
  description: "Lends a device to someone until a day.",
  input: Loan.create,
  decide: (input, { now, freshId }) =>
    Result.map(dueLater(input.dueAt, now), (dueAt) => ({
      create: { ...input, deviceOut: input.device },
      events: [LoanCreated.make({ id: freshId }, { borrowerId: input.borrowerId, dueAt })],
      timers: [{ kind: dueTimer, ref: freshId, at: dueAt }]
    }))
})

export const extend = Command.action(Loan, "extend", {
  description: "The borrower keeps the device until a later day.",
  input: Schema.Struct({ dueAt: Instant.Instant }).annotate({ identifier: "LoanExtension" }),
  decide: (loan, input, { now }) =>
    Result.flatMap(Lifecycle.step(lifecycle, loan, "extend", { now }), (state) =>
      Result.map(dueLater(input.dueAt, now), (dueAt) => ({
        change: { ...loan, state, dueAt },
        timers: [{ kind: dueTimer, ref: loan.id, at: dueAt }]
      }))
    )
})

export const recall = Command.action(Loan, "recall", {
  description: "The borrower is asked to bring the device back within two days.",
  input: Command.Nothing,
  decide: (loan, _, { now }) =>
    Result.map(Lifecycle.step(lifecycle, loan, "recall", { now }), (state) => {
      const soon = Instant.plusMs(now, recalledWithinMs)
      if (loan.dueAt <= soon) return { change: loan }
      return {
        change: { ...loan, state, dueAt: soon },
        events: [LoanRecalled.make(loan, { borrowerId: loan.borrowerId, dueAt: soon })],
        timers: [{ kind: dueTimer, ref: loan.id, at: soon }]
      }
    })
})

export const expire = Command.system(Loan, "expire", {
  description: "The device was not brought back in time.",
  input: Command.Nothing,
  decide: (loan, _, { now }) =>
    Result.map(Lifecycle.step(lifecycle, loan, "expire", { now }), (state) => ({
      change: { ...loan, state },
      events: [LoanOverdue.make(loan, { borrowerId: loan.borrowerId })]
    }))
})

export const giveBack = Command.action(Loan, "giveBack", {
  description: "The device is back, and may be lent to someone else.",
  input: Command.Nothing,
  decide: (loan, _, { now }) =>
    Result.map(Lifecycle.step(lifecycle, loan, "give_back", { now }), (state) => ({
      change: { ...loan, state, deviceOut: null, returnedAt: now },
      events: [LoanReturned.make(loan, { borrowerId: loan.borrowerId })],
      timers: [{ kind: dueTimer, ref: loan.id, at: null }]
    }))
})
