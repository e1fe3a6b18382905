import { Schema } from "effect"
import type { Errors } from "@itsm/core/kernel"

/** Something that is wrong with a query parameter. */
export const ParameterProblem = Schema.Struct({ parameter: Schema.String, code: Schema.String, message: Schema.String })
export type ParameterProblem = typeof ParameterProblem.Type

const kind = "malformed" satisfies Errors.ErrorKind
const parameters = { errors: Schema.Array(ParameterProblem) }
const say = (errors: ReadonlyArray<ParameterProblem>) =>
  errors.length === 1
    ? `The parameter "${errors[0]!.parameter}" ${errors[0]!.message}.`
    : `${errors.length} parameters are wrong.`

/** A query key that the route does not know. */
export class UnknownParameter extends Schema.TaggedError<UnknownParameter>()("UnknownParameter", parameters) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return say(this.errors)
  }
}

/** A query key that is there twice. */
export class DuplicateParameter extends Schema.TaggedError<DuplicateParameter>()("DuplicateParameter", parameters) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return say(this.errors)
  }
}

/** A query value of the wrong type or size. */
export class InvalidParameter extends Schema.TaggedError<InvalidParameter>()("InvalidParameter", parameters) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return say(this.errors)
  }
}

export type ParameterError = UnknownParameter | DuplicateParameter | InvalidParameter

/** The cursor was altered, or comes from another list. */
export class InvalidCursor extends Schema.TaggedError<InvalidCursor>()("InvalidCursor", {}) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return "The cursor does not belong to this list."
  }
}

export class InvalidIdempotencyKey extends Schema.TaggedError<InvalidIdempotencyKey>()("InvalidIdempotencyKey", {}) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return "An Idempotency-Key is 1 to 255 visible ASCII characters."
  }
}

/** The body is not the JSON text that was announced. */
export class MalformedJson extends Schema.TaggedError<MalformedJson>()("MalformedJson", { detail: Schema.String }) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return this.detail
  }
}

/** The body is not of the form that its media type says. */
export class MalformedBody extends Schema.TaggedError<MalformedBody>()("MalformedBody", { detail: Schema.String }) {
  static readonly kind = kind
  readonly kind = kind
  override get message() {
    return this.detail
  }
}

/** The first request with this key has no answer yet. */
export class IdempotencyInProgress extends Schema.TaggedError<IdempotencyInProgress>()("IdempotencyInProgress", {}) {
  static readonly kind = "conflict" satisfies Errors.ErrorKind
  readonly kind = "conflict" satisfies Errors.ErrorKind
  override get message() {
    return "A request with this Idempotency-Key is still running."
  }
}

/** The request took longer than a request may, and was ended. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", {}) {
  static readonly kind = "unavailable" satisfies Errors.ErrorKind
  readonly kind = "unavailable" satisfies Errors.ErrorKind
  override get message() {
    return "The request could not be answered in time. Try again."
  }
}

/** What is refused before anybody reads what the request means: these have a status of their own, not a kind. */
export const refusals = {
  MethodNotAllowed: { status: 405, detail: "This route has no such method." },
  NotAcceptable: { status: 406, detail: "Answers are JSON, which the Accept header excludes." },
  PayloadTooLarge: { status: 413, detail: "The body is larger than this route takes." },
  UriTooLong: { status: 414, detail: "The URL is longer than 8 KiB." },
  UnsupportedMediaType: { status: 415, detail: "The body's media type is not one that this route reads." },
  HeadersTooLarge: { status: 431, detail: "The headers are larger than 16 KiB." },
  InternalError: { status: 500, detail: "Something went wrong on our side." }
} as const

/** A refusal by name, with the headers that explain it. */
export interface Refusal {
  readonly _tag: keyof typeof refusals
  readonly headers?: Readonly<Record<string, string>>
}
