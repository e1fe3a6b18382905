// A thread that hashes and verifies passwords one after the other, at a low priority: see hashing-threads.ts.
import { hashSync, verifySync } from "@node-rs/argon2"
import { ZxcvbnFactory } from "@zxcvbn-ts/core"
import { adjacencyGraphs as graphs, dictionary } from "@zxcvbn-ts/language-common"
import { setPriority } from "node:os"
import { parentPort } from "node:worker_threads"

export type Work =
  | { readonly kind: "hash"; readonly password: string }
  | { readonly kind: "verify"; readonly hash: string; readonly password: string }
  | { readonly kind: "isGuessable"; readonly password: string; readonly context: ReadonlyArray<string> }

/** RFC 9106 argon2id with the parameters that OWASP recommends: 19 MiB, two passes, one lane. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
/** Of a core that others want, too, a thirtieth is left for this. */
const lowPriority = 15

const matches = (hash: string, password: string) => {
  try {
    return verifySync(hash, password)
  } catch {
    return false
  }
}

/** 2 of zxcvbn's five grades: what falls within a million guesses is refused. */
const leastScore = 2
let estimator: ZxcvbnFactory | undefined

const isGuessable = (password: string, context: ReadonlyArray<string>) => {
  estimator ??= new ZxcvbnFactory({ dictionary, graphs })
  return estimator.check(password, [...context]).score < leastScore
}

const answer = (work: Work): unknown => {
  switch (work.kind) {
    case "hash":
      return hashSync(work.password, parameters)
    case "verify":
      return matches(work.hash, work.password)
    case "isGuessable":
      return isGuessable(work.password, work.context)
  }
}

// only on Linux a priority belongs to the calling thread, elsewhere to its process
if (process.platform === "linux") setPriority(lowPriority)

parentPort?.on("message", (work: Work) => parentPort?.postMessage(answer(work)))
