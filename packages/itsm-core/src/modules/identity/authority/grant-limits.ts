import { Effect } from "effect"
import { Errors, Policy, type Reader } from "../../../kernel/index.ts"
import type { Held } from "./delegation.ts"

type Limited = Pick<Held, "permission" | "condition" | "fields">

const problem = (pointer: string, code: string, message: string) => ({ pointer, code, message })

/** What limits a permission to some records, or some fields of them, fits the records that it speaks of. */
const limitProblems = (
  read: Reader.Reader,
  { permission, condition, fields }: Limited,
  pointer: string
): Effect.Effect<ReadonlyArray<Errors.InputProblem>> => {
  const entity = read.resource(permission.split(".")[0]!)
  const isOfFields = /\.(read|update)$/.test(permission)
  if (condition !== undefined && entity === undefined)
    return Effect.succeed([
      problem(`${pointer}/condition`, "invalid_value", "is given only with the permissions of one kind of record")
    ])
  if (fields !== undefined && (entity === undefined || !isOfFields))
    return Effect.succeed([
      problem(`${pointer}/fields`, "invalid_value", "are given only with a permission to read or to update")
    ])
  const isOpen = (name: string) => {
    const access = entity?.fields.find((field) => field.name === name)?.access
    return access !== undefined && (permission.endsWith(".read") ? access !== "secret" : access === "open")
  }
  const closed = (fields ?? []).flatMap((name, at) =>
    isOpen(name) ? [] : [problem(`${pointer}/fields/${at}`, "unknown_field", "names no field that this could open")]
  )
  return condition === undefined || entity === undefined
    ? Effect.succeed(closed)
    : Effect.map(read.conditionProblems(entity, condition, `${pointer}/condition`), (problems) => [
        ...problems,
        ...closed
      ])
}

export const checkLimits = (read: Reader.Reader, limits: ReadonlyArray<Limited>, pointer: (index: number) => string) =>
  Effect.flatMap(
    Effect.forEach(limits, (limit, index) => limitProblems(read, limit, pointer(index))),
    (problems) => {
      const errors = problems.flat()
      return errors.length === 0 ? Effect.void : Effect.fail(new Errors.ValidationFailed({ errors }))
    }
  )

/** Each name or pattern speaks of a permission that there is. */
export const checkKnown = (
  read: Reader.Reader,
  patterns: ReadonlyArray<string>,
  pointer: (index: number) => string
) => {
  const errors = patterns.flatMap((pattern, index) =>
    read.permissions.some((permission) => Policy.covers(pattern, permission))
      ? []
      : [{ pointer: pointer(index), code: "unknown_permission", message: "names no permission" }]
  )
  return errors.length === 0 ? Effect.void : Effect.fail(new Errors.ValidationFailed({ errors }))
}
