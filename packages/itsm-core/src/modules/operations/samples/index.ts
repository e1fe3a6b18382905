import { Effect } from "effect"
import { Delivery, Job, Kernel } from "../../../kernel/index.ts"
import * as Factory from "../../../testing/factories.ts"
import type { Samples } from "../../../testing/samples.ts"
import { access } from "./access.ts"

/** What a worker leaves: a delivery that did not arrive, a job that failed, one that runs, and one that waits. */
export const samples: Samples = {
  records: ({ organizationId, people }) =>
    Effect.gen(function* () {
      const { store } = yield* Kernel.Kernel
      const delivery = Factory.delivery(organizationId, {
        state: "dead",
        dueAt: null,
        attempts: 12,
        lastError: "The receiver did not answer."
      })
      const failed = Factory.job(organizationId, {
        state: "failed",
        dueAt: null,
        endedAt: Factory.epoch,
        attempts: 4,
        progress: { done: 3, total: 10 },
        lastError: "The file has no lines.",
        requestedById: people.agent
      })
      const running = Factory.job(organizationId, { state: "running", requestedById: people.manager })
      const waiting = Factory.job(organizationId, { requestedById: people.caller })
      yield* store.commit({ organizationId }, [
        { kind: "insert", entity: Delivery.Delivery, record: delivery },
        { kind: "insert", entity: Job.Job, record: failed },
        { kind: "insert", entity: Job.Job, record: running },
        { kind: "insert", entity: Job.Job, record: waiting }
      ])
      return {
        Delivery: { live: delivery.id, dead: delivery.id },
        Job: { live: waiting.id, waiting: waiting.id, failed: failed.id }
      }
    }),
  inputs: () => ({ "deliveries.retry": {}, "deliveries.drop": {}, "jobs.cancel": {}, "jobs.retry": {} }),
  access
}
