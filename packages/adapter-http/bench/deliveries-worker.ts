// A worker in a process of its own, on the database in DATABASE_URL: it begins when it is told to.
import { Worker } from "@itsm/core/kernel"
import { Effect } from "effect"
import { once } from "node:events"
import { answering, kernelOn, storeAt } from "./depot.ts"

const everyMs = 500

const url = process.env["DATABASE_URL"]!
const work = Effect.gen(function* () {
  process.send!("ready")
  yield* Effect.promise(() => once(process, "message"))
  return yield* Worker.run(everyMs)
})
await Effect.runPromise(Effect.provide(work, kernelOn(storeAt(url), answering)))
