import { Schema } from "effect"
import { Entity, Id, Instant, Lifecycle, Setting, Text, Versioned } from "../../kernel/index.ts"

const Count = Text.Whole(0, 1_000_000)

/** A van of the desk; nobody has to wait for anybody else to count its loans. */
export const Van = Entity.define("Van", {
  plural: "vans",
  fields: {
    plate: Text.Text(1, 50),
    seats: Text.Whole(1, 9),
    loans: Entity.managed(Count, 0),
    inspections: Entity.managed(Count, 0)
  },
  unique: [["plate"]]
})
export type Van = Entity.RecordOf<typeof Van>

export const lifecycle = Lifecycle.define({
  states: ["planned", "out", "returned"],
  initial: "planned",
  final: ["returned"],
  transitions: [
    { action: "hand_over", from: ["planned"], to: "out" },
    { action: "remind", from: ["out"], to: "same" },
    { action: "extend", from: ["out"], to: "same" },
    { action: "bring_back", from: ["out"], to: "returned" }
  ]
})

/** A van is lent to somebody; whoever watches the loan reads it. */
export const Loan = Entity.define("Loan", {
  plural: "loans",
  fields: {
    number: Entity.managed(Text.Text(1, 20)),
    purpose: Text.Text(1, 200),
    booking: Schema.NullOr(Text.Text(1, 50)),
    borrowerId: Schema.NullOr(Id.Id("User")),
    teamId: Schema.NullOr(Id.Id("Team")),
    departmentId: Schema.NullOr(Id.Id("Department")),
    watcherIds: Entity.open(Id.Ids("User", 20), []),
    payer: Schema.NullOr(Id.Ref(["Department", "Team"])),
    vanId: Entity.managed(Schema.NullOr(Id.Id("Van"))),
    /** Opens the box with the keys. */
    code: Entity.secret(Schema.NullOr(Schema.String)),
    deposit: Entity.managed(Schema.NullOr(Count)),
    reminders: Entity.managed(Count, 0),
    state: Entity.managed(Schema.Literals(lifecycle.states), lifecycle.initial)
  },
  unique: [["number"], ["booking", "payer.id"]],
  relations: { own: ["borrowerId"], team: "teamId", department: "departmentId" },
  readers: ["watcherIds"],
  lifecycle
})
export type Loan = Entity.RecordOf<typeof Loan>

/** What goes with a loan beside the van; it says nothing itself of whose it is. */
export const Extra = Entity.define("LoanExtra", {
  plural: "loanExtras",
  fields: { title: Text.Text(1, 200), loanId: Entity.immutable(Id.Id("Loan")) },
  parent: { entity: Loan, field: "loanId" }
})
export type Extra = Entity.RecordOf<typeof Extra>

/** A remark on an extra: a part of a part, and its author's own. */
export const Remark = Entity.define("ExtraRemark", {
  plural: "extraRemarks",
  fields: {
    text: Text.Text(1, 200),
    extraId: Entity.immutable(Id.Id("LoanExtra")),
    authorId: Schema.NullOr(Id.Id("User"))
  },
  parent: { entity: Extra, field: "extraId" },
  relations: { own: ["authorId"] }
})
export type Remark = Entity.RecordOf<typeof Remark>

/** What the desk has decided for all loans. */
export const LendingRules = Setting.define("LendingRules", {
  plural: "lendingRules",
  fields: {
    isOpen: Entity.open(Schema.Boolean, true),
    /** A van is lent no more often than this before it is replaced. */
    mostLoans: Entity.open(Count, 1000)
  }
})

/** What a loan costs: drafted, published, and retired. */
export const Tariff = Versioned.define("Tariff", { plural: "tariffs", fields: { deposit: Count } })

/** What happened to loans, line by line. */
export const LogLine = Entity.define("LoanLogLine", {
  plural: "loanLogLines",
  role: "log",
  fields: { loanId: Entity.managed(Text.Text(36, 36)), text: Entity.managed(Text.Text(1, 200)) }
})

/** A van that is to be cleaned; whoever has time takes one. */
export const Cleaning = Entity.define("VanCleaning", {
  plural: "vanCleanings",
  role: "queue",
  queue: { key: "plate" },
  fields: {
    plate: Entity.managed(Text.Text(1, 50)),
    dueAt: Entity.managed(Instant.Instant),
    leaseUntil: Entity.managed(Schema.NullOr(Instant.Instant))
  }
})

/** The entities of the desk: those that need tables of their own. */
export const entities = [Van, Loan, Extra, Remark, LendingRules, Tariff, LogLine, Cleaning]
