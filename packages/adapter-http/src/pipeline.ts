import { Context, Effect } from "effect"
import { Actor, Errors } from "@itsm/core/kernel"
import { bearerOf } from "./auth/bearer.ts"
import { preflightHeaders } from "./answer-headers.ts"
import { makeAnswering, type Progress } from "./answering.ts"
import type { Call } from "./call.ts"
import type { Endpoint } from "./endpoint.ts"
import type { Environment } from "./environment.ts"
import type { Exchange, HonoContext } from "./exchange.ts"
import { isPlainPath, maxBody, refuse } from "./gate.ts"
import type { Page } from "./pages/page.ts"
import { type Bytes, readBytes } from "./read-bytes.ts"
import { MalformedJson } from "./refusal.ts"
import * as Reply from "./reply.ts"

const noParams: Call["params"] = {}
const nothingHere = new Errors.NotFound({})
const endedEarly = new MalformedJson({ detail: "The body ended before it was complete." })
const withSlash = (path: string) => (path.endsWith("/") ? path : `${path}/`)

/** Answers requests: what is refused unread first, then one effect from authentication to the answer. */
export const makePipeline = <R>(environment: Environment<R>) => {
  const { services, authenticate, admit, basePath, addressOf, headersFor } = environment
  const { handler, finish, refused, failed, settle } = makeAnswering(environment)

  const callOf = (
    endpoint: Endpoint<R>,
    exchange: Exchange,
    context: HonoContext,
    body: Uint8Array | ReadableStream<Uint8Array> | undefined
  ): Call => {
    const { request, incoming, requestId, search } = exchange
    const path = withSlash(exchange.path)
    return {
      request,
      incoming,
      method: endpoint.method,
      path,
      base: path.slice(0, path.indexOf(`${basePath}/`) + basePath.length),
      params: endpoint.params.length === 0 ? noParams : context.req.param(),
      search,
      ...(body instanceof ReadableStream ? { body: undefined, upload: body } : { body }),
      origin: { requestId, address: addressOf(exchange), userAgent: request.headers.get("user-agent") }
    }
  }

  const enter = (route: string, address: string | null, actor: Actor.Actor | null, progress: Progress) =>
    admit === undefined
      ? Effect.void
      : Effect.map(admit({ route, address }, actor), (headers) => void (progress.headers = headers))

  const programOf = (endpoint: Endpoint<R>, call: Call, progress: Progress) => {
    const admitted = (actor: Actor.Actor | null) => enter(endpoint.path, call.origin.address, actor, progress)
    if (endpoint.access === "anonymous") {
      return Effect.provideService(
        Effect.andThen(admitted(null), endpoint.run(call)),
        Actor.CurrentActor,
        Actor.nobody
      ) as Effect.Effect<Reply.Reply, Errors.DomainError, R>
    }
    if (endpoint.bearer !== undefined) {
      // a link is no caller to be counted by: its address is
      return Effect.andThen(
        admitted(null),
        Effect.flatMap(bearerOf(endpoint.bearer, call), (actor) => {
          progress.actor = actor
          return Effect.provideService(endpoint.run(call), Actor.CurrentActor, actor)
        })
      )
    }
    return Effect.matchEffect(authenticate(call), {
      onFailure: (error) => Effect.andThen(admitted(null), Effect.fail(error)),
      onSuccess: (actor) => {
        progress.actor = actor
        const run = Effect.provideService(endpoint.run(call), Actor.CurrentActor, actor)
        return admit === undefined ? run : Effect.andThen(admitted(actor), run)
      }
    })
  }

  const perform = (endpoint: Endpoint<R>, exchange: Exchange, call: Call) => {
    const progress: Progress = { actor: null, headers: undefined }
    const fork = Effect.runForkWith(Context.add(services, Actor.CurrentOrigin, call.origin))
    return settle(exchange, endpoint.path, fork(programOf(endpoint, call, progress)), progress)
  }

  /** Answers with an endpoint. */
  const handle = (endpoint: Endpoint<R>) =>
    handler(endpoint.path, (exchange, context) => {
      if (!isPlainPath(exchange.path)) return failed(exchange, null, nothingHere)
      const refusal = refuse(endpoint, exchange)
      if (refusal !== undefined) return refused(exchange, endpoint.path, refusal)
      const go = (bytes: Bytes) =>
        bytes === "too large"
          ? refused(exchange, endpoint.path, { _tag: "PayloadTooLarge" })
          : perform(endpoint, exchange, callOf(endpoint, exchange, context, bytes))
      if (endpoint.method === "GET") return go(undefined)
      if (endpoint.body?.isStreamed === true)
        return perform(endpoint, exchange, callOf(endpoint, exchange, context, exchange.request.body ?? undefined))
      const bytes = readBytes(exchange, endpoint.body?.maxBytes ?? maxBody)
      if (!(bytes instanceof Promise)) return go(bytes)
      return bytes.then(go, () => failed(exchange, endpoint.path, endedEarly))
    })

  /** Answers with a page, which has no caller. */
  const show = (page: Page<R>) =>
    handler(page.path, (exchange) => {
      if (!isPlainPath(exchange.path)) return failed(exchange, null, nothingHere)
      const progress: Progress = { actor: null, headers: undefined }
      const entered = page.unlimited === undefined ? enter(page.path, addressOf(exchange), null, progress) : Effect.void
      const run = Effect.andThen(entered, page.run(exchange.path))
      return settle(exchange, page.path, Effect.runForkWith(services)(run), progress)
    })

  /** Answers what nothing else answers: a wrong method, or a path that is no route. */
  const fallback = (allowed: ReadonlyArray<string>) =>
    handler(null, (exchange) => {
      if (allowed.length === 0 || !isPlainPath(exchange.path)) return failed(exchange, null, nothingHere)
      const headers = { Allow: allowed.join(", ") }
      return exchange.request.method === "OPTIONS"
        ? finish(
            exchange,
            null,
            Reply.empty(204, { ...headers, ...preflightHeaders(headersFor, exchange.request, allowed) })
          )
        : refused(exchange, null, { _tag: "MethodNotAllowed", headers })
    })

  return { handle, show, fallback }
}
