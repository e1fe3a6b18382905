import type { Cause, Context, Effect } from "effect"
import type { Actor, Errors, Kernel } from "@itsm/core/kernel"
import type { AnswerHeaders } from "./answer-headers.ts"
import type { Call } from "./call.ts"
import type { Exchange } from "./exchange.ts"
import type { Entrance } from "./limits/policy.ts"

/** What happened to a request, for the log and the metrics. */
export interface Account {
  readonly exchange: Exchange
  readonly method: string
  /** The route's template; `null` where no route was found. */
  readonly route: string | null
  readonly status: number
  readonly bytes: number
  readonly elapsedMs: number
  readonly actor: Actor.Actor | null
  /** What a defect was, for the log alone. */
  readonly defect: Cause.Cause<unknown> | null
}

export type Headers = Readonly<Record<string, string>>

/** Recognizes the caller; what it fails with is the answer. */
export type Authenticate<R> = (call: Call) => Effect.Effect<Actor.Actor, Errors.DomainError, Kernel.Kernel | R>

/**
 * Lets a request in or refuses it, such as one too many. It is asked once it is known who calls, if anybody; the headers
 * that it gives, or that its error brings along as `headers`, go on the answer.
 */
export type Admit<R> = (
  entrance: Entrance,
  actor: Actor.Actor | null
) => Effect.Effect<Headers, Errors.DomainError & { readonly headers?: Headers }, Kernel.Kernel | R>

/** What one application's pipeline is made of. */
export interface Environment<R> {
  readonly services: Context.Context<Kernel.Kernel | R>
  readonly authenticate: Authenticate<R>
  readonly admit: Admit<R> | undefined
  readonly addressOf: (exchange: Exchange) => string | null
  /** What every answer to a request carries, beside what it says itself. */
  readonly headersFor: AnswerHeaders
  readonly typeBase: string
  readonly basePath: string
  readonly timeoutMs: number
  readonly begun: () => void
  readonly ended: (account: Account) => void
}
