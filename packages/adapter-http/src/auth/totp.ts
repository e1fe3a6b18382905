import { Clock, Effect, Option } from "effect"
import type { TotpShape } from "@itsm/core/identity"

const stepSeconds = 30
const issuer = "ITSM"
const form = /^\d{6}$/

// loaded with the first second factor: a server without any starts without it
const library = Effect.promise(() => import("otplib"))

/** RFC 6238 with six digits, thirty seconds and SHA-1, as every authenticator app has it. */
export const totp: TotpShape = {
  generate: Effect.map(library, ({ generateSecret }) => generateSecret()),
  uri: (account, secret) =>
    `otpauth://totp/${encodeURIComponent(issuer)}:${encodeURIComponent(account)}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`,
  stepOf: (secret, code) =>
    Effect.gen(function* () {
      const token = code.replaceAll(" ", "")
      if (!form.test(token)) return Option.none()
      const { verify } = yield* library
      const epoch = Math.floor((yield* Clock.currentTimeMillis) / 1000)
      const found = yield* Effect.promise(() => verify({ secret, token, epoch, epochTolerance: [stepSeconds, 0] }))
      return found.valid && "timeStep" in found ? Option.some(found.timeStep) : Option.none()
    })
}
