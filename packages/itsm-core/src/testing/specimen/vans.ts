import { Result } from "effect"
import { Command, Crud, Service, Setting, Versioned } from "../../kernel/index.ts"
import * as published from "./published.ts"
import { Extra, LendingRules, Remark, Tariff, Van } from "./records.ts"

export const inspect = Command.system(Van, "inspect", {
  description: "Somebody has looked at the van.",
  input: Command.Nothing,
  decide: (van) =>
    Result.succeed({ change: { inspections: van.inspections + 1 }, events: [published.VanInspected.make(van)] })
})

export class Vans extends Service.define("Vans", Van, {
  ...Crud.of(Van, { one: "a van", events: published.van }),
  inspect
}) {}
export class Extras extends Service.define(
  "LoanExtras",
  Extra,
  Crud.of(Extra, { one: "an extra", events: published.extra })
) {}
export class Remarks extends Service.define(
  "ExtraRemarks",
  Remark,
  Crud.of(Remark, { one: "a remark", events: published.remark })
) {}

const replace = Setting.replace(LendingRules, { description: "Replaces the rules of the desk." })
export class Rules extends Service.define("LendingRules", LendingRules, { replace }) {}
export class Tariffs extends Service.define(
  "Tariffs",
  Tariff,
  Versioned.commands(Tariff, { one: "a tariff", events: published.tariff })
) {}
