import { assert, type Vitest } from "@effect/vitest"
import { Actor, type Kernel, type Store } from "../../../kernel/index.ts"
import { Effect } from "effect"
import type { Loans } from "../loans.ts"
import type { Extras, Remarks, Rules, Tariffs, Vans } from "../vans.ts"

type Needed = Kernel.Kernel | Store.Store | Loans | Vans | Extras | Remarks | Rules | Tariffs
export type RuleIt = Vitest.MethodsNonLive<Needed>

/** What a call ends with: `Success`, or the tag of its failure. */
export const told = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: ({ _tag }) => _tag, onSuccess: () => "Success" })

/** Asserts that the call fails so, as this actor. */
export const fails = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E, R>,
  actor: Actor.Actor,
  wanted: Readonly<Record<string, unknown>>
) =>
  Effect.map(Effect.flip(effect).pipe(Actor.provide(actor)), (error) => {
    assert.deepInclude(error as object, wanted)
    return error
  })
