import { Effect } from "effect"
import { constants } from "node:os"

const signals = ["SIGTERM", "SIGINT"] as const

/** Completes with the first signal to stop; the second one ends the process at once. */
export const stopSignal = Effect.callback<(typeof signals)[number]>((resume) => {
  let isStopping = false
  for (const signal of signals) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + constants.signals[signal])
      isStopping = true
      resume(Effect.succeed(signal))
    })
  }
})
