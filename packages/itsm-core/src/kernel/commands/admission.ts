import { Effect } from "effect"
import { type Actor, inOrganization, isOutside, type Origin } from "../access/actor.ts"
import { closedFields } from "../access/mask.ts"
import { mayEver, permits } from "../access/policy.ts"
import { only, type Seen, seenWithin, wholeOf } from "../access/visible.ts"
import * as Whereabouts from "../access/whereabouts.ts"
import type { AnyRecord } from "../model/entity.ts"
import { type NotFound, PermissionDenied, PreconditionFailed, PreconditionRequired } from "../model/errors.ts"
import { type Id, isId } from "../model/id.ts"
import { pointerTo } from "../model/pointer.ts"
import { stamp } from "../model/stamp.ts"
import type { KernelShape } from "../running/kernel.ts"
import * as Reader from "../storage/reader.ts"
import { audit } from "./auditing.ts"
import type { AnyCommand, Moment, Plan } from "./command.ts"

/** A command as somebody has called it. */
export interface Called {
  readonly kernel: KernelShape
  readonly caller: Actor
  readonly origin: Origin
  readonly command: AnyCommand
  readonly id: string | undefined
  readonly isDryRun: boolean
}

/** Why nobody like the caller may run the command, whatever the record. */
export const barred = ({ caller, command }: Called): string | undefined => {
  if (command.kind === "system" && caller.kind !== "system") return `Only the platform itself does this.`
  return mayEver(caller, command.permission) ? undefined : `You may not "${command.permission}".`
}

/** The record, through the caller's visibility, and what it is a part of; nothing for a command that makes one. */
export const load = ({ kernel, caller, command, id }: Called): Effect.Effect<Seen | undefined, NotFound> => {
  if (command.kind === "create" || command.kind === "collection") return Effect.succeed(undefined)
  if (command.kind === "replace")
    return Effect.map(only(kernel, caller, command.entity), (record) => ({ record, whole: undefined }))
  return seenWithin(kernel, caller, command.entity, id ?? "", command.kind === "restore")
}

/** The caller, whom the platform lets act inside the organization that the command is about. */
export const actingIn = ({ caller, command }: Called, record: AnyRecord | undefined, freshId: string): Actor =>
  command.entity.isPlatform && caller.isSuperuser
    ? inOrganization(caller, record?.organizationId ?? (freshId as Id<"Organization">))
    : caller

/** Why the actor may not run the command on this record, as it is or as a creation would make it. */
export const refused = (
  { caller, command }: Called,
  actor: Actor,
  record: AnyRecord,
  whole: Whereabouts.Whole | undefined,
  place: "here" | "there"
): string | undefined => {
  if (!permits(actor, command.entity, command.permission)(record, whole))
    return `You may not "${command.permission}" ${place}.`
  const apart = command.separation(record, caller)
  return apart === true ? undefined : apart
}

/** Why the actor may not run a command without a record of its own: one that it changes lies beyond the permission. */
export const refusedOfMany = Effect.fnUntraced(function* (called: Called, actor: Actor, plan: Plan, moment: Moment) {
  const { kernel, caller, command } = called
  const { entity } = command
  const lying = (record: AnyRecord, place: "here" | "there") =>
    Effect.map(wholeOf(kernel, caller, entity, record), (whole) => refused(called, actor, record, whole, place))
  for (const change of plan.also) {
    if (change.entity !== entity || change.kind === "add") continue
    const reason =
      change.kind === "insert"
        ? yield* lying(stamp(entity, moment, change.id ?? moment.freshId, change.draft), "there")
        : ((yield* lying(change.before, "here")) ?? (yield* lying({ ...change.before, ...change.patch }, "there")))
    if (reason !== undefined) return reason
  }
  return undefined
})

/** The fields that the input names and the actor may not write on the record. */
export const closed = ({ command }: Called, actor: Actor, found: Seen | undefined, raw: unknown) =>
  found === undefined ? [] : closedFields(actor, command, found, raw)

/** Fails where the caller read another version than that of the record, or had to name one and did not. */
export const checkVersion = (
  record: AnyRecord,
  expectedVersion: number | undefined,
  isRequired: boolean
): Effect.Effect<void, PreconditionFailed | PreconditionRequired> => {
  if (expectedVersion === undefined) return isRequired ? Effect.fail(new PreconditionRequired({})) : Effect.void
  return expectedVersion === record.version
    ? Effect.void
    : Effect.fail(new PreconditionFailed({ expectedVersion, currentVersion: record.version }))
}

/** Writes the denial to the audit log, then fails with it. */
export const deny = Effect.fnUntraced(function* (
  { kernel, origin, command, id, isDryRun }: Called,
  actor: Actor,
  found: Seen | undefined,
  reason: string,
  fields: ReadonlyArray<string> = []
) {
  const errors = fields.map((name) => ({
    pointer: pointerTo([name]),
    code: "not_permitted",
    message: "may not be changed by you"
  }))
  const { permission, entity } = command
  const error = new PermissionDenied({ permission, reason, ...(errors.length === 0 ? {} : { errors }) })
  if (!isDryRun && !isOutside(actor)) {
    const record = found?.record
    const around = Whereabouts.departmentAround(Reader.make(kernel, actor), entity, record, found?.whole)
    yield* audit(kernel, actor, origin, {
      action: permission,
      entity,
      id: record?.id ?? (id !== undefined && isId(id) ? id : null),
      number: typeof record?.["number"] === "string" ? record["number"] : null,
      departmentId: Whereabouts.departmentOf(entity, record) ?? (yield* around),
      outcome: "deny",
      reason,
      changes: []
    })
  }
  return yield* error
})
