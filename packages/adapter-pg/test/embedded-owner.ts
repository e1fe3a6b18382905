// A process that owns an embedded server until it is killed: embedded.timed.test.ts starts and kills it.
import { Effect } from "effect"
import { startEmbedded } from "@itsm/adapter-pg/embedded"

const dataDir = process.argv[2] ?? ""

await Effect.gen(function* () {
  const { url, pid } = yield* startEmbedded({ dataDir })
  console.log(JSON.stringify({ url, pid }))
  return yield* Effect.never
}).pipe(Effect.scoped, Effect.runPromise)
