import { Schema } from "effect"
import type { SignInTicket } from "@itsm/core/identity"

/** The answer to a right password, where a second factor is needed: nobody is signed in yet. */
export const CodeNeeded = Schema.Struct({
  mfaRequired: Schema.Literals([true]),
  mfaToken: Schema.String.annotate({ description: "Goes to /auth/mfa/verify/ with the code." }),
  methods: Schema.Array(Schema.Literals(["totp", "recovery_code"])),
  expiresIn: Schema.Int.annotate({ description: "Seconds until the mfaToken expires." })
}).annotate({ identifier: "CodeNeeded" })

export const codeNeeded = ({ mfaToken, expiresIn }: SignInTicket): typeof CodeNeeded.Type => ({
  mfaRequired: true,
  mfaToken,
  methods: ["totp", "recovery_code"],
  expiresIn
})

export const EnableMfa = Schema.Struct({ password: Schema.String }).annotate({ identifier: "EnableMfa" })

/** What an authenticator app is set up with; it is shown this once. */
export const MfaOffer = Schema.Struct({
  secret: Schema.String.annotate({ description: "In base32; shown this once." }),
  otpauthUrl: Schema.String.annotate({ description: "For a QR code." }),
  expiresIn: Schema.Int.annotate({ description: "Seconds in which a code must be verified." })
}).annotate({ identifier: "MfaOffer" })

/** A code of the app or a recovery code, for a sign-in or, without `mfaToken`, for the caller's enrolment. */
export const VerifyMfa = Schema.Struct({
  mfaToken: Schema.optionalKey(Schema.String.annotate({ description: "Left out to verify an enrolment." })),
  code: Schema.optionalKey(Schema.String),
  recoveryCode: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "VerifyMfa" })

export const MfaEnabled = Schema.Struct({
  mfaEnabled: Schema.Literals([true]),
  recoveryCodes: Schema.Array(Schema.String).annotate({ description: "Each good for one sign-in; shown this once." })
}).annotate({ identifier: "MfaEnabled" })

export const DisableMfa = Schema.Struct({ password: Schema.String, code: Schema.String }).annotate({
  identifier: "DisableMfa"
})

export const Reauthenticate = Schema.Struct({
  password: Schema.String,
  code: Schema.optionalKey(Schema.String.annotate({ description: "Needed by users with a second factor." }))
}).annotate({ identifier: "Reauthenticate" })
