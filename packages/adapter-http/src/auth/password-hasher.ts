import { hash, verify } from "@node-rs/argon2"
import { Effect } from "effect"
import type { PasswordHasherShape } from "@itsm/core/identity"

/** RFC 9106 argon2id with the parameters that OWASP recommends: 19 MiB, two passes, one lane. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashes passwords with argon2id, off the main thread; a hash that cannot be read matches no password. */
export const argon2id = (minimumLength = 15): PasswordHasherShape => ({
  hash: (password) => Effect.promise(() => hash(password, parameters)),
  verify: (stored, password) => Effect.promise(() => verify(stored, password).catch(() => false)),
  minimumLength
})
