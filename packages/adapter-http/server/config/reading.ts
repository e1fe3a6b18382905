import { readFileSync } from "node:fs"
import { Redacted } from "effect"

export type Environment = Readonly<Record<string, string | undefined>>

/** What is wrong with a setting, and what to do about it. The value itself is never told. */
export interface Mistake {
  readonly name: string
  readonly found: string
  readonly remedy: string
}

/** Gives the value of a text, or says what a right one looks like. */
export type Decoder<A> = (text: string) => { readonly value: A } | { readonly remedy: string }

/** What kind of text stands in a setting, for a report that must not repeat it. */
const kindOf = (text: string): string => {
  if (text.trim() === "") return "blank text"
  if (/^-?\d+$/.test(text)) return "a whole number"
  if (/^-?\d*\.\d+$/.test(text)) return "a number with a fraction"
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return `a ${text.slice(0, text.indexOf(":")).toLowerCase()} URL`
  if (/^[[{]/.test(text.trim())) return "something like JSON"
  return `text of ${text.length} characters`
}

/** Reads settings one by one, and remembers every mistake and every name that was asked for. */
export class Reading {
  readonly mistakes: Array<Mistake> = []
  readonly known = new Set<string>()
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** An empty setting is an absent one. */
  #text(name: string): string | undefined {
    this.known.add(name)
    const text = this.#environment[name]
    return text === undefined || text === "" ? undefined : text
  }

  #decode<A>(name: string, text: string, decode: Decoder<A>): A | undefined {
    const decoded = decode(text)
    if ("value" in decoded) return decoded.value
    this.mistakes.push({ name, found: kindOf(text), remedy: decoded.remedy })
    return undefined
  }

  optional<A>(name: string, decode: Decoder<A>): A | undefined {
    const text = this.#text(name)
    return text === undefined ? undefined : this.#decode(name, text, decode)
  }

  withDefault<A>(name: string, otherwise: A, decode: Decoder<A>): A {
    return this.optional(name, decode) ?? otherwise
  }

  /** A secret: from the setting itself, or from the file that `<name>_FILE` names. */
  secret<A>(name: string, decode: Decoder<A>): Redacted.Redacted<A> | undefined {
    const text = this.#text(name)
    const file = this.#text(`${name}_FILE`)
    if (text !== undefined && file !== undefined) {
      this.mistakes.push({ name, found: `a value beside ${name}_FILE`, remedy: "Set one of the two." })
      return undefined
    }
    const given = file === undefined ? text : this.#content(`${name}_FILE`, file)
    if (given === undefined) return undefined
    const value = this.#decode(file === undefined ? name : `${name}_FILE`, given, decode)
    return value === undefined ? undefined : Redacted.make(value, { label: name })
  }

  #content(name: string, file: string): string | undefined {
    try {
      return readFileSync(file, "utf8").replace(/\r?\n$/, "")
    } catch (error) {
      const { code = "unreadable" } = error as NodeJS.ErrnoException
      this.mistakes.push({
        name,
        found: `a path that cannot be read (${code})`,
        remedy: "Name a file that the server's user may read."
      })
      return undefined
    }
  }

  /** Settings of the product's own that nobody has asked for: misspelt, or of another version. */
  unknown(): ReadonlyArray<string> {
    return Object.keys(this.#environment)
      .filter((name) => name.startsWith("ITSM_") && !this.known.has(name))
      .toSorted()
  }
}
