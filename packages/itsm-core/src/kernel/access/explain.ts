import type { Actor, Grant, Scope } from "./actor.ts"
import type { Catalogue } from "../running/catalogue.ts"
import type { AnyCommand } from "../commands/command.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { failingGuard } from "../model/lifecycle.ts"
import { maskOf } from "./mask.ts"
import { can, widestScope } from "./policy.ts"
import { snakeCase } from "../model/text.ts"
import type { Seen } from "./whereabouts.ts"

/** What a question of permission is about: one operation on one kind of record. */
export interface Subject {
  readonly entity: AnyEntity
  readonly permission: string
  /** `undefined` for what is no command, such as `read`. */
  readonly command: AnyCommand | undefined
}

/** Something that stands in the way although the permission is there. */
export interface Obstacle {
  readonly guard: string
  readonly reason: string
}

/** Whether somebody may do something now, and everything that decided it. */
export interface Explanation {
  readonly allow: boolean
  readonly reason: string
  readonly permission: string
  /** The widest that the permission is granted with; `null` where it is not. */
  readonly scope: Scope | null
  readonly matchedGrant: Grant | null
  /** The fields that may be read or changed, where that is not all of them. */
  readonly fields?: ReadonlyArray<string>
  readonly guards?: ReadonlyArray<Obstacle>
}

/** The operation that a resource and an action name, as permissions spell them; `undefined` where there is none. */
export const subjectOf = (catalogue: Catalogue, resource: string, action: string): Subject | undefined => {
  const service = catalogue.services.find(({ entity }) => entity.resource === resource)
  if (service === undefined) return undefined
  const { entity } = service
  const command = Object.values(service.commands).find(
    ({ kind, name }) => kind !== "system" && snakeCase(name) === action
  )
  const permission = command?.permission ?? `${resource}.${action}`
  return catalogue.permissions.includes(permission) ? { entity, permission, command } : undefined
}

const statesOf = ({ entity, command }: Subject): ReadonlySet<string> | undefined => {
  const name = command === undefined ? undefined : snakeCase(command.name)
  const rows = (entity.lifecycle?.transitions ?? []).filter(({ action }) => action === name)
  return rows.length === 0 ? undefined : new Set(rows.flatMap(({ from }) => from))
}

/** What stands between a permitted person and this record: whose it is, its state, the guards of its lifecycle. */
const obstacles = (actor: Actor, subject: Subject, record: AnyRecord, now: string): ReadonlyArray<Obstacle> => {
  const { entity, command } = subject
  if (command === undefined) return []
  const verdict = command.isFor(record, actor)
  const person = verdict === true ? [] : [{ guard: "isFor", reason: verdict }]
  const states = statesOf(subject)
  if (entity.lifecycle === undefined || states === undefined) return person
  const state = String(record[entity.lifecycle.field])
  if (!states.has(state)) return [...person, { guard: "state", reason: `It is not possible in the state "${state}".` }]
  const failing = failingGuard(entity.lifecycle, state, record, snakeCase(command.name), { now })
  return failing === null ? person : [...person, failing]
}

/** Why an actor may, or may not, do something: with any record, or with this one, which they may not even see. */
export const explain = (
  actor: Actor,
  subject: Subject,
  seen: (Seen & { readonly isVisible: boolean }) | undefined,
  now: string
): Explanation => {
  const { entity, permission } = subject
  const scope = widestScope(actor, permission)
  const isHidden = seen?.isVisible === false
  const verdict = can(actor, entity, permission, seen?.record, seen?.whole)
  const guards = seen === undefined || isHidden ? [] : obstacles(actor, subject, seen.record, now)
  const mask = verdict.allow ? maskOf(actor, entity, permission) : undefined
  const open = seen === undefined ? mask?.everywhere : mask?.on(seen.record, seen.whole)
  return {
    allow: verdict.allow && !isHidden && guards.length === 0,
    reason: isHidden
      ? "The record is not visible to them."
      : verdict.allow
        ? (guards[0]?.reason ?? verdict.reason)
        : verdict.reason,
    permission,
    scope,
    matchedGrant: verdict.matchedGrant,
    ...(open === undefined ? {} : { fields: [...open].toSorted() }),
    ...(guards.length === 0 ? {} : { guards })
  }
}
