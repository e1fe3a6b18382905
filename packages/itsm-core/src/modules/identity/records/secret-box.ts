import { Context, Effect } from "effect"
import type { SecretUnreadable } from "./authentication-errors.ts"

/** Encryption of what is stored and must be read again, with a key that is not in the store. */
export interface SecretBoxShape {
  /** Opens for the same `owner` only. */
  readonly seal: (text: string, owner: string) => Effect.Effect<string>
  readonly open: (sealed: string, owner: string) => Effect.Effect<string, SecretUnreadable>
  /** False for what an earlier key sealed: it is sealed anew when it is next read. */
  readonly isCurrent: (sealed: string) => boolean
}

const missing = Effect.die(
  new Error("Secrets at rest need a SecretBox: provide one, such as the AES-256-GCM box of @itsm/adapter-http.")
)

export const SecretBox = Context.Reference<SecretBoxShape>("@itsm/core/SecretBox", {
  defaultValue: () => ({ seal: () => missing, open: () => missing, isCurrent: () => true })
})
