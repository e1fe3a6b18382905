import { Context, Effect, type Option } from "effect"

/** One-time passwords by the clock (RFC 6238), as the server provides them. */
export interface TotpShape {
  /** A fresh secret, in base32. */
  readonly generate: Effect.Effect<string>
  /** What an authenticator app reads from a QR code. */
  readonly uri: (account: string, secret: string) => string
  /** The time step that the code belongs to, where that is the present one or the one before. */
  readonly stepOf: (secret: string, code: string) => Effect.Effect<Option.Option<number>>
}

const missing = Effect.die(new Error("A second factor needs Totp: provide one, such as the one of @itsm/adapter-http."))

export const Totp = Context.Reference<TotpShape>("@itsm/core/Totp", {
  defaultValue: () => ({ generate: missing, uri: () => "", stepOf: () => missing })
})
