import { Effect, Option, Result, Schema } from "effect"
import {
  Change,
  Command,
  Condition,
  Crud,
  Errors,
  Id,
  Instant,
  Lifecycle,
  Query,
  Service,
  Text
} from "../../kernel/index.ts"
import * as published from "./published.ts"
import { Extra, LendingRules, lifecycle, Loan, Van } from "./records.ts"

export const remindTimer = "loan.remind"

const request = Command.create(Loan, {
  description: "A loan is planned.",
  input: Loan.create,
  errors: [Errors.GuardFailed],
  gather: (_, read) => Effect.all({ number: read.nextNumber("LOAN"), rules: read.setting(LendingRules) }),
  decide: (input, { number, rules, freshId }) =>
    rules.isOpen
      ? Result.succeed({
          create: { ...input, number },
          events: [published.loan.created.make({ id: freshId, number })]
        })
      : Result.fail(new Errors.GuardFailed({ guard: "isOpen", reason: "The desk is closed." }))
})

const witness = Schema.Struct({ userId: Id.Id("User"), teamIds: Id.Ids("Team", 5) })

const handOver = Command.action(Loan, "handOver", {
  description: "The borrower has the van, and is reminded of it when the days are over.",
  input: Schema.Struct({
    vanId: Id.Id("Van"),
    days: Text.Whole(0, 100),
    witnesses: Schema.optionalKey(Schema.Array(witness).check(Schema.isMaxLength(5))),
    payer: Schema.optionalKey(Id.Ref(["Department", "Team"]))
  }).annotate({ identifier: "HandOver" }),
  decide: (loan, { vanId, days, payer = loan.payer }, moment) =>
    Result.map(Lifecycle.step(lifecycle, loan, "hand_over", moment), (state) => ({
      change: { state, vanId, payer, code: loan.id.slice(0, 8) },
      events: [published.LoanHandedOver.make(loan)],
      timers: [{ kind: remindTimer, ref: loan.id, at: Instant.plusMs(moment.now, days * Instant.dayMs) }],
      reason: `For ${days} days`
    }))
})

const bringBack = Command.action(Loan, "bringBack", {
  description: "The van is back, and nobody is reminded of it any more.",
  input: Schema.Struct({ remark: Text.Text(1, 200) }).annotate({ identifier: "BringBack" }),
  decide: (loan, { remark }, moment) =>
    Result.map(Lifecycle.step(lifecycle, loan, "bring_back", moment), (state) => ({
      change: { state },
      events: [published.LoanBroughtBack.make(loan, { vanId: loan.vanId as Van["id"], remark })],
      timers: [{ kind: remindTimer, ref: loan.id, at: null }]
    }))
})

const extend = Command.action(Loan, "extend", {
  description: "The borrower is reminded some days later.",
  input: Schema.Struct({ days: Text.Whole(1, 100) }).annotate({ identifier: "ExtendLoan" }),
  gather: (_, { days }, _read, { actor }) =>
    days > 30 && actor.kind !== "system"
      ? Effect.fail(new Errors.PermissionDenied({ permission: "loan.extend", reason: "Nobody extends by so much." }))
      : Effect.succeed({}),
  decide: (loan, { days }, moment) =>
    Result.map(Lifecycle.step(lifecycle, loan, "extend", moment), () => ({
      change: loan,
      events: [published.LoanExtended.make(loan, { days })],
      timers: [{ kind: remindTimer, ref: loan.id, at: Instant.plusMs(moment.now, days * Instant.dayMs) }]
    }))
})

const waive = Command.action(Loan, "waive", {
  description: "No deposit is asked for.",
  input: Command.Nothing,
  separation: Command.apartFrom(["borrowerId"], "Nobody waives what they owe themselves."),
  decide: () => Result.succeed({ change: { deposit: 0 } })
})

const addExtra = Command.action(Loan, "addExtra", {
  description: "Something else goes with the loan.",
  input: Schema.Struct({ title: Text.Text(1, 200) }).annotate({ identifier: "AddExtra" }),
  makes: Extra,
  decide: (loan, { title }, { freshId }) =>
    Result.succeed({
      change: loan,
      made: { title, loanId: loan.id },
      events: [published.extra.created.make({ id: freshId })]
    })
})

export const remind = Command.system(Loan, "remind", {
  description: "The borrower has been told that the days are over.",
  input: Command.Nothing,
  decide: (loan, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, loan, "remind", moment), () => ({
      change: { reminders: loan.reminders + 1 }
    }))
})

/** Several loans for one borrower, all of them or none. */
const plan = Command.collection(Loan, "plan", {
  description: "A loan is planned for each of the purposes.",
  input: Schema.Struct({
    purposes: Text.Texts(Text.Text(1, 200), 20),
    teamId: Id.Id("Team")
  }).annotate({ identifier: "PlanLoans" }),
  output: Schema.Struct({ numbers: Schema.Array(Schema.String) }).annotate({ identifier: "PlannedLoans" }),
  gather: ({ purposes }, read) =>
    Effect.gen(function* () {
      const fresh = yield* Command.freshIds
      return {
        drafts: yield* Effect.forEach(purposes, (purpose) =>
          Effect.map(read.nextNumber("LOAN"), (number) => ({ id: fresh<"Loan">(), number, purpose }))
        )
      }
    }),
  decide: ({ teamId }, { drafts, now }) =>
    Result.succeed({
      also: drafts.map(({ id, ...draft }) => Change.insert(Loan, { ...draft, teamId }, id)),
      events: drafts.map((draft) => published.loan.created.make(draft)),
      timers: drafts.map(({ id }) => ({ kind: remindTimer, ref: id, at: Instant.plusMs(now, 30 * Instant.dayMs) })),
      output: { numbers: drafts.map(({ number }) => number) }
    })
})

const account = Query.of(Loan, "account", {
  description: "What the loan comes to, and what else its borrower has out, as far as the caller may know.",
  permission: "loan.account",
  output: Schema.Struct({
    deposit: Schema.NullOr(Schema.Int),
    plate: Schema.NullOr(Schema.String),
    others: Schema.Int
  }).annotate({ identifier: "LoanAccount" }),
  run: ({ deposit, vanId, borrowerId }, _, read) =>
    Effect.all([read.get(Van, vanId), read.count(Loan, Condition.eq("borrowerId", borrowerId))]).pipe(
      Effect.map(([van, loans]) => ({
        deposit: deposit ?? null,
        plate: Option.getOrNull(Option.map(van, ({ plate }) => plate)),
        others: loans - 1
      }))
    )
})

const update = Crud.updating(Loan, { one: "a loan", events: published.loan })
const remove = Crud.removal(Loan, { one: "a loan", events: published.loan })
const restore = Crud.restoration(Loan, { one: "a loan", events: published.loan })

export class Loans extends Service.define("Loans", Loan, {
  request,
  plan,
  update,
  delete: remove,
  restore,
  handOver,
  extend,
  bringBack,
  waive,
  addExtra,
  remind,
  account
}) {}
