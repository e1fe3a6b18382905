import { Schema } from "effect"

/** Text of `minimum` to `maximum` code points. */
export const Text = (minimum: number, maximum: number) =>
  Schema.String.check(
    Schema.isBetweenCodePoints(minimum, maximum, { description: `${minimum} to ${maximum} characters` })
  )

/** A whole number from `minimum` to `maximum`, both included. */
export const Whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A number from `minimum` to `maximum`, both included, with or without a fraction. */
export const Decimal = (minimum: number, maximum: number) =>
  Schema.Finite.check(Schema.isBetween({ minimum, maximum })).annotate({ field: { kind: "decimal" } })

/** A list of at most `maximum` texts. */
export const Texts = <T extends string>(text: Schema.Codec<T, string>, maximum: number) =>
  Schema.Array(text)
    .check(Schema.isMaxLength(maximum))
    .annotate({ field: { kind: "texts" } })

const separator = /[^\p{L}\p{N}]+/u

/**
 * The words of a text as the full-text search knows them: compatibility form, lower case, cut at everything that is
 * neither letter nor digit. Both stores search these words, so both find the same records.
 */
export const searchWords = (text: string): ReadonlyArray<string> => {
  const words = new Set<string>()
  for (const word of text.normalize("NFKC").toLowerCase().split(separator)) {
    if (word !== "") words.add(word.length > 255 ? [...word].slice(0, 255).join("") : word)
  }
  return [...words]
}

/** `someName` as `some_name`. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]+(?![a-z])|[A-Z]/g, (part, at) => `${at > 0 ? "_" : ""}${part.toLowerCase()}`)

type IsCapital<C extends string> = C extends Lowercase<C> ? false : true
type StartsWithCapital<S extends string> = S extends `${infer C}${string}` ? IsCapital<C> : true

/** `SomeName` as `some_name`, among types. */
export type SnakeCase<S extends string, Before extends "nothing" | "capital" | "other" = "nothing"> = string extends S
  ? string
  : S extends `${infer C}${infer Rest}`
    ? IsCapital<C> extends true
      ? `${Before extends "nothing" ? "" : Before extends "other" ? "_" : StartsWithCapital<Rest> extends true ? "" : "_"}${Lowercase<C>}${SnakeCase<Rest, "capital">}`
      : `${C}${SnakeCase<Rest, "other">}`
    : ""

/** `someName` as `some-name`. */
export const kebabCase = (name: string): string => snakeCase(name).replaceAll("_", "-")

/** `some_name` as `someName`. */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const unstorable = /[\u0000]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** True for text that no store can keep: a NUL, or half of a surrogate pair. */
export const isUnstorable = (text: string): boolean => unstorable.test(text)

/** The text with a replacement character for whatever no store can keep. */
export const storable = (text: string): string => text.replaceAll("\u0000", "\uFFFD").toWellFormed()
