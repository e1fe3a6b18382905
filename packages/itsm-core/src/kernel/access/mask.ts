import type { Actor, Grant } from "./actor.ts"
import type { AnyCommand } from "../commands/command.ts"
import * as C from "../model/condition.ts"
import { type AnyEntity, type AnyRecord, envelopeFields, toJson } from "../model/entity.ts"
import type { FieldInfo } from "../model/field.ts"
import { isSame } from "../model/same.ts"
import { matching, namedAmongReaders, reachesAll, readPermission, scopeCondition, testOf } from "./policy.ts"
import type { Seen, Whole } from "./whereabouts.ts"

type Names = ReadonlySet<string>

/** The fields of one kind of record that a permission opens to an actor, where that is not all of them. */
export interface Mask {
  /** Open on each record that the actor has the permission for, whichever. */
  readonly everywhere: Names
  /** Open on this record. */
  readonly on: (record: AnyRecord, whole?: Whole) => Names
}

/** What every record shows to whoever sees it: its envelope, and the state that its actions tell anyhow. */
export const baseFields = (entity: AnyEntity): ReadonlyArray<string> => {
  const carried = envelopeFields.filter((name) => entity.field(name) !== undefined)
  return entity.lifecycle === undefined ? carried : [...carried, entity.lifecycle.field]
}

const namesOf = (entity: AnyEntity): ReadonlyArray<string> =>
  entity.fields.filter(({ access }) => access !== "secret").map(({ name }) => name)

const opens = (grant: Grant, name: string) => grant.fields === undefined || grant.fields.includes(name)

const build = (actor: Actor, entity: AnyEntity, permission: string): Mask | undefined => {
  const allowed = matching(actor, permission, "allow")
  const taken = matching(actor, permission, "deny").filter((grant) => grant.fields !== undefined)
  const isWhole = allowed.every((grant) => grant.fields === undefined) || allowed.some(isWholeEverywhere)
  if (taken.length === 0 && isWhole) return undefined
  const names = namesOf(entity)
  const base = baseFields(entity)
  const readers = C.any(namedAmongReaders(actor, entity, permission))
  const isOpenEverywhere = (name: string) =>
    (allowed.length > 0 || entity.readers.length > 0) &&
    (allowed.every((grant) => opens(grant, name)) ||
      allowed.some((grant) => reachesAll(grant) && opens(grant, name))) &&
    !taken.some((grant) => grant.fields?.includes(name))
  const test = (grant: Grant) => ({ grant, holds: testOf(entity, scopeCondition(entity, actor, grant)) })
  const [gives, takes] = [allowed.map(test), taken.map(test)]
  const isReader = testOf(entity, readers)
  const known = new Map<string, Names>()
  return {
    everywhere: new Set([...base, ...names.filter(isOpenEverywhere)]),
    on: (record, whole) => {
      const named = isReader(record, whole)
      const given = gives.filter(({ holds }) => named || holds(record, whole))
      const away = takes.filter(({ holds }) => holds(record, whole))
      const isWhollyRead = named && gives.length === 0
      const key = `${isWhollyRead} ${given.map((each) => gives.indexOf(each)).join()} ${away.map((each) => takes.indexOf(each)).join()}`
      let open = known.get(key)
      if (open === undefined) {
        const isOpen = (name: string) =>
          (isWhollyRead || given.some(({ grant }) => opens(grant, name))) &&
          !away.some(({ grant }) => grant.fields!.includes(name))
        known.set(key, (open = new Set([...base, ...names.filter(isOpen)])))
      }
      return open
    }
  }
}

const isWholeEverywhere = (grant: Grant) => grant.fields === undefined && reachesAll(grant)

const masks = new WeakMap<Actor, Map<string, Mask | undefined>>()

/** The mask of a permission, worked out once for the actor; `undefined` where all fields are open. */
export const maskOf = (actor: Actor, entity: AnyEntity, permission: string): Mask | undefined => {
  let known = masks.get(actor)
  if (known === undefined) masks.set(actor, (known = new Map()))
  const key = `${entity.name} ${permission}`
  if (!known.has(key)) known.set(key, build(actor, entity, permission))
  return known.get(key)
}

/** The mask on what an actor reads of a kind of record. */
export const readingMask = (actor: Actor, entity: AnyEntity): Mask | undefined =>
  maskOf(actor, entity, readPermission(entity))

/** The record as it leaves the domain for an actor: without secrets, and without what they may not read. */
export const shown = (
  actor: Actor,
  entity: AnyEntity,
  record: AnyRecord,
  whole?: Whole
): Readonly<Record<string, unknown>> => {
  const json = toJson(entity, record)
  const open = readingMask(actor, entity)?.on(record, whole)
  return open === undefined ? json : Object.fromEntries(Object.entries(json).filter(([name]) => open.has(name)))
}

/** True where a replacement would give a field another value by leaving it out. */
const isReset = ({ name, initial }: FieldInfo, record: AnyRecord) =>
  initial !== undefined && !isSame(record[name], initial.value)

/**
 * The fields that a change would write and the actor may not, on a record that they may change otherwise: those that it
 * names, and those that a replacement leaves out and that do not have their initial value.
 */
export const closedFields = (
  actor: Actor,
  command: AnyCommand,
  { record, whole }: Seen,
  input: unknown
): ReadonlyArray<string> => {
  const isChange = command.kind === "update" || command.kind === "replace"
  if (!isChange || typeof input !== "object" || input === null) return []
  const open = maskOf(actor, command.entity, command.permission)?.on(record, whole)
  if (open === undefined) return []
  const entity: AnyEntity = command.entity
  const reset =
    command.kind === "replace" ? entity.fields.filter((info) => !(info.name in input) && isReset(info, record)) : []
  return [...Object.keys(input), ...reset.map(({ name }) => name)].filter(
    (name) => entity.field(name)?.access === "open" && !open.has(name)
  )
}
