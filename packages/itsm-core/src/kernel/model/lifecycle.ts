import { Result } from "effect"
import { GuardFailed, StateConflict } from "./errors.ts"

/**
 * A row of a lifecycle. `to` is one state, the present one ("same"), or several of which the command chooses by the
 * facts. `guard` names a predicate that must hold as well.
 */
export interface Transition<S extends string, A extends string, G extends string> {
  readonly action: A
  readonly from: ReadonlyArray<S>
  readonly to: S | "same" | ReadonlyArray<S>
  readonly guard?: G
}

/** True where the step may be taken, else the reason why not. */
export type Guard<R> = (record: R, moment: GuardMoment) => true | string
export interface GuardMoment {
  readonly now: string
}

export interface Lifecycle<S extends string = string, A extends string = string, R = any> {
  /** The field that holds the state. */
  readonly field: string
  readonly states: readonly [S, ...ReadonlyArray<S>]
  readonly initial: S
  /** States that a record may rest in for ever. */
  readonly final: ReadonlyArray<S>
  readonly transitions: ReadonlyArray<Transition<S, A, string>>
  readonly guards: Readonly<Record<string, Guard<R>>>
}

/** Defines a lifecycle as a table: the diagram, the 409 answers, `allowedActions` and the laws that are tested derive from it. */
export const define = <const S extends string, const A extends string, R, const G extends string = never>(table: {
  /** `state`, where it is left out. */
  readonly field?: string
  readonly states: readonly [S, ...ReadonlyArray<S>]
  readonly initial: NoInfer<S>
  readonly final: ReadonlyArray<NoInfer<S>>
  readonly transitions: ReadonlyArray<Transition<NoInfer<S>, A, G>>
  readonly guards?: { readonly [K in G]: Guard<R> }
}): Lifecycle<S, A, R> => ({
  ...table,
  field: table.field ?? "state",
  guards: table.guards ?? {}
})

const rowsFrom = <S extends string, A extends string, R>(lifecycle: Lifecycle<S, A, R>, state: string) =>
  lifecycle.transitions.filter((row) => (row.from as ReadonlyArray<string>).includes(state))

/** The actions that have a row from this state, whether or not a guard stands against one now. */
export const actionsFrom = <S extends string, A extends string, R>(
  lifecycle: Lifecycle<S, A, R>,
  state: string
): ReadonlyArray<A> => [...new Set(rowsFrom(lifecycle, state).map((row) => row.action))]

/** The guard that stands against an action now, with its reason; `null` where none does. */
export const failingGuard = <R>(
  lifecycle: Lifecycle<string, string, R>,
  state: string,
  record: R,
  action: string,
  moment: GuardMoment
): { readonly guard: string; readonly reason: string } | null => {
  const row = rowsFrom(lifecycle, state).find((candidate) => candidate.action === action)
  if (row?.guard === undefined) return null
  const verdict = lifecycle.guards[row.guard]!(record, moment)
  return verdict === true ? null : { guard: row.guard, reason: verdict }
}

/**
 * Takes a step: the state after `action`. `choose` picks one where the row has several targets. Fails with the actions
 * that the present state allows, or with the guard that does not hold.
 */
export const step = <S extends string, A extends string, R extends object>(
  lifecycle: Lifecycle<S, A, R>,
  record: NoInfer<R>,
  action: NoInfer<A>,
  moment: GuardMoment,
  choose?: NoInfer<S>
): Result.Result<S, StateConflict | GuardFailed> => {
  const state = String((record as Readonly<Record<string, unknown>>)[lifecycle.field])
  const row = rowsFrom(lifecycle, state).find((candidate) => candidate.action === action)
  if (row === undefined) {
    const allowedActions = actionsFrom(lifecycle, state)
    return Result.fail(new StateConflict({ action, currentState: state, allowedActions }))
  }
  const stop = failingGuard(lifecycle, state, record, action, moment)
  if (stop !== null) return Result.fail(new GuardFailed(stop))
  if (row.to === "same") return Result.succeed(state as S)
  if (typeof row.to === "string") return Result.succeed(row.to)
  return Result.succeed(choose !== undefined && row.to.includes(choose) ? choose : row.to[0]!)
}
