import { Cause, Exit, type Fiber } from "effect"
import type { Actor, Errors } from "@itsm/core/kernel"
import type { Environment, Headers } from "./environment.ts"
import { begin, type Exchange, type HonoContext } from "./exchange.ts"
import * as Problem from "./problem.ts"
import type { Refusal } from "./refusal.ts"
import * as Reply from "./reply.ts"

type Answer = Response | Promise<Response>

/** Who asked, and what was to go on the answer, as far as a request came. */
export interface Progress {
  actor: Actor.Actor | null
  headers: Headers | undefined
}

const byteLength = (body: Reply.Reply["body"]) =>
  typeof body === "string" ? Buffer.byteLength(body) : body instanceof Uint8Array ? body.byteLength : 0

/** The one way out: each answer is accounted for and carries the headers of all answers. */
export const makeAnswering = ({
  typeBase,
  timeoutMs,
  begun,
  ended,
  headersFor
}: Pick<Environment<never>, "typeBase" | "timeoutMs" | "begun" | "ended" | "headersFor">) => {
  const settingOf = ({ path, requestId }: Exchange): Problem.Setting => ({ typeBase, instance: path, requestId })

  const finish = (
    exchange: Exchange,
    route: string | null,
    reply: Reply.Reply,
    actor: Actor.Actor | null = null,
    defect: Cause.Cause<unknown> | null = null
  ): Response => {
    const { request, requestId, startedAt } = exchange
    ended({
      exchange,
      method: request.method,
      route,
      status: reply.status,
      bytes: byteLength(reply.body),
      elapsedMs: performance.now() - startedAt,
      actor,
      defect
    })
    return Reply.toResponse(reply, requestId, headersFor(request))
  }

  const refused = (exchange: Exchange, route: string | null, refusal: Refusal): Response =>
    finish(exchange, route, Problem.ofRefusal(settingOf(exchange), refusal))

  const failed = (exchange: Exchange, route: string | null, error: Errors.DomainError): Response =>
    finish(exchange, route, Problem.ofError(settingOf(exchange), error))

  const conclude = (
    exchange: Exchange,
    route: string,
    exit: Exit.Exit<Reply.Reply, Errors.DomainError>,
    { actor, headers }: Progress
  ): Response => {
    if (Exit.isSuccess(exit)) {
      return finish(
        exchange,
        route,
        headers === undefined ? exit.value : { ...exit.value, headers: { ...headers, ...exit.value.headers } },
        actor
      )
    }
    const { reply, isDefect } = Problem.ofCause(settingOf(exchange), exit.cause)
    return finish(
      exchange,
      route,
      headers === undefined ? reply : { ...reply, headers: { ...headers, ...reply.headers } },
      actor,
      isDefect ? exit.cause : null
    )
  }

  /** The answer of a fiber: at once where it has ended; it is interrupted where it takes longer than a request may. */
  const settle = (
    exchange: Exchange,
    route: string,
    fiber: Fiber.Fiber<Reply.Reply, Errors.DomainError>,
    progress: Progress
  ): Answer => {
    const done = fiber.pollUnsafe()
    if (done !== undefined) return conclude(exchange, route, done, progress)
    return new Promise((resolve) => {
      const timer = setTimeout(() => fiber.interruptUnsafe(), timeoutMs)
      fiber.addObserver((exit) => {
        clearTimeout(timer)
        resolve(conclude(exchange, route, exit, progress))
      })
    })
  }

  /** Makes a handler that always answers: what is thrown on the way is a defect like any other. */
  const handler =
    (route: string | null, answer: (exchange: Exchange, context: HonoContext) => Answer) =>
    (context: HonoContext): Answer => {
      const exchange = begin(context)
      begun()
      const broken = (defect: unknown) => {
        const cause = Cause.die(defect)
        return finish(exchange, route, Problem.ofCause(settingOf(exchange), cause).reply, null, cause)
      }
      try {
        const answered = answer(exchange, context)
        return answered instanceof Promise ? answered.catch(broken) : answered
      } catch (defect) {
        return broken(defect)
      }
    }

  return { handler, finish, refused, failed, settle }
}
