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
const write = (line: string) => {
  if (pending === "") setImmediate(flush)
  pending += line
}

process.once("exit", flush)

/** One line of JSON on standard error for each entry: when, how grave, what, and the facts by name. */
export const jsonLines = Logger.make<unknown, void>(({ date, logLevel, message, cause }) => {
  const line: Record<string, unknown> = { time: date.toISOString(), level: logLevel.toLowerCase(), message: "" }
  const texts: Array<string> = []
  for (const part of Array.isArray(message) ? (message as ReadonlyArray<unknown>) : [message]) {
    if (isFields(part)) Object.assign(line, part)
    else texts.push(textOf(part))
  }
  line["message"] = texts.shift() ?? ""
  if (cause.reasons.length > 0) texts.push(Cause.pretty(cause))
  if (texts.length > 0) line["failure"] = texts.join("\n")
  write(`${JSON.stringify(line)}\n`)
})
