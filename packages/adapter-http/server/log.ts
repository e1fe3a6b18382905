import { Cause, Logger } from "effect"

const isFields = (part: unknown): part is Readonly<Record<string, unknown>> =>
  typeof part === "object" && part !== null && !Array.isArray(part) && !Cause.isCause(part) && !(part instanceof Error)

const textOf = (part: unknown): string =>
  Cause.isCause(part) ? Cause.pretty(part) : part instanceof Error ? (part.stack ?? part.message) : String(part)

/** One line of JSON on standard error for each entry: when, how grave, what, and the facts by name. */
export const jsonLines = Logger.make<unknown, void>(({ date, logLevel, message, cause }) => {
  const parts = Array.isArray(message) ? message : [message]
  const [what, ...more] = parts.filter((part) => !isFields(part)).map(textOf)
  const failure = [...more, ...(cause.reasons.length > 0 ? [Cause.pretty(cause)] : [])].join("\n")
  const line = {
    time: date.toISOString(),
    level: logLevel.toLowerCase(),
    message: what ?? "",
    ...Object.assign({}, ...parts.filter(isFields)),
    ...(failure === "" ? {} : { failure })
  }
  process.stderr.write(`${JSON.stringify(line)}\n`)
})
