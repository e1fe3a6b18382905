import type { Actor } from "./actor.ts"
import type { AnyCommand } from "../commands/command.ts"
import type { AnyEntity, AnyRecord } from "../model/entity.ts"
import { failingGuard, type Lifecycle } from "../model/lifecycle.ts"
import { mayEver, permits, type Test } from "./policy.ts"
import { snakeCase } from "../model/text.ts"
import type { Seen } from "./whereabouts.ts"

/** An action command of an entity, with the rows of its lifecycle by state. */
interface Action {
  /** `add_comment` */
  readonly name: string
  /** As the lifecycle's table writes it. */
  readonly row: string
  readonly permission: string
  readonly isFor: AnyCommand["isFor"]
  /** The states it may be called from; `undefined` for an action that stands outside the lifecycle. */
  readonly states: ReadonlySet<string> | undefined
}

/** What an actor may do with a record of one kind, worked out once for the kind and once for the actor. */
export interface Actions {
  /** The actions that the actor may call now. */
  readonly allowed: (actor: Actor, seen: Seen, now: string) => ReadonlyArray<string>
  /** Each action of the present state, and what stands against it. */
  readonly transitions: (actor: Actor, seen: Seen, now: string) => ReadonlyArray<Transition>
  readonly names: ReadonlyArray<string>
}

interface Transition {
  readonly action: string
  /** Where it leads; several states where the facts decide. */
  readonly to: ReadonlyArray<string>
  readonly allowed: boolean
  readonly guard?: string
  readonly reason?: string
}

const describe = (lifecycle: Lifecycle, command: AnyCommand): Action => {
  const name = snakeCase(command.name)
  const rows = lifecycle.transitions.filter((row) => row.action === name || row.action === command.name)
  const from = rows.flatMap((row) => row.from)
  return {
    name,
    row: rows[0]?.action ?? name,
    permission: command.permission,
    isFor: command.isFor,
    states: rows.length === 0 ? undefined : new Set(from)
  }
}

const targets = (lifecycle: Lifecycle, action: Action, state: string): ReadonlyArray<string> => {
  const to = lifecycle.transitions.find((row) => row.action === action.row && row.from.includes(state))?.to
  if (to === undefined || to === "same") return [state]
  return typeof to === "string" ? [to] : to
}

/** The actions of an entity by its commands; `undefined` for one without a lifecycle. */
export const of = (entity: AnyEntity, commands: ReadonlyArray<AnyCommand>): Actions | undefined => {
  const { lifecycle } = entity
  if (lifecycle === undefined) return undefined
  const actions = commands.filter((command) => command.kind === "action").map((command) => describe(lifecycle, command))
  const byActor = new WeakMap<Actor, ReadonlyArray<Test>>()
  const testsOf = (actor: Actor): ReadonlyArray<Test> => {
    const known = byActor.get(actor)
    if (known !== undefined) return known
    const tests = actions.map(({ permission }): Test =>
      mayEver(actor, permission) ? permits(actor, entity, permission) : () => false
    )
    byActor.set(actor, tests)
    return tests
  }
  const stop = (action: Action, state: string, record: AnyRecord, now: string) =>
    action.states === undefined ? null : failingGuard(lifecycle, state, record, action.row, { now })
  return {
    names: actions.map((action) => action.name),
    allowed: (actor, { record, whole }, now) => {
      const tests = testsOf(actor)
      const state = record[lifecycle.field] as string
      const names: Array<string> = []
      for (let index = 0; index < actions.length; index++) {
        const action = actions[index]!
        if (action.states !== undefined && !action.states.has(state)) continue
        const isTheirs = tests[index]!(record, whole) && action.isFor(record, actor) === true
        if (isTheirs && stop(action, state, record, now) === null) names.push(action.name)
      }
      return names
    },
    transitions: (actor, { record, whole }, now) => {
      const tests = testsOf(actor)
      const state = record[lifecycle.field] as string
      return actions.flatMap((action, index): ReadonlyArray<Transition> => {
        if (action.states?.has(state) !== true) return []
        const known = { action: action.name, to: targets(lifecycle, action, state) }
        if (!tests[index]!(record, whole))
          return [{ ...known, allowed: false, reason: `You may not "${action.permission}" here.` }]
        const verdict = action.isFor(record, actor)
        if (verdict !== true) return [{ ...known, allowed: false, reason: verdict }]
        const against = stop(action, state, record, now)
        return [against === null ? { ...known, allowed: true } : { ...known, allowed: false, ...against }]
      })
    }
  }
}
