import { Schema } from "effect"
import type { Errors } from "../../../kernel/index.ts"

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
export class MailedTokenInvalid extends Schema.TaggedError<MailedTokenInvalid>()("TokenInvalid", {}) {
  static readonly kind = "invalid" satisfies Errors.ErrorKind
  readonly kind = "invalid" satisfies Errors.ErrorKind
  override get message() {
    return "The link is not valid any more."
  }
}

/** The key is none of this installation, or it is revoked or expired, or its user may not sign in. */
export class ApiKeyInvalid extends Schema.TaggedError<ApiKeyInvalid>()("TokenInvalid", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The API key is not valid."
  }
}

/** People do this who have signed in; a program with an API key does not. */
export class SessionRequired extends Schema.TaggedError<SessionRequired>()("SessionRequired", {}) {
  static readonly kind = "forbidden" satisfies Errors.ErrorKind
  readonly kind = "forbidden" satisfies Errors.ErrorKind
  override get message() {
    return "An API key cannot do this: it takes a session."
  }
}

/** Somebody else knows the password, so it is changed before anything else is done. */
export class PasswordChangeRequired extends Schema.TaggedError<PasswordChangeRequired>()("PasswordChangeRequired", {}) {
  static readonly kind = "forbidden" satisfies Errors.ErrorKind
  readonly kind = "forbidden" satisfies Errors.ErrorKind
  override get message() {
    return "Change your password first."
  }
}

/** The organization asks for a second factor, and the user has none yet. */
export class MfaEnrolmentRequired extends Schema.TaggedError<MfaEnrolmentRequired>()("MfaEnrolmentRequired", {}) {
  static readonly kind = "forbidden" satisfies Errors.ErrorKind
  readonly kind = "forbidden" satisfies Errors.ErrorKind
  override get message() {
    return "Your organization asks for a second factor: set one up first."
  }
}

/** The organization lets nobody go without a second factor. */
export class MfaEnforced extends Schema.TaggedError<MfaEnforced>()("MfaEnforced", {}) {
  static readonly kind = "forbidden" satisfies Errors.ErrorKind
  readonly kind = "forbidden" satisfies Errors.ErrorKind
  override get message() {
    return "Your organization asks for a second factor: it cannot be turned off."
  }
}

/** What is stored was encrypted with a key that this server does not have. */
export class SecretUnreadable extends Schema.TaggedError<SecretUnreadable>()("SecretUnreadable", {}) {
  static readonly kind = "unavailable" satisfies Errors.ErrorKind
  readonly kind = "unavailable" satisfies Errors.ErrorKind
  override get message() {
    return "A stored secret cannot be decrypted: the server has another encryption key. Use a recovery code, or ask your administrator."
  }
}
