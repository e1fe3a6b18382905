import { Effect } from "effect"
import type { PasswordHasherShape } from "@itsm/core/identity"
import * as HashingThreads from "./hashing-threads.ts"

const run = HashingThreads.make()

/**
 * Hashes passwords with argon2id, off the main thread; a hash that cannot be read matches no password. What zxcvbn finds
 * within a million guesses is guessable: lists of passwords that have leaked, rows of keys, repetitions, dates.
 */
export const argon2id = (minimumLength = 15): PasswordHasherShape => ({
  hash: (password) => Effect.map(run({ kind: "hash", password }), String),
  verify: (hash, password) => Effect.map(run({ kind: "verify", hash, password }), (matches) => matches === true),
  minimumLength,
  isGuessable: (password, context) =>
    Effect.map(run({ kind: "isGuessable", password, context }), (isGuessable) => isGuessable === true)
})
