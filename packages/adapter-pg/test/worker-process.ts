// A process of its own that works on the parcels of the database in DATABASE_URL until it is killed.
import { PgStore } from "@itsm/adapter-pg"
import { Reaction, Timer, Worker } from "@itsm/core/kernel"
import { Effect, Layer, Redacted } from "effect"
import {
  follow,
  move,
  moveTimer,
  parcelKernel,
  ParcelMoved,
  ParcelWeighed
} from "../../itsm-core/src/testing/parcels.ts"

const after = [
  Reaction.runs(ParcelWeighed, move, { name: "parcels.move", concurrency: 8, ask: ({ id }) => ({ id }) }),
  Reaction.runs(ParcelMoved, follow, {
    name: "parcels.follow",
    concurrency: 8,
    ordered: true,
    ask: ({ id, moves }) => ({ id, input: { moves } })
  })
]

const kernel = parcelKernel({ after, timers: [Timer.runs(moveTimer, move)] }).pipe(
  Layer.provide(PgStore.layerFromUrl({ url: Redacted.make(process.env["DATABASE_URL"]!), maxConnections: 4 }))
)

process.stdout.write("working\n")
await Effect.runPromise(Effect.provide(Worker.run(100, 3000), kernel))
