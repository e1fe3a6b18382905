import { Cause as Causes, Effect, Exit, Option } from "effect"
import * as ActorOf from "../access/actor.ts"
import { type Cause, CurrentCause } from "../commands/cause.ts"
import type { Delivery } from "../commands/delivery.ts"
import { AutomationDepthExceeded } from "../commands/depth.ts"
import type { Held } from "../commands/held.ts"
import type { AfterReaction } from "../commands/reaction.ts"
import { DepthExceeded } from "../model/errors.ts"
import * as Instant from "../model/instant.ts"
import type { Change } from "../storage/store.ts"
import type { Ending } from "./completions.ts"
import { cutOff, depthExceeded } from "./cut-off.ts"
import { Kernel, type KernelShape } from "./kernel.ts"
import { whileHeld } from "./leases.ts"
import { reasonOf } from "./timing.ts"

type HeldDelivery = Held<Delivery>
export type Reaction = AfterReaction<Kernel | ActorOf.CurrentActor>

/** What a command that answers the delivery has for its cause. */
const causeOf = ({ current }: HeldDelivery): Cause => ({
  causationId: current.eventId,
  correlationId: current.correlationId,
  depth: current.depth + 1,
  onBehalfOfId: current.onBehalfOfId as Cause["onBehalfOfId"]
})

/** Runs the reaction as the system, in the chain of causes of its event. */
const react = (kernel: KernelShape, reaction: Reaction, held: HeldDelivery) => {
  const { organizationId } = held.current
  return whileHeld(held, Effect.timeout(reaction.react(held), reaction.timeoutMs)).pipe(
    ActorOf.provide(ActorOf.system(organizationId)),
    Effect.provideService(CurrentCause, causeOf(held)),
    Effect.provideService(Kernel, kernel)
  )
}

const dead = (attempts: number, lastError: string): Ending => ({
  state: "dead",
  dueAt: null,
  leaseUntil: null,
  attempts,
  lastError
})

/** Whoever listens to the end of chains and exceeds the depth again is not told of it again. */
const toldOf = ({ current: { id, reaction, eventId, type } }: HeldDelivery) =>
  type === AutomationDepthExceeded.type
    ? undefined
    : AutomationDepthExceeded.make({ id }, { reaction, eventId, eventType: type })

export interface Reacted {
  readonly ending: Ending
  /** What is written beside the ending. */
  readonly beside: ReadonlyArray<Change>
  /** When those behind it in its lane may run; `undefined` where they may now. */
  readonly retryAt?: Instant.Instant
}

const failed = Effect.fnUntraced(function* (
  kernel: KernelShape,
  held: HeldDelivery,
  retriesMs: ReadonlyArray<number>,
  cause: Causes.Cause<unknown>
) {
  const { id, reaction, type, attempts: before } = held.current
  const attempts = Math.min(before + 1, 1000)
  const error = Option.getOrUndefined(Causes.findErrorOption(cause))
  const tooDeep = error instanceof DepthExceeded
  const lastError = tooDeep ? `${depthExceeded}: ${error.message}` : reasonOf(cause)
  const delayMs = tooDeep ? undefined : retriesMs[attempts - 1]
  yield* Effect.logWarning(delayMs === undefined ? "a delivery is dead" : "a delivery failed", {
    reaction,
    type,
    id,
    attempts,
    error: lastError
  })
  if (delayMs === undefined) {
    const beside = tooDeep
      ? yield* cutOff(kernel, held, causeOf(held), { reason: lastError, subjects: [], event: toldOf(held) })
      : []
    return { ending: dead(attempts, lastError), beside } satisfies Reacted
  }
  const retryAt = Instant.plusMs(yield* Instant.now, delayMs)
  return { ending: { attempts, lastError, dueAt: retryAt, leaseUntil: null }, beside: [], retryAt } satisfies Reacted
})

/** Runs the reaction once, and says what becomes of its delivery. */
export const attempt = (kernel: KernelShape, reaction: Reaction | undefined, held: HeldDelivery) =>
  Effect.gen(function* (): Effect.fn.Return<Reacted> {
    const work =
      reaction === undefined
        ? Effect.die(new Error(`There is no reaction "${held.current.reaction}".`))
        : react(kernel, reaction, held)
    const exit = yield* Effect.exit(work)
    if (Exit.isSuccess(exit)) return { ending: "done", beside: [] }
    return yield* failed(kernel, held, reaction?.retriesMs ?? [], exit.cause)
  })
