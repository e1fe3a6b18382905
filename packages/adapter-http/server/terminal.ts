import { Effect } from "effect"
import { text } from "node:stream/consumers"

/** Writes a line for the person who ran the command; it has left the process when this completes. */
export const say = (line: string) =>
  Effect.callback<void>((resume) => void process.stdout.write(`${line}\n`, () => resume(Effect.void)))

/** The first line of standard input. */
export const firstLine = Effect.promise(async () => {
  if (process.stdin.isTTY) process.stderr.write("Password: ")
  return (await text(process.stdin)).split(/\r?\n/, 1)[0] ?? ""
})
