import { Layer } from "effect"
import { Catalogue, Delivery, Depth, Event, Idempotency, Kernel, RoleMatrix, Timer } from "../../kernel/index.ts"
import { audit } from "../../modules/audit/index.ts"
import { Department } from "../../modules/identity/records/department.ts"
import { Organization } from "../../modules/identity/records/organization.ts"
import { Team } from "../../modules/identity/records/team.ts"
import { User } from "../../modules/identity/records/user.ts"
import { Loans, remind, remindTimer } from "./loans.ts"
import * as published from "./published.ts"
import { after, inside, serviceTimer } from "./reactions.ts"
import { Cleaning, LogLine } from "./records.ts"
import { Extras, inspect, Remarks, Rules, Tariffs, Vans } from "./vans.ts"

const { grant } = RoleMatrix
const people = ["user.read", "team.read", "department.read"]

/** A desk that lends vans: a practice as small as one can be that has everything a practice can have. */
export const lending: Catalogue.Module = {
  name: "lending",
  services: [Loans, Vans, Extras, Remarks, Rules, Tariffs],
  entities: [LogLine, Cleaning],
  published: { ...published, AutomationDepthExceeded: Depth.AutomationDepthExceeded },
  inside,
  after,
  timers: [Timer.runs(remindTimer, remind), Timer.runs(serviceTimer, inspect)],
  // the people are there without their own modules
  permissions: people,
  grants: {
    end_user: [
      ...grant("own", ["loan.read", "loan.create", "loan_extra.read", "extra_remark.*"]),
      ...grant("organization", ["van.read", ...people])
    ],
    agent: grant("team", ["loan.*", "loan_extra.*"]),
    admin: grant("organization", ["*"])
  }
}

export const catalogue = Catalogue.make(
  [lending, audit],
  [
    Organization,
    User,
    Team,
    Department,
    Event.OutboxEvent,
    Delivery.Delivery,
    Timer.Timer,
    Idempotency.IdempotencyRecord
  ]
)

export { entities } from "./records.ts"

/** The desk on a store. */
export const layer = Layer.mergeAll(
  Loans.layer,
  Vans.layer,
  Extras.layer,
  Remarks.layer,
  Rules.layer,
  Tariffs.layer
).pipe(Layer.provideMerge(Kernel.Kernel.layer(catalogue)))
