import { Schema } from "effect"
import type { Errors } from "@itsm/core/kernel"
import { MfaEnrolmentRequired, PasswordChangeRequired, SessionRequired, SessionRevoked } from "@itsm/core/identity"

/** The request says nothing of who calls, or says it in a way that is not taken. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  message: Schema.String
}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
}

/** The token was good, and its time is over. */
export class TokenExpired extends Schema.TaggedError<TokenExpired>()("TokenExpired", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The access token has expired."
  }
}

/** The token is not one that this installation has signed. */
export class TokenInvalid extends Schema.TaggedError<TokenInvalid>()("TokenInvalid", {}) {
  static readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  readonly kind = "unauthenticated" satisfies Errors.ErrorKind
  override get message() {
    return "The access token is not valid."
  }
}

/** The platform operator reads the content of an organization only with a reason, which is put on record. */
export class ReasonRequired extends Schema.TaggedError<ReasonRequired>()("ReasonRequired", { message: Schema.String }) {
  static readonly kind = "forbidden" satisfies Errors.ErrorKind
  readonly kind = "forbidden" satisfies Errors.ErrorKind
}

/** What every endpoint that asks for a bearer token can answer. */
export const tokenErrors = [Unauthenticated, TokenExpired, TokenInvalid, SessionRevoked] as const

/** What those can answer, beside that, that are open neither to an API key nor before the account is in order. */
export const sessionErrors = [...tokenErrors, SessionRequired, PasswordChangeRequired, MfaEnrolmentRequired] as const
