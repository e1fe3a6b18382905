import { Effect } from "effect"
import { Id } from "../../../kernel/index.ts"
import { digest } from "../records/secret.ts"

const count = 10
const bytesEach = 10

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")

/** The hash of a recovery code, however its letters and groups were typed. */
export const recoveryHash = (code: string): Effect.Effect<string> =>
  digest(code.toLowerCase().replaceAll(/[^0-9a-f]/g, ""))

/** Ten fresh codes of eighty random bits, as they are shown once, and their hashes. */
export const newRecoveryCodes = Effect.gen(function* () {
  const fill = yield* Id.RandomBytes
  const codes = Array.from({ length: count }, () => {
    const bytes = new Uint8Array(bytesEach)
    fill(bytes)
    return hex(bytes).match(/.{5}/g)!.join("-")
  })
  return { codes, hashes: yield* Effect.forEach(codes, recoveryHash) }
})
