import { Cause, Logger } from "effect"

const isFields = (part: unknown): part is Readonly<Record<string, unknown>> =>
  typeof part === "object" && part !== null && !Array.isArray(part) && !Cause.isCause(part) && !(part instanceof Error)

const textOf = (part: unknown): string =>
  Cause.isCause(part) ? Cause.pretty(part) : part instanceof Error ? (part.stack ?? part.message) : String(part)

let pending = ""

const flush = () => {
  const text = pending
  pending = ""
  if (text !== "") process.stderr.write(text)
}

/** What one turn of the process writes goes out as one piece, at the end of the turn or of the process. */
const toStandardError = (line: string) => {
  if (pending === "") setImmediate(flush)
  pending += line
}

process.once("exit", flush)

/** What JSON leaves as it is, and terminals obey: C1 controls, marks of direction, separators of lines. */
// oxlint-disable-next-line no-control-regex
const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`

/** A text that is longer says no more, and fills disks. */
const longestText = 16 * 1024
const shortened = (text: string) => (text.length <= longestText ? text : `${text.slice(0, longestText)}…`)

/** Writes one line of JSON for each entry: when, how grave, what, and the facts by name. */
export const jsonLinesTo = (write: (line: string) => void) =>
  Logger.make<unknown, void>(({ date, logLevel, message, cause }) => {
    const line: Record<string, unknown> = { time: date.toISOString(), level: logLevel.toLowerCase(), message: "" }
    const texts: Array<string> = []
    for (const part of Array.isArray(message) ? (message as ReadonlyArray<unknown>) : [message]) {
      if (isFields(part)) Object.assign(line, part)
      else texts.push(textOf(part))
    }
    line["message"] = texts.shift() ?? ""
    if (cause.reasons.length > 0) texts.push(Cause.pretty(cause))
    if (texts.length > 0) line["failure"] = texts.join("\n")
    const text = JSON.stringify(line, (_, value: unknown) => (typeof value === "string" ? shortened(value) : value))
    write(`${text.replace(obeyed, escaped)}\n`)
  })

/** Lines on standard error. */
export const jsonLines = jsonLinesTo(toStandardError)
