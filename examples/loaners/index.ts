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
  Shell
} from "@itsm/core/kernel"
import { Effect } from "effect"
import { dueTimer, expire, extend, giveBack, lend, recall } from "./commands.ts"
import { Loan } from "./loan.ts"
import * as published from "./published.ts"

export { Loan } from "./loan.ts"
export * from "./published.ts"

/** Devices that are lent while the borrower's own one is out of order. */
export class Loans extends Service.define("Loans", Loan, { lend, extend, recall, expire, giveBack }) {}

/** Once an incident is closed, the devices that were lent because of it are asked back. */
const recallWhenClosed = Reaction.after(IncidentClosed, ({ id }, { organizationId }) =>
  Effect.gen(function* () {
    const read = Reader.make(yield* Kernel.Kernel, Actor.system(organizationId))
    const out = yield* read.all(Loan, Condition.all([Condition.eq("incidentId", id), Condition.isNull("returnedAt")]))
    yield* Effect.forEach(out, (loan) => Shell.execute(recall, { id: loan.id, input: Effect.succeed({}) }))
  }).pipe(Actor.provide(Actor.system(organizationId)))
)

/** The command consumes the timer in its commit; a device that came back meanwhile is left alone. */
const whenDue: NonNullable<Catalogue.Module["timers"]>[number] = {
  kind: dueTimer,
  fire: (timer) =>
    Shell.execute(expire, { id: timer.ref, input: Effect.succeed({}), timer }).pipe(
      Effect.asVoid,
      Effect.catchTag(["StateConflict", "NotFound"], () => Effect.void),
      Actor.provide(Actor.system(timer.organizationId))
    )
}

const { grant } = RoleMatrix
const desk = grant("organization", ["loan.read", "loan.create", "loan.extend", "loan.recall", "loan.give_back"])

export const module = {
  name: "loaners",
  published,
  services: [Loans],
  after: [recallWhenClosed],
  timers: [whenDue],
  grants: { end_user: grant("own", ["loan.read"]), agent: desk, manager: desk }
} as const satisfies Catalogue.Module

export const migrations = new URL("./migrations/", import.meta.url)
