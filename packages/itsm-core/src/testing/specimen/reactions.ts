import { Context, Effect } from "effect"
import { Change, Instant, Reaction, Versioned } from "../../kernel/index.ts"
import { remindTimer } from "./loans.ts"
import { inspect } from "./vans.ts"
import * as published from "./published.ts"
import { Cleaning, LendingRules, LogLine, Tariff, Van } from "./records.ts"

export const serviceTimer = "van.service"

const deposits = Reaction.inside(published.loan.created, {
  name: "tariffs.deposit",
  gather: (_, read) => Versioned.published(read, Tariff, "usual"),
  decide: (_, [tariff]) => (tariff === undefined ? {} : { change: { deposit: tariff.deposit } })
})

/** Races are dear, whatever the tariff says. */
const risks = Reaction.inside(published.loan.created, {
  name: "risks.deposit",
  decide: ({ after }) => (after.purpose === "A race" ? { change: { deposit: 5000 } } : {})
})

/** Whoever races is reminded every day. */
const impatience = Reaction.inside(published.LoanExtended, {
  name: "risks.remind",
  decide: ({ after }, _, { now }) =>
    after.purpose === "A race"
      ? { timers: [{ kind: remindTimer, ref: after.id, at: Instant.plusMs(now, Instant.dayMs) }] }
      : {}
})

const requests = Reaction.inside(published.loan.created, {
  name: "log.request",
  decide: ({ before, after }) => ({
    also: [
      Change.insert(LogLine, { loanId: after.id, text: `${before === undefined ? "New" : "Old"}: ${after.purpose}` })
    ]
  })
})

const handOvers = Reaction.inside(published.LoanHandedOver, {
  name: "vans.lend",
  gather: (_, read) => read.setting(LendingRules),
  decide: ({ before, after }, { mostLoans }) => ({
    also: [
      Change.insert(LogLine, {
        loanId: after.id,
        text: `${before === undefined ? "new" : (before.vanId ?? "no van")}, then ${after.vanId}`
      }),
      Change.add(
        Van,
        after.vanId!,
        "loans",
        1,
        { field: "loans", op: "lt", value: mostLoans },
        { guard: "mayBeLent", reason: "The van has been lent often enough." }
      )
    ],
    events: [published.VanLent.make({ id: after.vanId! }, { loanId: after.id })]
  })
})

/** A van that is lent is looked after within a quarter. */
const services = Reaction.inside(published.VanLent, {
  name: "services.plan",
  decide: ({ after }, _, { now }) => ({
    timers: [{ kind: serviceTimer, ref: after.id, at: Instant.plusMs(now, 90 * Instant.dayMs) }]
  })
})

const cleanings = Reaction.inside(published.LoanBroughtBack, {
  name: "cleanings.order",
  gather: ({ data }, read) => read.published(published.van.created.view, data.vanId),
  decide: (_, van, { now }) => ({
    also: van._tag === "None" ? [] : [Change.insert(Cleaning, { plate: van.value.plate, dueAt: now })]
  })
})

export const inside = [deposits, risks, impatience, requests, handOvers, services, cleanings]

/** Where the letters of the desk go. */
export const Post = Context.Reference<(letter: string) => Effect.Effect<void, Error>>("@itsm/core/testing/Post", {
  defaultValue: () => () => Effect.void
})

const thanks = Reaction.after(published.LoanBroughtBack, {
  name: "letters.thank",
  retriesMs: [1000],
  react: ({ remark }) => Effect.flatMap(Post, (post) => post(remark))
})

const extensions = Reaction.after(published.LoanExtended, {
  name: "letters.extension",
  ordered: true,
  react: ({ days }) => Effect.flatMap(Post, (post) => post(`${days} days more`))
})

const inspections = Reaction.runs(published.LoanBroughtBack, inspect, {
  name: "vans.inspect",
  ask: ({ vanId }) => ({ id: vanId })
})

export const after = [thanks, extensions, inspections]
