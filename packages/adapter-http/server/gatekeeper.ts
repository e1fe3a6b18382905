import { randomUUID } from "node:crypto"
import { Errors } from "@itsm/core/kernel"
import { type AnswerHeaders, Problem, Reply } from "../src/index.ts"
import type { Fetch } from "./listen.ts"

const shuttingDown: Errors.DomainError = {
  _tag: "ShuttingDown",
  kind: "unavailable",
  message: "The server is shutting down. Ask another one, or ask again."
}
const operations = new Set(["/healthz", "/readyz", "/metrics"])

/** Stands before the application, and lets requests in that it should answer. */
export interface Gatekeeper {
  readonly fetch: Fetch
  /** From now on only operators are let in; requests that are inside go on. */
  readonly close: () => void
  readonly isClosed: () => boolean
}

const pathOf = (request: Request) => new URL(request.url).pathname

/** A process that does not serve the API, a worker, lets operators in from the start. */
export const gatekeeper = (
  fetch: Fetch,
  typeBase: string,
  servesApi: boolean,
  headersFor: AnswerHeaders
): Gatekeeper => {
  let isClosed = false
  const refused = (request: Request, error: Errors.DomainError) => {
    const requestId = randomUUID()
    const reply = Problem.ofError({ typeBase, instance: pathOf(request), requestId }, error)
    return Reply.toResponse(reply, requestId, headersFor(request))
  }
  const forOperators: Fetch = (request, bindings) => {
    if (operations.has(pathOf(request).replace(/\/$/, ""))) return fetch(request, bindings)
    return refused(request, isClosed ? shuttingDown : new Errors.NotFound({}))
  }
  let current = servesApi ? fetch : forOperators
  return {
    fetch: (request, bindings) => current(request, bindings),
    close: () => {
      isClosed = true
      current = forOperators
    },
    isClosed: () => isClosed
  }
}
