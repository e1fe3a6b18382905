import { Effect } from "effect"
import { Condition } from "../../../kernel/index.ts"
import type { Samples } from "../../../testing/samples.ts"
import { AuditLogs } from "../index.ts"
import { access } from "./access.ts"

/** Entries that others have written: about a user of IT, and about one of sales. */
export const samples: Samples = {
  records: ({ as, people }) =>
    Effect.gen(function* () {
      const about = (id: string) =>
        AuditLogs.use((log) => log.list({ where: Condition.eq("entityId", id), limit: 1 })).pipe(
          Effect.map(({ items }) => items[0]!.id)
        )
      const it = yield* about(people.agent)
      return { AuditLog: { live: it, it, sales: yield* about(people.bystander) } }
    }).pipe(as("admin")),
  inputs: () => ({}),
  access
}
