import { IncidentClosed } from "@itsm/core/incidents"
import {
  Actor,
  type Catalogue,
  Condition,
  Kernel,
  Reaction,
  Reader,
  RoleMatrix,
  Service,
  Shell,
  Timer
} from "@itsm/core/kernel"
import { Effect } from "effect"
import { dueTimer, expire, extend, giveBack, lend, recall } from "./commands.ts"
import { Loan } from "./loan.ts"
import * as published from "./published.ts"

export { Loan } from "./loan.ts"
export * from "./published.ts"

/** Devices that are lent while the borrower's own one is out of order. */
export class Loans extends Service.define("Loans", Loan, { lend, extend, recall, expire, giveBack }) {}

/** Once an incident is closed, the devices that were lent because of it are asked back; twice does no harm. */
const recallWhenClosed = Reaction.after(IncidentClosed, {
  name: "loaners.recall_when_closed",
  react: ({ id }, { event: { organizationId } }) =>
    Effect.gen(function* () {
      const read = Reader.make(yield* Kernel.Kernel, Actor.system(organizationId))
      const out = yield* read.all(Loan, Condition.all([Condition.eq("incidentId", id), Condition.isNull("returnedAt")]))
      yield* Effect.forEach(out, (loan) => Shell.execute(recall, { id: loan.id, input: Effect.succeed({}) }))
    })
})

const { grant } = RoleMatrix
const desk = grant("organization", ["loan.read", "loan.create", "loan.extend", "loan.recall", "loan.give_back"])

export const module = {
  name: "loaners",
  published,
  services: [Loans],
  after: [recallWhenClosed],
  timers: [Timer.runs(dueTimer, expire)],
  grants: { end_user: grant("own", ["loan.read"]), agent: desk, manager: desk }
} as const satisfies Catalogue.Module

export const migrations = new URL("./migrations/", import.meta.url)
