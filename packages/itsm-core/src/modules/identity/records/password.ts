import { Context, Effect, Schema } from "effect"
import { Errors } from "../../../kernel/index.ts"

/** One-way hashing of passwords, as the server provides it. */
export interface PasswordHasherShape {
  readonly hash: (password: string) => Effect.Effect<string>
  readonly verify: (hash: string, password: string) => Effect.Effect<boolean>
  /** In code points after NFC; with 0 every password is taken, as a demonstration may want. */
  readonly minimumLength: number
  /** Whether a password would be among the first that somebody tries who knows the words of the context. */
  readonly isGuessable?: (password: string, context: ReadonlyArray<string>) => Effect.Effect<boolean>
}

const missing = Effect.die(
  new Error("Passwords need a PasswordHasher: provide one, such as the argon2id hasher of @itsm/adapter-http.")
)

export const PasswordHasher = Context.Reference<PasswordHasherShape>("@itsm/core/PasswordHasher", {
  defaultValue: () => ({ hash: () => missing, verify: () => missing, minimumLength: 15 })
})

const maximumLength = 128
const common = [
  "password",
  "passwort",
  "letmein",
  "welcome",
  "qwerty",
  "qwertz",
  "iloveyou",
  "changeme",
  "administrator",
  "123456789",
  "itsm"
]

const codePoints = (text: string) => [...text].length
const isMonotonous = (text: string) => new Set(text).size < 4
const madeOf = (password: string, words: ReadonlyArray<string>) =>
  words.some((word) => word.length >= 4 && codePoints(password.replaceAll(word, "")) < codePoints(password) / 2)

/** Too short, too long, common, or made of what everyone knows of the user. */
export class PasswordTooWeak extends Schema.TaggedError<PasswordTooWeak>()("PasswordTooWeak", {
  errors: Schema.Array(Errors.InputProblem)
}) {
  static readonly kind = "invalid" satisfies Errors.ErrorKind
  readonly kind = "invalid" satisfies Errors.ErrorKind
  override get message() {
    return "The password is too weak."
  }
}

/**
 * Refuses a password that is too short, too long, or easily guessed; every reason is told.
 * @source NIST SP 800-63B-4: length and a list, no rules of composition.
 */
export const checkPassword = Effect.fnUntraced(function* (
  raw: string,
  pointer: string,
  context: ReadonlyArray<string>
) {
  const { minimumLength, isGuessable } = yield* PasswordHasher
  if (minimumLength === 0) return
  const password = raw.normalize("NFC")
  const length = codePoints(password)
  const folded = password.toLowerCase()
  const told = context.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u))
  const isCommon = isMonotonous(folded) || madeOf(folded, [...common, ...told])
  // what is too long is refused unread
  const asks = !isCommon && length <= maximumLength && isGuessable !== undefined
  const errors = [
    ...(length < minimumLength
      ? [{ pointer, code: "too_short", message: `must have at least ${minimumLength} characters` }]
      : []),
    ...(length > maximumLength
      ? [{ pointer, code: "too_long", message: `must have at most ${maximumLength} characters` }]
      : []),
    ...(isCommon || (asks && (yield* isGuessable(password, told)))
      ? [{ pointer, code: "too_common", message: "is easily guessed" }]
      : [])
  ]
  if (errors.length > 0) return yield* new PasswordTooWeak({ errors })
})

/** The hash of a password in its NFC form. */
export const hashPassword = (password: string): Effect.Effect<string> =>
  Effect.flatMap(PasswordHasher, (hasher) => hasher.hash(password.normalize("NFC")))
