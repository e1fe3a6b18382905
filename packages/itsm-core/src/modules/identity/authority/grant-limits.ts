import { Effect } from "effect"
import { type Actor, ConditionInput, type Entity, Errors, Mask, Policy, type Reader } from "../../../kernel/index.ts"
import type { Held } from "./delegation.ts"

type Limited = Pick<Held, "permission" | "condition" | "fields">

const problem = (pointer: string, code: string, message: string) => ({ pointer, code, message })

/** What a condition decides by can be told from what it does: it asks only for what its author may read everywhere. */
const mayAsk = (actor: Actor.Actor, entity: Entity.AnyEntity, name: string): boolean =>
  Policy.mayEver(actor, Policy.readPermission(entity)) &&
  (Mask.readingMask(actor, entity)?.everywhere.has(name) ?? true)

/** What limits a permission to some records, or some fields of them, fits the records that it speaks of. */
const limitProblems = (
  read: Reader.Reader,
  actor: Actor.Actor,
  { permission, condition, fields }: Limited,
  pointer: string
) => {
  const entity = read.resource(permission.split(".")[0]!)
  const isOfFields = /\.(read|update)$/.test(permission)
  if (condition !== undefined && entity === undefined)
    return [
      problem(`${pointer}/condition`, "invalid_value", "is given only with the permissions of one kind of record")
    ]
  if (fields !== undefined && (entity === undefined || !isOfFields))
    return [problem(`${pointer}/fields`, "invalid_value", "are given only with a permission to read or to update")]
  const isOpen = (name: string) => {
    const access = entity?.field(name)?.access
    return access !== undefined && (permission.endsWith(".read") ? access !== "secret" : access === "open")
  }
  return [
    ...(condition === undefined || entity === undefined
      ? []
      : ConditionInput.misfits(entity, condition, `${pointer}/condition`, (name) => mayAsk(actor, entity, name))),
    ...(fields ?? []).flatMap((name, at) =>
      isOpen(name) ? [] : [problem(`${pointer}/fields/${at}`, "unknown_field", "names no field that this could open")]
    )
  ]
}

export const checkLimits = (
  read: Reader.Reader,
  actor: Actor.Actor,
  limits: ReadonlyArray<Limited>,
  pointer: (index: number) => string
) => {
  const errors = limits.flatMap((limit, index) => limitProblems(read, actor, limit, pointer(index)))
  return errors.length === 0 ? Effect.void : Effect.fail(new Errors.ValidationFailed({ errors }))
}

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
