import { Result } from "effect"
import {
  type Catalogue,
  Command,
  Condition,
  Errors,
  Instant,
  Job as Work,
  Lifecycle,
  RoleMatrix,
  Service
} from "../../kernel/index.ts"

const { Job } = Work

/** What people may do. That a job runs, and how it ends, is the worker's doing. */
const lifecycle = Lifecycle.define({
  states: ["waiting", "running", "succeeded", "failed", "cancelled"],
  initial: "waiting",
  final: ["succeeded", "failed", "cancelled"],
  transitions: [
    { action: "cancel", from: ["waiting", "running"], to: "cancelled" },
    { action: "retry", from: ["waiting", "failed", "cancelled"], to: "waiting" }
  ]
})

const errors = [Errors.StateConflict]

const cancel = Command.action(Job, "cancel", {
  description: "The job is done no more; where it runs, it ends when it next tells how far it has come.",
  input: Command.Nothing,
  errors,
  decide: (job, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, job, "cancel", moment), (state) => ({
      change: { ...job, state, dueAt: null, leaseUntil: null, endedAt: moment.now }
    }))
})

const retry = Command.action(Job, "retry", {
  description: "The job is done at once, with all attempts before it; what it did so far is not undone.",
  input: Command.Nothing,
  errors,
  decide: (job, _, moment) =>
    Result.map(Lifecycle.step(lifecycle, job, "retry", moment), (state) => ({
      change: { ...job, state, dueAt: moment.now, leaseUntil: null, endedAt: null, attempts: 0 }
    }))
})

/** Imports, exports, reports: what takes longer than a request. */
export class Jobs extends Service.define("Jobs", Job, { cancel, retry }) {}

const own = RoleMatrix.grant("own", ["job.read", "job.cancel", "job.retry"])

/** Everybody follows what they have asked for. */
export const grants: RoleMatrix.RoleGrants = { end_user: own, agent: own, manager: own }

const keptDays = 30

export const expiries: ReadonlyArray<Catalogue.Expiry> = [
  {
    entity: Job,
    when: (now) =>
      Condition.all([{ field: "endedAt", op: "lt", value: Instant.plusMs(now, -keptDays * Instant.dayMs) }])
  }
]
