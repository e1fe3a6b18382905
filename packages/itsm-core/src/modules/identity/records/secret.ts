import { Effect } from "effect"
import { Id } from "../../../kernel/index.ts"

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

/** Thirty-two random bytes behind a prefix that says what the secret is. */
export const newSecret = (prefix: string): Effect.Effect<string> =>
  Effect.map(Id.RandomBytes, (fill) => {
    const bytes = new Uint8Array(32)
    fill(bytes)
    return prefix + base64url(bytes)
  })

/** What is stored of a secret: its SHA-256. The secret is random, so it needs no salt. */
export const digest = (secret: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))),
    (hash) => base64url(new Uint8Array(hash))
  )
