import { Schema } from "effect"

/** What an error means for the caller, whatever its tag: adapters translate kinds, never tags. */
export type ErrorKind =
  | "malformed"
  | "unauthenticated"
  | "forbidden"
  | "missing"
  | "conflict"
  | "stale"
  | "unconditional"
  | "invalid"
  | "oversized"
  | "limited"
  | "unavailable"

/** One thing that is wrong with an input, at an RFC 6901 pointer into it; `line` says in which of a stream of records. */
export const InputProblem = Schema.Struct({
  pointer: Schema.String,
  code: Schema.String,
  message: Schema.String,
  line: Schema.optionalKey(Schema.Int)
})
export type InputProblem = typeof InputProblem.Type

/** The input does not say what the operation needs; every problem is listed. */
export class ValidationFailed extends Schema.TaggedError<ValidationFailed>()("ValidationFailed", {
  errors: Schema.Array(InputProblem)
}) {
  static readonly kind = "invalid" satisfies ErrorKind
  readonly kind = "invalid" satisfies ErrorKind
  override get message() {
    return this.errors.length === 1 ? "1 field is invalid." : `${this.errors.length} fields are invalid.`
  }
  static at(pointer: string, code: string, message: string) {
    return new ValidationFailed({ errors: [{ pointer, code, message }] })
  }
}

/** What is sent is larger than the operation takes. */
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  maxBytes: Schema.Int
}) {
  static readonly kind = "oversized" satisfies ErrorKind
  readonly kind = "oversized" satisfies ErrorKind
  override get message() {
    return `The body is larger than ${this.maxBytes} bytes, which is all that this operation takes.`
  }
}

/** The actor may see the record, or the collection, but not do this. */
export class PermissionDenied extends Schema.TaggedError<PermissionDenied>()("PermissionDenied", {
  permission: Schema.String,
  reason: Schema.String,
  /** The fields that may not be written, where the rest of the record may. */
  errors: Schema.optionalKey(Schema.Array(InputProblem))
}) {
  static readonly kind = "forbidden" satisfies ErrorKind
  readonly kind = "forbidden" satisfies ErrorKind
  override get message() {
    return this.reason
  }
}

/** No such record that the actor may see. One text for every reason. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {
  static readonly kind = "missing" satisfies ErrorKind
  readonly kind = "missing" satisfies ErrorKind
  override get message() {
    return "There is nothing here that you may see."
  }
}

/** The record has changed since the caller read it. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()("PreconditionFailed", {
  expectedVersion: Schema.Int,
  currentVersion: Schema.Int
}) {
  static readonly kind = "stale" satisfies ErrorKind
  readonly kind = "stale" satisfies ErrorKind
  override get message() {
    return `The record is at version ${this.currentVersion}, not ${this.expectedVersion}.`
  }
}

/** Shared configuration is only changed by a caller who says which version they read. */
export class PreconditionRequired extends Schema.TaggedError<PreconditionRequired>()("PreconditionRequired", {}) {
  static readonly kind = "unconditional" satisfies ErrorKind
  readonly kind = "unconditional" satisfies ErrorKind
  override get message() {
    return "Say which version you read: this record is shared configuration."
  }
}

/** The lifecycle has no such step from the present state. */
export class StateConflict extends Schema.TaggedError<StateConflict>()("StateConflict", {
  action: Schema.String,
  currentState: Schema.String,
  allowedActions: Schema.Array(Schema.String)
}) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `"${this.action}" is not possible in the state "${this.currentState}".`
  }
}

/** The step exists, but a fact stands against it. */
export class GuardFailed extends Schema.TaggedError<GuardFailed>()("GuardFailed", {
  guard: Schema.String,
  reason: Schema.String
}) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return this.reason
  }
}

/** Another record already has this key. */
export class Duplicate extends Schema.TaggedError<Duplicate>()("Duplicate", {
  entity: Schema.String,
  fields: Schema.Array(Schema.String),
  existingId: Schema.optionalKey(Schema.String)
}) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `There is already a ${this.entity} with the same ${this.fields.join(" and ")}.`
  }
}

/** Other records still need this one. */
export class InUse extends Schema.TaggedError<InUse>()("InUse", { reason: Schema.String }) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return this.reason
  }
}

/** The change would make a record its own ancestor. */
export class Cycle extends Schema.TaggedError<Cycle>()("Cycle", { field: Schema.String }) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `"${this.field}" would make the record its own ancestor.`
  }
}

/** Many writers changed the record at once, and this one lost ten times. */
export class Contention extends Schema.TaggedError<Contention>()("Contention", {}) {
  static readonly kind = "unavailable" satisfies ErrorKind
  readonly kind = "unavailable" satisfies ErrorKind
  override get message() {
    return "The record is being changed by many callers at once. Try again."
  }
}

/** Two of those that change a record in one commit want different values for one of its fields. */
export class ChangesDisagree extends Schema.TaggedError<ChangesDisagree>()("ChangesDisagree", {
  entity: Schema.String,
  field: Schema.String,
  /** The command or the reactions that want them. */
  between: Schema.Tuple([Schema.String, Schema.String])
}) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `"${this.between.join('" and "')}" want different values for "${this.field}" of the same ${this.entity}.`
  }
}

/** Reactions have answered each other as often as they may; nothing of the last command was done. */
export class DepthExceeded extends Schema.TaggedError<DepthExceeded>()("DepthExceeded", {
  event: Schema.String,
  depth: Schema.Int
}) {
  static readonly kind = "conflict" satisfies ErrorKind
  readonly kind = "conflict" satisfies ErrorKind
  override get message() {
    return `"${this.event}" would be number ${this.depth + 1} in a chain of reactions: automation.depth_exceeded.`
  }
}

/** No operation of the catalogue has this name. */
export class UnknownOperation extends Schema.TaggedError<UnknownOperation>()("UnknownOperation", {
  name: Schema.String
}) {
  static readonly kind = "missing" satisfies ErrorKind
  readonly kind = "missing" satisfies ErrorKind
  override get message() {
    return `There is no operation "${this.name}".`
  }
}

/** An error that carries its kind: what the operations of the domain fail with. */
export interface DomainError {
  readonly _tag: string
  readonly kind: ErrorKind
  readonly message: string
}

/** The class of a domain error, as commands list those they can fail with. */
export interface ErrorClass {
  readonly identifier: string
  readonly kind: ErrorKind
}

export type ErrorClasses = ReadonlyArray<ErrorClass>

/** The errors of a list of classes. */
export type InstancesOf<L extends ErrorClasses> = L[number] extends infer C
  ? C extends abstract new (...args: infer _A) => infer I
    ? I
    : never
  : never
