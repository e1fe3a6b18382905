import { Cause as Causes, Effect, Exit, Option } from "effect"
import * as ActorOf from "../access/actor.ts"
import { answer } from "../commands/answer.ts"
import { type Cause, CurrentCause } from "../commands/cause.ts"
import { TimerDepthExceeded } from "../commands/depth.ts"
import type { Held, Work } from "../commands/held.ts"
import { retryDelayMs } from "../commands/reaction.ts"
import type { Timer } from "../commands/timer.ts"
import { DepthExceeded } from "../model/errors.ts"
import * as Instant from "../model/instant.ts"
import { storable } from "../model/text.ts"
import type { Completions } from "./completions.ts"
import { cutOff, depthExceeded } from "./cut-off.ts"
import { Kernel, type KernelShape } from "./kernel.ts"
import { whileHeld } from "./leases.ts"

/** How many timers fire at once. */
export const timersAtOnce = 10

const timeoutMs = 30_000

/** What a failure says of itself, short enough to be kept, and such that it can be. */
export const reasonOf = (cause: Causes.Cause<unknown>): string => storable(Causes.pretty(cause).slice(0, 2000))

/** What the command of a timer has for its cause. */
const causeOf = ({ correlationId, depth }: Timer): Cause => ({
  causationId: null,
  correlationId,
  depth,
  onBehalfOfId: null
})

/** A timer that went on with a chain for too long is no deadline: it ends, and is told of. */
const ended = Effect.fnUntraced(function* (kernel: KernelShape, held: Held<Timer & Work>, error: DepthExceeded) {
  const { id, kind, ref } = held.current
  const reason = `${depthExceeded}: ${error.message}`
  yield* Effect.logWarning("a timer was given up", { kind, id, error: reason })
  const event = TimerDepthExceeded.make({ id }, { kind, ref })
  return yield* cutOff(kernel, held, causeOf(held.current), { reason, subjects: [ref], event })
})

/**
 * Runs the command of a timer that is due. One that fails is put off, longer each time up to an hour, for as long as it
 * takes: a deadline is never given up, unless it is the end of a chain that is too long.
 */
export const fire = (kernel: KernelShape, completions: Completions) => (held: Held<Timer & Work>) =>
  Effect.gen(function* () {
    const { kind, ref, organizationId } = held.current
    const handler = kernel.catalogue.timer(kind)
    const work =
      handler === undefined
        ? Effect.die(new Error(`No handler for the timer kind "${kind}".`))
        : answer(handler.command, { id: ref }, held)
    const exit = yield* whileHeld(held, Effect.timeout(work, timeoutMs)).pipe(
      ActorOf.provide(ActorOf.system(organizationId)),
      Effect.provideService(CurrentCause, causeOf(held.current)),
      Effect.provideService(Kernel, kernel),
      Effect.exit
    )
    if (Exit.isSuccess(exit)) return yield* Effect.flatten(completions.end(held, "done"))
    const error = Option.getOrUndefined(Causes.findErrorOption(exit.cause))
    if (error instanceof DepthExceeded)
      return yield* Effect.flatten(completions.end(held, "done", yield* ended(kernel, held, error)))
    const attempts = Math.min(held.current.attempts + 1, 1000)
    const lastError = reasonOf(exit.cause)
    yield* Effect.logWarning("a timer failed", { kind, id: held.current.id, attempts, error: lastError })
    const dueAt = Instant.plusMs(yield* Instant.now, retryDelayMs(attempts))
    return yield* Effect.flatten(completions.end(held, { attempts, lastError, dueAt, leaseUntil: null }))
  })
