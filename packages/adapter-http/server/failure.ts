import { Data } from "effect"
import type { Errors } from "@itsm/core/kernel"

/** Why a command of the line ends without success, in words for the person who ran it. */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly reason: string }> {
  override get message() {
    return this.reason
  }
}

type Listed = { readonly errors?: ReadonlyArray<Errors.InputProblem> }

const hasMessage = (error: unknown): error is { readonly message: string } & Listed =>
  typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"

/** What an error says, with each problem of an input on a line of its own. */
export const explain = (error: unknown): string => {
  if (!hasMessage(error)) return JSON.stringify(error)
  return [
    error.message,
    ...(error.errors ?? []).map(({ pointer, message }) => `  ${pointer.slice(1)} ${message}`)
  ].join("\n")
}
