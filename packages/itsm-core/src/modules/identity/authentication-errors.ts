import { Schema } from "effect"
import type { Errors } from "../../kernel/index.ts"

/** Unknown user, wrong password, disabled or invited: one answer for all of them. */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "E-mail address or password is wrong."
  }
}

/** Too many failures for this account; it is never locked for good. */
export class LoginThrottled extends Schema.TaggedError<LoginThrottled>()("LoginThrottled", {
  retryAfterSeconds: Schema.Int
}) {
  static readonly kind = "limited" satisfies Errors.ErrorKind
  readonly kind = "limited" satisfies Errors.ErrorKind
  override get message() {
    return "Too many failed attempts. Try again later."
  }
}

/** Unknown, expired, or of a session that has ended. */
export class RefreshTokenInvalid extends Schema.TaggedError<RefreshTokenInvalid>()("RefreshTokenInvalid", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The refresh token is not valid."
  }
}

/** The token was used before: someone has a copy, so the whole session has ended. */
export class RefreshTokenReused extends Schema.TaggedError<RefreshTokenReused>()("RefreshTokenReused", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The refresh token was used before; its session has ended."
  }
}

/** The session of the access token has ended, or its user may no longer sign in. */
export class SessionRevoked extends Schema.TaggedError<SessionRevoked>()("SessionRevoked", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The session has ended."
  }
}

/** The password is right, and the account has a second factor that was not given. */
export class MfaCodeRequired extends Schema.TaggedError<MfaCodeRequired>()("MfaCodeRequired", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "This account needs a code of its second factor."
  }
}

/** Wrong, too old or used before; or the sign-in that it belongs to is over. */
export class MfaCodeInvalid extends Schema.TaggedError<MfaCodeInvalid>()("MfaCodeInvalid", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The code is not valid."
  }
}

/** What is asked for needs a recent proof of who asks. */
export class ReauthenticationRequired extends Schema.TaggedError<ReauthenticationRequired>()(
  "ReauthenticationRequired",
  {}
) {
  static readonly kind = "forbidden" satisfies Errors.ErrorKind
  readonly kind = "forbidden" satisfies Errors.ErrorKind
  override get message() {
    return "Authenticate again: the last time is more than ten minutes ago."
  }
}

/** Unknown, used, expired, or overtaken by a change of password or address: one answer for all of them. */
export class ResetTokenInvalid extends Schema.TaggedError<ResetTokenInvalid>()("TokenInvalid", {}) {
  static readonly kind = "invalid" satisfies Errors.ErrorKind
  readonly kind = "invalid" satisfies Errors.ErrorKind
  override get message() {
    return "The link is not valid any more."
  }
}
