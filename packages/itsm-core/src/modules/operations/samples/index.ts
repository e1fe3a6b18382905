import { Effect } from "effect"
import { Delivery, Kernel } from "../../../kernel/index.ts"
import * as Factory from "../../../testing/factories.ts"
import type { Samples } from "../../../testing/samples.ts"
import { access } from "./access.ts"

/** A delivery that did not arrive, as a worker leaves it. */
export const samples: Samples = {
  records: ({ organizationId }) =>
    Effect.gen(function* () {
      const { store } = yield* Kernel.Kernel
      const record = Factory.delivery(organizationId, {
        state: "dead",
        dueAt: null,
        attempts: 12,
        lastError: "The receiver did not answer."
      })
      yield* store.commit({ organizationId }, [{ kind: "insert", entity: Delivery.Delivery, record }])
      return { Delivery: { live: record.id, dead: record.id } }
    }),
  inputs: () => ({ "deliveries.retry": {}, "deliveries.drop": {} }),
  access
}
